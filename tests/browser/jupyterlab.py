"""JupyterLab in headless Chromium: start, open a notebook, run it, look at it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.common.exceptions import JavascriptException, WebDriverException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SECONDS_TO_START = 120  # on a machine whose cores are all busy
SECONDS_TO_RUN = 240
POLL_SECONDS = 0.2
WINDOW = (1400, 1800)  # pixels
ROOM_FOR_MENUS = 300  # pixels
# The notebook's panel. `shell.currentWidget` would be none while the page has no focus, as in a headless browser.
PANEL = "[...window.jupyterapp.shell.widgets('main')].find(widget => widget.sessionContext)"
TALLEST = 16_000  # pixels that Chromium paints into one screenshot
# Every cell in the page at once: JupyterLab otherwise takes cells out that are scrolled away.
SHOW_ALL_CELLS = {"@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"}}
QUIET = {
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {"checkForUpdates": False, "fetchNews": "false"}
}


def browser_is_missing() -> str:
    """Why no browser can be driven here; empty if one can."""
    if _browser() and shutil.which("chromedriver"):
        return ""
    return "no Chromium with its chromedriver; on Debian: apt install chromium chromium-driver"


def _browser() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def serve(folder: Path, home: Path) -> Iterator[str]:
    """Serve `folder` on the loopback interface, with settings of its own in `home`; gives the address of /lab."""
    settings = home / "settings"
    for name, content in {**SHOW_ALL_CELLS, **QUIET}.items():
        path = settings / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "COURSE_QUIET": "1",
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", f"--ServerApp.root_dir={folder}"),
        *(f"--LabApp.user_settings_dir={settings}", f"--LabApp.workspaces_dir={home / 'workspaces'}"),
        *("--LabApp.expose_app_in_browser=True", "--LabApp.news_url="),
    ]
    log = home / "jupyterlab.log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield _address(server, home / "runtime", log)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _address(server: subprocess.Popen, runtime: Path, log: Path) -> str:
    """Where the server says that it listens, once it does."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        for path in runtime.glob("jpserver-*.json"):
            try:
                said = json.loads(path.read_text(encoding="utf-8"))
            except ValueError:  # being written
                continue
            return f"http://127.0.0.1:{said['port']}/lab?token={said['token']}"
        time.sleep(POLL_SECONDS)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(errors='replace')}")


