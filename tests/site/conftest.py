"""The site as `make site` left it, served on the loopback interface, and a browser for each process."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.site.browser import Reader, chromium

SITE = Path(__file__).parents[2] / "build" / "site"


class Quiet(SimpleHTTPRequestHandler):
    """A server that does not write down what it is asked for."""

    def log_message(self, format, *arguments):
        """Nothing."""


@pytest.fixture(scope="session")
def address():
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(SITE)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def reader(address, tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("home")) as driver:
        yield Reader(driver, address)
