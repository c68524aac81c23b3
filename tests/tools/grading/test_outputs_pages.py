"""Reports: nothing of a student's text is markup, nothing is loaded, and what matters is there."""

import base64
import dataclasses
import hashlib
import re
from html.parser import HTMLParser
from importlib import import_module
from itertools import pairwise

import pytest
from jinja2 import UndefinedError

from course_tools.grading import outputs
from course_tools.grading.due import Extension
from course_tools.grading.outputs import Written, write_all
from course_tools.grading.outputs.class_page import class_page
from course_tools.grading.outputs.gradebooks import canvas_csv, nbgrader_csv
from course_tools.grading.outputs.marking import questions
from course_tools.grading.outputs.marking_page import marking_page
from course_tools.grading.outputs.page import element, inline, page
from course_tools.grading.outputs.student_page import student_page
from course_tools.grading.outputs.templating import render, source
from course_tools.grading.outputs.text import file_names, one_line, page_names, visible
from course_tools.grading.results import ClassGrades, Refusal
from tests.tools.grading.class_of_four import EVIL, ROSTER, class_of_four, submission, transposed

ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "main", "section", "article", "div", "span", "p", "ul", "li"),
    *("h1", "h2", "h3", "table", "caption", "thead", "tbody", "tr", "th", "td", "i", "b", "strong", "code", "pre", "a"),
    *("details", "summary"),
    *("form", "label", "input", "textarea", "button", "output", "noscript", "script"),  # of pages for marking
    *("math", "mrow", "mi", "mn", "mo", "msqrt", "mfrac", "msup", "msub"),
}


