"""A model in a page, opened from the disk in headless Chromium: it writes, is steered, and looks as it should."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import torch
from selenium.webdriver import Chrome
from selenium.webdriver.common.keys import Keys

from course_lib.config import find_preset
from course_lib.corpus import load_stories
from course_lib.generation import encode_prompt, generate
from course_lib.inference import quantize_model
from course_lib.pretrained import build
from course_lib.tokenization import train_tokenizer
from course_tools.cli import main
from course_tools.share import Shared, read_shared, write_page
from tests.browser.jupyterlab import browser_is_missing, chromium
from tests.site.browser import AXE, axe

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(browser_is_missing()), reason=browser_is_missing()),
]

PATIENCE = 120  # seconds, on a machine whose cores are all busy
FIRST_TOKEN = 1.0  # seconds of a core until the model knows what may come first
SPEED = 50  # tokens for each second of a core
CONTRAST = 4.5  # WCAG AA
SMALLEST = 8 / 0.75  # pixels of a letter: 8 points
VISIBLE_CONTRAST = """
const shown = (color) => { const canvas = document.createElement("canvas"); canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d"); context.fillStyle = color; context.fillRect(0, 0, 1, 1);
  return context.getImageData(0, 0, 1, 1).data; };
const light = (color) => { const [r, g, b] = [...shown(color)].slice(0, 3).map((value) => value / 255)
  .map((value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const behind = (element) => { for (let one = element; one; one = one.parentElement) {
  const color = getComputedStyle(one).backgroundColor; if (shown(color)[3] === 255) return color; } return "white"; };
const poor = [];
for (const element of document.querySelectorAll("h1, h2, p, label, button, dt, dd, output, select, textarea, .layer")) {
  if (!element.checkVisibility() || !element.textContent.trim() || element.disabled) continue;
  const [one, two] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
  if ((one + 0.05) / (two + 0.05) < arguments[0]) poor.push(element.outerHTML.slice(0, 120));
}
return poor;
"""


@pytest.fixture(scope="module")
def page_of_howsam(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("page") / "my model é.html"
    assert main(["share", "howsam", "--out", str(path), "--author", "Ada"]) == 0
    return path


@pytest.fixture(scope="module")
def driver(tmp_path_factory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("home")) as made:
        made.set_script_timeout(PATIENCE)
        made.execute_cdp_cmd("Network.enable", {})
        made.execute_cdp_cmd(
            "Network.emulateNetworkConditions",
            {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0},
        )
        yield made


class OpenPage:
    """The page, as a reader uses it."""

    def __init__(self, driver: Chrome, path: Path, width: int = 1280, theme: str = "light") -> None:
        self.driver = driver
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [
            {"name": "prefers-color-scheme", "value": theme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        driver.get(path.as_uri())
        self.wait("the model", lambda: self.enabled("step") and self.candidates())

    def wait(self, what: str, is_there) -> None:
        deadline = time.monotonic() + PATIENCE
        while not is_there():
            assert time.monotonic() < deadline, f"{what} did not come; the page says {self.text('status')}"
            time.sleep(0.05)

    def script(self, code: str, *arguments):
        return self.driver.execute_script(code, *arguments)

    def text(self, name: str) -> str:
        return self.script("return document.getElementById(arguments[0]).textContent", name)

    def enabled(self, name: str) -> bool:
        return not self.script("return document.getElementById(arguments[0]).disabled", name)

    def set(self, name: str, value: object) -> None:
        find = "const found = document.getElementById(arguments[0]); found.value = arguments[1];"
        code = f"{find} found.dispatchEvent(new Event('input'))"
        self.script(code, name, str(value))

    def click(self, name: str) -> None:
        self.script("document.getElementById(arguments[0]).click()", name)

    def candidates(self) -> list[dict]:
        return self.script(
            "return [...document.querySelectorAll('#candidates button')].map(button => ({id: Number(button.dataset.id),"
            " text: button.children[0].textContent, share: button.children[1].textContent,"
            " out: button.classList.contains('out'), chosen: button.classList.contains('chosen')}))"
        )

    def write(self) -> str:
        """Let it write to the end, as fast as it can."""
        self.set("pace", 0)
        # A story of one token is over before anybody looks, so what is awaited must stay: what the status says after.
        self.script("document.getElementById('status').textContent = ''")
        self.click("write")
        self.wait("the end", lambda: self.text("status") not in ("", "Writing …") and self.enabled("step"))
        return self.text("story")

    def write_tokens(self) -> list[str]:
        """The tokens of a story that it writes, and of what was typed."""
        self.write()
        return self.script("return [...document.querySelectorAll('#story span')].map(token => token.textContent)")

    def wait_for_story(self, story: str) -> None:
        self.wait(repr(story), lambda: self.text("story") == story)

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]


def test_it_writes_the_greedy_story_of_the_quantized_model(driver: Chrome, page_of_howsam: Path) -> None:
    page = OpenPage(driver, page_of_howsam)
    page.set("temperature", 0)
    page.set("prompt", "One day, Lily")
    story = page.write()
    shared = read_shared("howsam")

    model = quantize_model(shared.model)
    idx = torch.tensor([encode_prompt(shared.tokenizer, "One day, Lily")])
    keep = model.config.seq_len // 2
    ids = generate(model, idx, 600, temperature=0, stop_token=0, keep=keep)[0].tolist()
    assert story == shared.tokenizer.decode(ids)
    assert ids[-1] == 0
    assert page.candidates()[0]["text"] == "(the end)"
    assert page.complaints() == []


def test_the_reader_chooses_among_ten_and_goes_back(driver: Chrome, page_of_howsam: Path) -> None:
    page = OpenPage(driver, page_of_howsam)
    first = page.candidates()
    assert len(first) == 10
    assert page.text("story") == "Once upon a time"
    page.script("document.querySelectorAll('#candidates button')[1].click()")
    chosen = first[1]["text"].replace("·", " ")
    page.wait_for_story("Once upon a time" + chosen)
    page.wait("other candidates", lambda: page.candidates() != first)
    page.script("document.querySelector('#story').lastElementChild.click()")  # what could have stood there?
    page.wait("what stood to choose", lambda: [one["id"] for one in page.candidates()] == [one["id"] for one in first])
    assert [one["chosen"] for one in page.candidates()] == [place == 1 for place in range(10)]
    page.script("document.querySelectorAll('#candidates button')[2].click()")
    page.wait_for_story("Once upon a time" + first[2]["text"].replace("·", " "))


def test_keys_alone_are_enough(driver: Chrome, page_of_howsam: Path) -> None:
    page = OpenPage(driver, page_of_howsam)
    first = page.candidates()
    body = driver.find_element("tag name", "body")
    body.send_keys("3")
    page.wait_for_story("Once upon a time" + first[2]["text"].replace("·", " "))
    prompt = driver.find_element("id", "prompt")
    prompt.clear()
    prompt.send_keys("In 3 days", Keys.ENTER)
    page.wait("a story", lambda: page.text("story").startswith("In 3 days") and len(page.text("story")) > 12)
    body.send_keys(Keys.ESCAPE)
    page.wait("the stop", lambda: page.enabled("step"))
    assert page.text("story").startswith("In 3 days")
    story = driver.find_element("css selector", "#story [tabindex='0']")
    story.send_keys(Keys.ARROW_LEFT)
    page.wait("a selection", lambda: page.text("next-title") == "What could have stood here")
    body.send_keys(Keys.ESCAPE)
    page.wait("the end again", lambda: page.text("next-title") == "What may come next")
    head = driver.find_element("css selector", "#heads-grid [tabindex='0']")
    said = page.text("heads-said")
    head.send_keys(Keys.ARROW_UP)
    assert page.text("heads-said") != said
    assert page.complaints() == []


def test_sliders_change_what_is_drawn_from(driver: Chrome, page_of_howsam: Path) -> None:
    page = OpenPage(driver, page_of_howsam)
    page.set("top_k", 2)  # the third of 1, 2, 3, 5, …
    page.wait("three in the draw", lambda: page.text("kept").startswith("3 of 10,000 tokens are in the draw."))
    assert [one["out"] for one in page.candidates()] == [False] * 3 + [True] * 7
    page.set("temperature", 0)
    page.wait("one in the draw", lambda: page.candidates()[0]["share"] == "100%")
    page.click("reset")
    page.wait("all in the draw", lambda: page.text("kept").startswith("10,000 of 10,000"))


def test_it_says_whose_model_it_is_and_how_it_learnt(driver: Chrome, page_of_howsam: Path) -> None:
    page = OpenPage(driver, page_of_howsam)
    assert driver.title == "A language model by Ada"
    assert "stories that the course's own generator tells" in page.text("about-list")
    assert "2,457,800" in page.text("about-list")
    assert "Validation loss 0.605 nats per token after 20,000 steps." in page.text("loss-said")
    assert page.script("return document.querySelectorAll('#loss-curve polyline').length") == 2
    assert page.script("return document.querySelectorAll('#loss-curve .floor').length") == 2  # and in the key


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_cut_off_or_hard_to_read(driver: Chrome, page_of_howsam: Path, width: int, theme: str) -> None:
    page = OpenPage(driver, page_of_howsam, width, theme)
    page.click("step")
    page.wait("the heads", lambda: page.script("return !document.getElementById('heads-parts').hidden"))
    assert page.script("return document.documentElement.scrollWidth") <= width
    assert page.script(VISIBLE_CONTRAST, CONTRAST) == []
    nameless = (
        "return [...document.querySelectorAll('button, input, select, textarea, [role=button], [role=radio]')]"
        ".filter(e => !e.hidden && !e.getAttribute('aria-label') && !e.labels?.length && !e.textContent.trim())"
        ".map(e => e.outerHTML)"
    )
    assert page.script(nameless) == []
    assert page.complaints() == []


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci --prefix tests/site")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(driver: Chrome, page_of_howsam: Path, width: int, theme: str) -> None:
    page = OpenPage(driver, page_of_howsam, width, theme)
    assert axe(driver) == []
    page.set("temperature", 0)  # the same story each time
    page.write()
    page.click("reset")
    page.wait("the heads", lambda: page.script("return !document.getElementById('heads-parts').hidden"))
    page.script("document.querySelectorAll('#story span')[3].click()")
    page.wait("a selection", lambda: page.text("next-title") == "What could have stood here")
    assert axe(driver) == []
    strongest = (
        "document.querySelectorAll('#heads-text span:not(.unseen)').forEach((e) => e.style.setProperty('--weight', 1))"
    )
    page.script(strongest)
    assert axe(driver, "color-contrast") == []


def test_without_scripts_it_says_what_it_needs_and_shows_nothing_dead(driver: Chrome, page_of_howsam: Path) -> None:
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        driver.get(page_of_howsam.as_uri())
        assert "JavaScript, which is switched off here" in driver.find_element("tag name", "header").text
        assert driver.find_element("tag name", "main").text == ""
    finally:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_end_of_a_story_is_called_so(driver: Chrome, page_of_howsam: Path) -> None:
    page = OpenPage(driver, page_of_howsam)
    page.set("temperature", 0)
    page.write()
    assert page.text("status").startswith("The end, after ")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_letters_of_the_loss_curve_can_be_read(driver: Chrome, page_of_howsam: Path, width: int) -> None:
    page = OpenPage(driver, page_of_howsam, width)
    sizes = page.script(
        "return [...document.querySelectorAll('#loss-curve text')].map((text) =>"
        "parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)"
    )
    assert min(sizes) >= SMALLEST


def test_a_page_that_was_damaged_on_its_way_says_so(driver: Chrome, page_of_howsam: Path, tmp_path: Path) -> None:
    text = page_of_howsam.read_text(encoding="utf-8")
    begin = text.index('id="weights-data">') + 100_000
    path = tmp_path / "damaged.html"
    path.write_text(text[:begin] + text[begin + 5_000 :], encoding="utf-8")
    driver.get(path.as_uri())
    deadline = time.monotonic() + PATIENCE
    status = "return document.getElementById('status').textContent"
    while "cannot be used" not in driver.execute_script(status) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert driver.execute_script(status).startswith("The model cannot be used: ")
    driver.get_log("browser")


def seconds_of_pages(driver: Chrome) -> float:
    """Processor time of all pages so far, workers included: what a page takes on a core of its own."""
    total = 0.0
    for process in psutil.Process(driver.service.process.pid).children(recursive=True):
        with suppress(psutil.Error):  # it has just ended
            if "--type=renderer" in process.cmdline():
                spent = process.cpu_times()
                total += spent.user + spent.system
    return total


def test_the_model_of_two_minutes_is_quick(driver: Chrome, tmp_path: Path) -> None:
    shape = find_preset("howsam-2min").shape
    tokenizer = train_tokenizer(load_stories("sample", n=2_000)["text"], vocab_size=shape.vocab_size)
    path = tmp_path / "quick.html"
    torch.manual_seed(0)
    write_page(path, Shared(build(shape).eval(), tokenizer, set(), None, {}))
    began = seconds_of_pages(driver)
    page = OpenPage(driver, path)
    page.set("temperature", 0)  # by chance, an untrained model ends its story anywhere
    opened = seconds_of_pages(driver)
    written = len(page.write_tokens())
    assert written > 100
    writing = seconds_of_pages(driver) - opened
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(f"open after {opened - began:.2f} s of a core; {written / writing:.0f} tokens for each second of a core")
    print(f"by the clock, {page.text('speed')}; load {load:.1f} for each core")
    assert opened - began <= FIRST_TOKEN
    assert written / writing >= SPEED
