"""A page of the site in headless Chromium: what it loads, what it says, how wide it is, and what axe-core finds."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from selenium.webdriver import Chrome, ChromeOptions, ChromeService

from tests.browser.jupyterlab import BROWSERS

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
WIDE, NARROW = (1280, 900), (390, 844)  # pixels: a laptop, a telephone
SECONDS = 280  # that a script may take on a busy machine
LIGHT, DARK = "light", "dark"
NETWORK = ("http", "https", "ws", "wss")
STILL = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}  # colours are measured at rest

_RUN_AXE = """
const [rules, done] = arguments;
const options = rules ? {runOnly: {type: "rule", values: rules}} : {};
axe.run(document, {...options, resultTypes: ["violations"]}).then(
  (found) => done(found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) =>
    `${node.target} ${node.html.slice(0, 200)} ${node.any.map((why) => why.message).join("; ")}`).join(" | ")}`)),
  (error) => done([String(error)]));
"""
_WIDER_THAN_PAGE = """
const room = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth <= room) return [];
return [...document.querySelectorAll("body *")].filter((box) => box.getBoundingClientRect().right > room + 1)
  .slice(0, 5).map((box) => `${box.tagName}.${box.className} ends at ${box.getBoundingClientRect().right}`);
"""


def what_is_missing() -> str:
    """Why the site cannot be looked at here; empty if it can."""
    if not any(map(shutil.which, BROWSERS)) or not shutil.which("chromedriver"):
        return "no Chromium with its chromedriver; on Debian: apt install chromium chromium-driver"
    if not AXE.is_file():
        return "axe-core is not installed, which takes node and a network: npm ci --prefix tests/site"
    return ""


@contextmanager
def chromium(home: Path) -> Iterator[Chrome]:
    """A headless Chromium that finds nothing beyond this machine, and keeps a log of what it asks for."""
    options = ChromeOptions()
    options.binary_location = next(filter(None, map(shutil.which, BROWSERS)))
    for argument in (
        "--headless=new",
        "--no-sandbox",  # it sees nothing but our own server, and root may not use the sandbox
        "--disable-dev-shm-usage",
        "--no-proxy-server",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--user-data-dir={home / 'chromium'}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=ChromeService(shutil.which("chromedriver")))
    driver.set_script_timeout(SECONDS)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", STILL)
    try:
        yield driver
    finally:
        driver.quit()


def axe(driver: Chrome, *rules: str) -> list[str]:
    """What axe-core finds wrong with the page that is open, by all its rules or by those given."""
    if not driver.execute_script("return Boolean(window.axe)"):
        driver.execute_script(AXE.read_text(encoding="utf-8"))
    return driver.execute_async_script(_RUN_AXE, list(rules) or None)


class Reader:
    """Opens pages of a site and looks at them."""

    def __init__(self, driver: Chrome, address: str):
        self._driver = driver
        self._address = address

    def open(self, page: str, *, size: tuple[int, int] = WIDE) -> None:
        """Load a page anew, in the light theme."""
        self.resize(size)
        self._forget()
        self._driver.get(f"{self._address}/{page}")
        self.choose(LIGHT)

    def resize(self, size: tuple[int, int]) -> None:
        """Give the window another size, to the pixel."""
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open_what_is_folded(self) -> None:
        """Open every `<details>` of the page."""
        self.script("document.querySelectorAll('details').forEach((box) => { box.open = true; })")

    def take_colours_from_code(self) -> None:
        """Make code plain text: its thousands of words take axe-core minutes, and have a test of their own."""
        self.script(
            "document.querySelectorAll('.highlight pre').forEach((box) => { box.textContent = box.textContent; })"
        )

    def choose(self, theme: str) -> None:
        """Make the page light or dark, as its switch does."""
        self.script(
            "document.documentElement.dataset.mode = document.documentElement.dataset.theme = arguments[0]", theme
        )

    def errors(self) -> list[str]:
        """What the page has written into the console as an error."""
        return [entry["message"] for entry in self._driver.get_log("browser") if entry["level"] == "SEVERE"]

    def foreign_requests(self) -> list[str]:
        """Addresses that the page asked for which are not the site's."""
        asked = []
        for entry in self._driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.append(message["params"]["request"]["url"])
        ours = urlsplit(self._address).netloc
        return [url for url in asked if urlsplit(url).scheme in NETWORK and urlsplit(url).netloc != ours]

    def wider_than_page(self) -> list[str]:
        """What makes the page scroll sideways; empty if it does not."""
        return self.script(_WIDER_THAN_PAGE)

    def axe(self, *rules: str) -> list[str]:
        """What axe-core finds wrong, by all its rules or by those given."""
        return axe(self._driver, *rules)

    def script(self, script: str, *arguments: object):
        """Run JavaScript in the page and give what it returns."""
        return self._driver.execute_script(script, *arguments)

    def wait_script(self, script: str):
        """Run JavaScript that calls its last argument with the result, and give that."""
        return self._driver.execute_async_script(script)

    def press(self, *keys: str) -> None:
        """Type keys, wherever the focus is."""
        from selenium.webdriver import ActionChains

        ActionChains(self._driver).send_keys(*keys).perform()

    @contextmanager
    def without_scripts(self) -> Iterator[None]:
        """Pages that are opened meanwhile run none of their scripts; the tests' own still run."""
        self.command("Emulation.setScriptExecutionDisabled", {"value": True})
        try:
            yield
        finally:
            self.command("Emulation.setScriptExecutionDisabled", {"value": False})

    def click(self, selector: str) -> None:
        """Press the mouse's button in the middle of the first such element."""
        self._driver.find_element("css selector", selector).click()

    def command(self, name: str, arguments: dict) -> dict:
        """Ask something of Chromium's developer tools."""
        return self._driver.execute_cdp_cmd(name, arguments)

    def _forget(self) -> None:
        self._driver.get_log("browser")
        self._driver.get_log("performance")