class Reader(HTMLParser):
    """Collects elements, text and mistakes of nesting."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.words, self.problems, self.scripts = [], [], [], [], []
        self.feed(text)
        self.problems += self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(tag)

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif not self.open or self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))


def all_pages(grades):
    links = {student.id: f"students/{student.id}.html" for student in grades.students}
    pages = {student.id: student_page(grades, student) for student in grades.students}
    return {
        "class": class_page(grades, links),
        **pages,
        **{name: marking_page(grades, name) for name in questions(grades)},
    }


@pytest.mark.parametrize("name", ["class", "ada", "bob", "cem", "dan", "explain_scaling"])
def test_pages_are_whole_accessible_and_need_nothing_else(name):
    text = all_pages(class_of_four())[name]
    read = Reader(text)
    assert read.problems == []
    assert {tag for tag, _ in read.elements} <= ALLOWED
    text.encode("utf-8")  # also what a notebook can hold and a file cannot
    assert "http://" not in text
    assert "https://" not in text
    assert "url(" not in text
    for _, attributes in read.elements:
        assert not any(attribute.startswith("on") or attribute == "src" for attribute in attributes)
        assert attributes.get("href", "#").startswith(("#", "students/"))
    assert ("html", {"lang": "en"}) in read.elements
    levels = [int(tag[1]) for tag, _ in read.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    tables = sum(tag == "table" for tag, _ in read.elements)
    assert tables == sum(tag == "caption" for tag, _ in read.elements)
    assert all("scope" in attributes for tag, attributes in read.elements if tag == "th")
    assert "prefers-color-scheme: dark" in text
    assert "default-src 'none'" in str(read.elements)


@pytest.mark.parametrize("name", ["class", "cem", "explain_scaling"])
def test_text_that_attacks_is_shown_and_does_nothing(name):
    text = all_pages(class_of_four())[name]
    read = Reader(text)
    ours = [source("marking.js")] if name == "explain_scaling" else []
    assert read.scripts == ours
    assert text.count("<script") == len(ours)
    assert "<img" not in text
    assert EVIL in "".join(read.words)


def test_of_scripts_the_browser_runs_only_ours():
    text = all_pages(class_of_four())["explain_scaling"]
    digest = base64.b64encode(hashlib.sha256("".join(Reader(text).scripts).encode()).digest()).decode()
    policy = next(a["content"] for tag, a in Reader(text).elements if "http-equiv" in a)
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    assert "script-src" not in all_pages(class_of_four())["class"]


def test_a_name_that_is_misspelled_in_a_template_is_an_error():
    with pytest.raises(UndefinedError):
        render("marking.html", title="no more than that")


def test_control_characters_and_text_that_turns_around_are_made_visible():
    assert visible("a\ud800b\u202ec\x00d\x1be\r\nf\tg") == "a\ufffdb\ufffdc\ufffdd\ufffde\nf\tg"
    assert visible("رضایی é 漢") == "رضایی é 漢"


def test_a_student_sees_what_failed_with_which_mistake_and_where_to_go_on():
    text = Reader(student_page(class_of_four(), ROSTER[1])).text
    wanted = (
        "0 of 6 points",
        "✗ not right",
        "does not hold: gives the right result on 4 inputs",
        "T = 3: expected [[True]], got [[False]]",
        "Likely mistake: transposed.",
        "Row t must allow the keys 0 to t; use tril .",
        "Read again: lesson 03, section 5",
        "check(causal_mask, seed=4242)",
        "late",
        "not attempted",
    )
    assert [part for part in wanted if part not in text] == []
    assert "not shown" not in text  # one failure is explained, the first
    assert not any(name in text for name in ("Ada", "Cem", "ada"))


def test_a_student_without_a_submission_has_a_page_that_says_so():
    text = Reader(student_page(class_of_four(), ROSTER[3])).text
    assert "Nothing was handed in for: 03 · Attention from scratch" in text


def test_the_class_page_counts_who_made_which_mistake():
    unknown = [submission(f"u{i}", transposed(mistake=None)) for i in range(3)]
    grades = class_of_four(submissions=(*class_of_four().submissions, *unknown))
    read = Reader(class_page(grades, {}))
    mistakes = read.text[read.text.index("For each exercise how many") :]
    assert "5 of 6 not right" in mistakes
    assert re.search(
        r"No mistake that is known First that does not hold: gives the right result on 4 inputs 3 ", mistakes
    )
    assert re.search(r"transposed Row t must allow the keys 0 to t; use tril \. 2 who bob , cem", mistakes)
    assert mistakes.index("No mistake that is known") < mistakes.index("transposed")  # most first


def test_the_class_page_shows_the_distribution():
    read = Reader(class_page(class_of_four(), {}))
    spread = read.text[read.text.index("How scores are spread") : read.text.index("Exercises")]
    assert "90–100 % 1" in spread  # Ada, of what is marked
    assert "0–9 % 2" in spread
    assert "median 0 %" in spread


def test_the_class_page_tells_what_to_look_at():
    text = Reader(class_page(class_of_four(), {})).text
    for part in ("uses torch.softmax", "a bomb", "two definitions of", "Nothing handed in", "dan"):
        assert part in text[text.index("For you to look at") :]


def test_not_isolated_is_said_in_large_letters_and_only_then():
    bare = submission("ada", transposed(), isolation="none")
    for text in (all_pages(class_of_four(submissions=(bare,)))[name] for name in ("class", "ada")):
        assert "<strong>NOT ISOLATED</strong>" in text
    assert not any("NOT ISOLATED" in text for text in all_pages(class_of_four()).values())


@pytest.mark.parametrize("dress", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(dress):
    colours = dict(re.findall(r"--([\w-]+):\s*(#\w{6})", source("style.css").split("@media")[dress]))
    pairs = [
        (ink, ground) for ink in ("ink", "soft", "link", "good", "bad", "violet") for ground in ("ground", "raised")
    ]
    pairs += [("amber-ink", "ground"), ("amber-ink", "amber-ground"), ("ink", "amber-ground"), ("alarm-ink", "alarm")]
    assert min(contrast(colours[ink], colours[ground]) for ink, ground in pairs) >= 4.5  # WCAG 2, level AA


def contrast(one, other):
    """Of two colours, as WCAG 2 defines it."""

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_what_was_refused_stands_beside_its_student_and_is_no_zero():
    grades = class_of_four(rejected=(Refusal("dan/a.pdf", "no notebook", "dan", "attention"),))
    text = Reader(class_page(grades, {})).text
    row = text[text.rindex("Dan Absent") :]
    assert "refused: dan/a.pdf: no notebook" in row
    page_of_dan = Reader(student_page(grades, ROSTER[3])).text
    assert "dan/a.pdf: no notebook" in page_of_dan
    assert "Nothing was handed in" not in page_of_dan
    (line,) = [line for line in nbgrader_csv(grades).splitlines() if "dan@" in line]
    assert ",,0,,6" in line, "an empty score, no penalty"
    stranger = class_of_four(rejected=(Refusal("zoe/a.pdf", "no notebook", "zoe"),))
    assert "zoe" in [student.id for student in stranger.students]


def test_who_sent_only_what_was_refused_is_not_absent_and_is_told_that_nothing_could_be_graded():
    refusal = Refusal("dan/03_attention.pdf", ".pdf is neither a notebook nor a zip", "dan", "attention")
    grades = class_of_four(rejected=(refusal,))
    text = Reader(class_page(grades, {})).text
    assert "Refused files" in text
    assert "Nothing handed in" not in text
    assert "Nothing handed in" in Reader(class_page(class_of_four(rejected=()), {})).text
    text = Reader(student_page(grades, ROSTER[3])).text
    assert "Nothing that was handed in could be graded." in text
    assert "dan/03_attention.pdf: .pdf is neither a notebook nor a zip" in text
    for page_of_nothing in (text, Reader(student_page(class_of_four(), ROSTER[3])).text):
        assert "0 of 0" not in page_of_nothing


def test_a_line_for_a_terminal_is_one_and_obeys_nothing():
    assert one_line("a\x1b[2J\nrefused: b\r\x9b\td") == "a\ufffd[2J\ufffdrefused: b\ufffd\ufffd d"


def test_an_empty_class_has_a_page():
    assert "No answer was wrong." in class_page(ClassGrades((), 1), {})


def test_everything_is_written_and_no_half_files_stay(tmp_path):
    assert write_all(class_of_four(), tmp_path) == Written()
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {
        "class.html",
        "students/Ada_Lovelace-ada.html",
        "students/Bob_HYPERLINK_1-bob.html",
        "students/Cem_script_alert_x_script_img_src_x_oner-cem.html",
        "students/Dan_Absent-dan.html",
        *(f"gradebooks/{name}.csv" for name in ("nbgrader", "canvas", "exercises")),
        *(f"gradescope/{name}/03_attention.json" for name in ("ada", "bob", "cem")),
        *(f"github_classroom/{name}/03_attention.txt" for name in ("ada", "bob", "cem")),
        "marking/explain_scaling.html",
        "marking/marks.csv",
    }
    before = {name: (tmp_path / name).read_bytes() for name in files}
    write_all(class_of_four(), tmp_path)
    assert before == {name: (tmp_path / name).read_bytes() for name in files}


def test_a_page_that_cannot_be_made_concerns_its_student_only(tmp_path, monkeypatch):
    write_all(class_of_four(), tmp_path)
    made = outputs.student_page

    def stumbling(grades, student):
        if student.id == "bob":
            raise RecursionError("too deep")
        return made(grades, student)

    monkeypatch.setattr(outputs, "student_page", stumbling)
    (tmp_path / "gradescope" / "cem" / "03_attention.json").unlink()
    (tmp_path / "gradescope" / "cem" / "03_attention.json").mkdir()  # so nothing can be written there
    for name in ("Ada_Lovelace-ada", "Dan_Absent-dan"):
        (tmp_path / "students" / f"{name}.html").unlink()
    written = write_all(class_of_four(), tmp_path)
    assert len(written.failed) == 2
    assert "bob.html could not be written: RecursionError: too deep" in written.failed[0]
    assert "gradescope/cem" in written.failed[1]
    assert {path.stem[-3:] for path in (tmp_path / "students").iterdir()} == {"ada", "cem", "dan"}


def test_grades_hold_text_that_no_file_can_hold_and_give_it_back(tmp_path):
    class_of_four().write(tmp_path / "grades.json")
    assert ClassGrades.read(tmp_path / "grades.json") == class_of_four()


def test_names_of_files_hold_no_paths_and_are_never_shared():
    names = file_names(["ann", "Ann", "../../etc/passwd", "a/b", "a_b", "con", ".", "", "رضا", "x" * 300])
    assert len({name.casefold() for name in names.values()}) == len(names)
    assert all(re.fullmatch(r"[\w@+-][\w.@+-]*", name) and len(name) < 100 for name in names.values())
    assert names["رضا"] == "رضا"
    assert names["con"] != "con"
    (other,) = file_names(["jane doe"]).values()  # what a student could call themselves
    for more in ([other], [other, other.upper()]):
        assert len({name.casefold() for name in file_names(["jane doe", *more]).values()}) == 1 + len(more)


def test_a_page_is_found_by_the_full_name_and_is_one_students_alone():
    named = {"Participant 1004": "Dana Late", "jane": "Jean-Luc Doe", "1": "رضا کریمی", "stranger": "stranger"}
    names = page_names(named)
    assert names["Participant 1004"].startswith("Dana_Late-Participant_1004")
    assert names["jane"] == "Jean-Luc_Doe-jane"
    assert names["1"] == "رضا_کریمی-1"
    assert names["stranger"] == "stranger"
    attacks = {"bob": "Ada", "Ada-bob": "Ada-bob", "b-c": "A", "c": "A-b", "BOB ": "ada", "../x": "../../x" * 99}
    names = page_names(named | attacks)
    assert len({name.casefold() for name in names.values()}) == len(named | attacks)
    assert all(re.fullmatch(r"[\w@+-][\w.@+-]*", name) and len(name) < 140 for name in names.values())


def test_what_is_not_made_by_element_is_escaped():
    made = element("p", "<b>", element("i", "&"), title='"x')
    assert made == '<p title="&quot;x">&lt;b&gt;<i>&amp;</i></p>'
    assert inline("`<a>` and **<b>**") == "<code>&lt;a&gt;</code> and <strong>&lt;b&gt;</strong>"
    assert "<title>&lt;x&gt;</title>" in page("<x>")


def test_answers_without_a_known_mistake_are_grouped_by_what_they_do():
    def unknown(source, behaviour):
        return transposed(mistake=None, behaviour=behaviour, answer_source=source)

    grades = class_of_four(
        submissions=(
            submission("ada", unknown("def causal_mask(T): return torch.zeros(T, T)", "aaaa")),
            submission("bob", unknown("def causal_mask(T): return 0 * x", "aaaa")),
            submission("cem", unknown(f"def causal_mask(T): return '{EVIL}'", "bbbb")),
            submission("dan", transposed()),
        )
    )
    text = class_page(grades, {})
    table = text[text.index("<h2>Mistakes") :]
    rows = [Reader(row).text for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)]
    unknown_rows = [row for row in rows if "No mistake that is known" in row]
    assert [("ada, bob" in re.sub(r" ,", ",", row), "cem" in row) for row in unknown_rows] == [
        (True, False),
        (False, True),
    ]
    assert "def causal_mask(T): return 0 * x" in unknown_rows[0], "the shortest that does it"
    assert "<script" not in text


def test_one_answer_that_cannot_be_shown_does_not_take_the_page_from_the_others(monkeypatch):
    module = import_module("course_tools.grading.outputs.marking_page")
    show = module._text

    def stumbles(exercise):
        if "variance" in exercise.answer_source:
            raise RuntimeError("of this one")
        return show(exercise)

    monkeypatch.setattr(module, "_text", stumbles)
    text = Reader(marking_page(class_of_four(), "explain_scaling")).text
    assert "This answer cannot be shown (RuntimeError): read it in ada/03_attention.ipynb" in text
    assert EVIL in text


def test_who_is_excused_has_no_zero_and_is_not_missed():
    grades = dataclasses.replace(
        class_of_four(), extensions=(Extension("dan", "attention"), Extension("ada", "", "2026-10-09")), options=("x",)
    )
    assert "Excused: 03 · Attention from scratch" in Reader(student_page(grades, ROSTER[3])).text
    assert "Nothing was handed in" not in student_page(grades, ROSTER[3])
    text = Reader(class_page(grades, {})).text
    assert "Nothing handed in" not in text
    assert "Extensions and excuses: 2" in text
    assert "ada all lessons due 2026-10-09" in text
    (line,) = [line for line in nbgrader_csv(grades).splitlines() if "dan@" in line]
    assert line.endswith(",,0,,6")
    assert [line.split(",")[-1] for line in canvas_csv(grades).splitlines() if "dan" in line] == ["EX"]


def test_what_was_not_taken_of_a_table_is_on_the_class_page():
    text = class_page(class_of_four(remarks=("roster.csv, line 3: nothing in it says <who>",)), {})
    assert "<li>roster.csv, line 3: nothing in it says &lt;who&gt;</li>" in text
