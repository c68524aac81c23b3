"""The reports of `course grade` in headless Chromium, as files: marking by hand, and all pages on a telephone."""

import time

import pytest
from selenium.webdriver.common.by import By

from course_tools.grading.outputs import apply_marks, enter_marks, from_page, write_all
from course_tools.grading.outputs.marking import form_in, form_of
from course_tools.grading.outputs.marks import read_form
from tests.browser.jupyterlab import browser_is_missing, chromium
from tests.tools.grading.class_of_four import EVIL, class_of_four, prose, submission, transposed

TELEPHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
SECONDS = 60
FORMULA = (
    r"The variance of $q \cdot k$ grows: $$\operatorname{Var} = \sum_{i=1}^{d} \frac{a_i^2 + b_i^2 + c_i^2}{\sqrt{d}}$$"
)
LONG = "a_name_without_any_space_that_is_longer_than_the_screen_of_a_telephone_is_wide" * 2
BESIDE = """
return [...document.querySelectorAll("body *")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width && !one.closest(".formula math") && (box.right > innerWidth + 0.5 || box.left < -0.5);
}).map((one) => one.outerHTML.slice(0, 200));
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(browser_is_missing()), reason=browser_is_missing()),
]


def the_class():
    """Ada and Bob give the same answer, Cem attacks; names and code are long."""
    return class_of_four(
        submissions=(
            submission("ada", prose(FORMULA), transposed(answer_source=f"def causal_mask({LONG}): pass")),
            submission("bob", prose(f"{FORMULA} "), transposed(mistake=None, behaviour="aaaa")),
            submission("cem", prose(f"{EVIL} {LONG}"), transposed(note=LONG), problems=(LONG,), late=True),
        )
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    out = tmp_path_factory.mktemp("grades")
    write_all(the_class(), out)
    return out


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with chromium(home) as driver:
        driver.downloads = home / "downloads"
        options = {"behavior": "allow", "downloadPath": str(driver.downloads)}
        driver.execute_cdp_cmd("Browser.setDownloadBehavior", options)
        yield driver


def downloaded(driver):
    """The file that the page has saved."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if files := list(driver.downloads.glob("*.csv")):
            return files[0]
        time.sleep(0.2)
    raise AssertionError(f"nothing was saved: {driver.get_log('browser')}")


def test_marks_are_typed_saved_by_the_page_and_read_by_the_grader(out, driver):
    driver.get((out / "marking" / "explain_scaling.html").as_uri())
    articles = driver.find_elements(By.CSS_SELECTOR, "article")
    assert len(articles) == 2, "Ada's and Bob's stand together"
    drawn = driver.execute_script("return document.querySelector('article mfrac').getBoundingClientRect().height")
    assert drawn > 15, "a fraction is drawn as one"

    mark, comment = (articles[0].find_element(By.CSS_SELECTOR, name) for name in (".mark", ".comment"))
    save = driver.find_element(By.ID, "save")
    mark.send_keys("3,5")
    save.click()
    assert "3,5 is not a mark from 0 to 3: nothing was saved" in driver.find_element(By.ID, "told").text
    assert mark.get_attribute("aria-invalid") == "true"
    mark.clear()
    mark.send_keys("1 + 0,5")
    comment.send_keys('=1+1 "quoted", well\nseen')
    save.click()
    file = downloaded(driver)
    assert file.name == "marks-explain_scaling.csv"
    assert "'=1+1" in file.read_text(encoding="utf-8"), "no spreadsheet computes it"
    assert from_page(file)

    grades = the_class()
    enter_marks(grades, out, file)
    marked, remarks = apply_marks(grades, out)
    assert remarks == ()
    found = {one.student: one.exercises[0] for one in marked.submissions}
    assert [found[name].score for name in ("ada", "bob", "cem")] == [1.5, 1.5, None]
    assert '=1+1 "quoted", well\nseen' in found["bob"].note
    assert "points for parts: 1 + 0.5" in found["bob"].note


def test_a_page_saves_what_was_typed_on_it_and_nothing_older(out, driver):
    """What stood in the boxes when the page was written may be another by now, which it must not undo."""
    lines = read_form(form_in(out))
    entered = form_of([{**line, "mark": "2", "comment": "before"} for line in lines])
    form_in(out).write_text(entered, encoding="utf-8")
    write_all(the_class(), out)
    driver.get((out / "marking" / "explain_scaling.html").as_uri())
    assert [box.get_attribute("value") for box in driver.find_elements(By.CLASS_NAME, "mark")] == ["2", "2"]
    for file in driver.downloads.glob("*.csv"):
        file.unlink()
    driver.find_elements(By.CLASS_NAME, "mark")[1].send_keys(" + 0,5")
    driver.find_element(By.ID, "save").click()
    saved = read_form(downloaded(driver))
    assert {line["student"]: (line["mark"], line["comment"]) for line in saved} == {
        "ada": ("", ""),
        "bob": ("", ""),
        "cem": ("2 + 0,5", ""),
    }


def test_a_page_without_the_script_of_ours_runs_none(out, driver):
    page = out / "marking" / "explain_scaling.html"
    changed = out / "marking" / "changed.html"
    text = page.read_text(encoding="utf-8").replace("</body>", "<script>document.title = 'ran'</script></body>")
    changed.write_text(text, encoding="utf-8")
    driver.get(changed.as_uri())
    assert driver.title == "Marking: Explain the root"


@pytest.mark.parametrize("place", ["class.html", "students/*-ada.html", "students/*-cem.html", "marking/*.html"])
def test_on_a_telephone_nothing_is_beside_the_screen(place, out, driver):
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", TELEPHONE)
    try:
        driver.get(next(iter(out.glob(place))).as_uri())
        driver.execute_script("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        assert driver.execute_script("return innerWidth") == TELEPHONE["width"]
        assert driver.execute_script("return document.documentElement.scrollWidth") == TELEPHONE["width"]
        assert driver.execute_script(BESIDE) == []
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