@contextmanager
def chromium(home: Path) -> Iterator[Chrome]:
    """A headless Chromium with a fresh profile."""
    options = ChromeOptions()
    options.binary_location = _browser()
    for argument in (
        "--headless=new",
        "--no-sandbox",  # it sees nothing but our own server, and root may not use the sandbox
        "--disable-dev-shm-usage",
        "--no-proxy-server",
        f"--user-data-dir={home / 'chromium'}",
        f"--window-size={WINDOW[0]},{WINDOW[1]}",
    ):
        options.add_argument(argument)
    driver = Chrome(options=options, service=ChromeService(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


class OpenNotebook:
    """One notebook in JupyterLab, driven by the commands that its menus call."""

    def __init__(self, driver: Chrome, lab: str, path: str):
        self._driver = driver
        address, _, token = lab.partition("?")
        driver.get(f"{address}/tree/{path}?{token}&reset")
        self._wait("a kernel that is ready", SECONDS_TO_START, self._kernel_is_idle)

    def clear_outputs(self) -> None:
        """Take all outputs away: those that were saved look just like those of a run."""
        self._command("notebook:clear-all-cell-outputs")
        self._wait("no outputs", SECONDS_TO_START, lambda: not self.count(".jp-OutputArea-output"))

    def type_into(self, cell_id: str, source: str) -> None:
        """Replace the text of a cell."""
        self._script(
            f"const cells = {PANEL}.content.widgets"
            ".map(widget => widget.model.sharedModel);"
            "cells.find(cell => cell.id === arguments[0]).setSource(arguments[1])",
            cell_id,
            source,
        )

    def run_all(self) -> None:
        """Run every cell and wait until each has its number and the kernel is idle."""
        self._command("notebook:run-all-cells")
        self._wait("every cell to have run", SECONDS_TO_RUN, lambda: self._all_cells_ran() and self._kernel_is_idle())

    def count(self, selector: str) -> int:
        """How many elements of the notebook match a CSS selector."""
        return self._script("return document.querySelectorAll('.jp-Notebook ' + arguments[0]).length", selector)

    def texts(self, selector: str) -> list[str]:
        """What the matching elements say on the screen."""
        find = "return [...document.querySelectorAll('.jp-Notebook ' + arguments[0])].map(found => found.innerText)"
        return self._script(find, selector)

    def sees(self, text: str) -> bool:
        """Whether this text is on the page: what is folded or hidden is not."""
        return text in self._script("return document.querySelector('.jp-Notebook').innerText")

    def click_summary(self, beginning: str) -> None:
        """Open or close what is folded under the line that begins so."""
        self._script(
            "[...document.querySelectorAll('.jp-Notebook summary')]"
            ".find(summary => summary.textContent.startsWith(arguments[0])).click()",
            beginning,
        )

    def save(self) -> None:
        """Write the notebook with its outputs into its file."""
        save = f"{PANEL}.context.save()"
        self._driver.execute_async_script(f"const done = arguments[0]; {save}.then(() => done())")

    def pictures(self) -> list[dict]:
        """Every picture in an output: its width on the screen, 0 while it is folded, and its file's, in pixels."""
        return self._script(
            "return [...document.querySelectorAll('.jp-Notebook .jp-OutputArea-output img')]"
            ".map(img => ({natural: img.naturalWidth,"
            " width: img.checkVisibility() ? img.getBoundingClientRect().width : 0}))"
        )

    def screenshot(self, path: Path) -> None:
        """Save a picture of the notebook from its first cell to its last."""
        height = self._script(
            "const cells = [...document.querySelectorAll('.jp-Notebook .jp-Cell')];"
            "const [first, last] = [cells[0], cells.at(-1)].map(cell => cell.getBoundingClientRect());"
            "return Math.ceil(last.bottom - first.top)"
        )
        self._driver.set_window_size(WINDOW[0], min(height + ROOM_FOR_MENUS, TALLEST))
        self._script("document.querySelector('.jp-Notebook .jp-Cell').scrollIntoView()")
        time.sleep(1)  # the page lays itself out again
        path.parent.mkdir(parents=True, exist_ok=True)
        self._driver.save_screenshot(str(path))
        self._driver.set_window_size(*WINDOW)

    def shut_down(self) -> None:
        """End the kernel, so that whoever opens the notebook next gets a fresh one."""
        shut_down = f"{PANEL}.sessionContext.shutdown()"
        self._driver.execute_async_script(f"const done = arguments[0]; {shut_down}.then(() => done())")

    def _all_cells_ran(self) -> bool:
        # Asked of the model, since the prompt of a cell whose code is folded is not on the page.
        return self._script(
            f"const cells = {PANEL}.content.widgets.map(widget => widget.model);"
            "return cells.filter(cell => cell.type === 'code').every(cell => cell.executionCount)"
        )

    def _kernel_is_idle(self) -> bool:
        session = f"{PANEL}.sessionContext"
        return self._script(f"return {session}.isReady && {session}.session.kernel.status") == "idle"

    def _command(self, name: str) -> None:
        self._script("window.jupyterapp.commands.execute(arguments[0])", name)

    def _script(self, script: str, *arguments: object) -> object:
        return self._driver.execute_script(script, *arguments)

    def _wait(self, what: str, seconds: float, holds) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if holds():
                    return
            except JavascriptException:  # the page is still loading
                pass
            time.sleep(POLL_SECONDS)
        raise WebDriverException(f"waited {seconds} s in vain for {what}")
