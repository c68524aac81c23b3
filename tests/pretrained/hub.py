"""A hub on this machine: repositories by name, served as the real one answers the real client."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

COMMIT = "0" * 40


class FakeHub:
    """repositories: a folder for each name, or an error as (status, code) that the hub would answer with."""

    def __init__(self) -> None:
        self.repositories: dict[str, Path | tuple[int, str]] = {}
        self.downloaded: list[str] = []
        self.endpoint = ""

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body for a path that the client asks for."""
        parts = [unquote(part) for part in path.split("?")[0].strip("/").split("/")]
        if parts[:2] == ["api", "models"]:
            return self._listing("/".join(parts[2:4]))
        owner, name, resolve, _revision, *rest = (*parts, "", "", "", "")
        rest = [part for part in rest if part]
        if resolve != "resolve":
            return 200, {}, b""
        repository = self.repositories.get(f"{owner}/{name}", (401, "RepoNotFound"))
        if isinstance(repository, tuple):
            return repository[0], {"X-Error-Code": repository[1], "X-Error-Message": "as the hub says"}, b""
        file = repository.joinpath(*rest)
        if not file.is_file():
            return 404, {"X-Error-Code": "EntryNotFound"}, b""
        body = file.read_bytes()
        return 200, {"ETag": f'"{hashlib.sha256(body).hexdigest()}"', "X-Repo-Commit": COMMIT}, body

    def _listing(self, name: str) -> tuple[int, dict[str, str], bytes]:
        repository = self.repositories.get(name, (401, "RepoNotFound"))
        if isinstance(repository, tuple):
            return repository[0], {"X-Error-Code": repository[1]}, b""
        paths = [str(path.relative_to(repository)) for path in repository.rglob("*") if path.is_file()]
        return (
            200,
            {},
            json.dumps([{"type": "file", "path": path, "size": 1, "oid": COMMIT} for path in paths]).encode(),
        )


@contextmanager
def serving() -> Iterator[FakeHub]:
    """A hub that answers at `endpoint` until the block is left."""
    hub = FakeHub()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._send(with_body=False)

        def do_GET(self) -> None:
            hub.downloaded.append(self.path)
            self._send(with_body=True)

        def _send(self, with_body: bool) -> None:
            status, headers, body = hub.answer(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
