"""`COURSE_LANGUAGE=fa course …` speaks Persian: help, mistakes, what a student's commands print."""

import re
from pathlib import Path

import pytest

from course_lib.util.language import COMMANDS, VARIABLE, words
from course_tools.cli import main
from course_tools.doctor.report import Finding, Report, State
from course_tools.spoken import IN_ENGLISH, tell
from course_tools.translating.catalogue import Catalogue
from course_tools.translating.messages import messages

ROOT = Path(__file__).parents[3]
STUDENTS = ("lab", "run", "doctor", "data", "train", "generate", "share", "capstone")
ENGLISH = re.compile(r"(?:\b[a-z]{3,} ){3,}")
NOT_YET = "هنوز ترجمه نشده"
INVISIBLE = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def persian(monkeypatch):
    """Commands answer in Persian, in a wide terminal."""
    monkeypatch.setenv(VARIABLE, "fa")
    monkeypatch.setenv("COLUMNS", "300")


@pytest.mark.parametrize("command", STUDENTS)
def test_the_help_of_a_student_s_command_is_persian(persian, command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    said = capsys.readouterr().out
    assert said.startswith("شیوهٔ نوشتن:\ncourse ")
    assert "گزینه‌ها:" in said
    assert NOT_YET not in said
    assert not ENGLISH.search(said.replace("torchrun has options", ""))


def test_the_list_of_commands_is_persian_for_all_of_them(persian, capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert NOT_YET not in said
    assert not ENGLISH.search(said)


def test_help_that_is_not_translated_says_so_once(persian, capsys):
    with pytest.raises(SystemExit):
        main(["grade", "--help"])
    said = capsys.readouterr().out
    assert said.count(NOT_YET) == 1
    assert said.endswith(f"{tell(IN_ENGLISH)}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lab", "77"], "course: درسی به نام '77' نیست؛ درس‌ها این‌ها هستند: 01_tokenization"),
        (["share", "gpt2", "--out", "x.txt"], "course: مرورگر صفحه را از نامش می‌شناسد"),
        (["generate", "--beams", "2", "--seed", "1"], "course: با --beams نمونه‌ای برداشته نمی‌شود"),
    ],
)
def test_mistakes_are_told_in_persian_in_one_line(persian, arguments, said, capsys):
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith(said)
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "--n", "x"], "course train: اشتباه: ورودی --n: عدد صحیحی از ۱ به بالا لازم است، ولی آمد: 'x'"),
        (["train", "--n"], "course train: اشتباه: ورودی --n: یک مقدار لازم دارد"),
        (["nope"], "course: اشتباه: ورودی COMMAND: چنین انتخابی نیست: 'nope' (یکی از این‌ها را بنویسید: "),
        (["train", "--steps", "1", "--minutes", "1"], "ورودی --minutes: با این یکی نمی‌آید: --steps"),
        (["data", "stories.txt"], "این‌ها شناخته نیستند: stories.txt"),
    ],
)
def test_argparse_speaks_persian_as_well(persian, arguments, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_what_the_doctor_finds_is_persian_and_its_columns_are_not(persian):
    found = "torch is missing; numpy is 1.0, but >=2 is needed; needed only to change the course"
    lines = str(Report((Finding(State.WRONG, "packages", found, "pip install -c constraints.txt -e '.[lab]'"),)))
    assert lines.splitlines() == [
        "WRONG  packages  torch نصب نیست; نسخهٔ numpy اکنون 1.0 است و باید >=2 باشد; "
        "فقط برای تغییر دادنِ خودِ دوره لازم است",
        "                 -> pip install -c constraints.txt -e '.[lab]'",
        "تا این درست نشود درس‌ها اجرا نمی‌شوند.",
    ]
    assert str(Report((Finding(State.GOOD, "device", "cpu (x86_64), torch 2.9"),))).startswith(
        "ok     device    cpu (x86"
    )


def test_nothing_invisible_is_copied_with_a_command():
    said = Catalogue(ROOT / "translations/fa/checks.po", "fa").lookup()
    told = [text for (place, _), text in said.items() if place.startswith(f"{COMMANDS}/")]
    assert len(told) > 200
    assert not [text for text in told if INVISIBLE.search(text)]


def test_whatever_a_student_s_command_can_say_is_translated():
    known = words(COMMANDS, "fa")
    missing = [one for one in messages(ROOT) if one.place.startswith(f"{COMMANDS}/") and known.known(one.text) is None]
    assert missing == []


def test_an_error_of_python_s_own_is_shown_in_english_with_a_mark(persian):
    assert tell("[Errno 5] Input/output error") == f"[{NOT_YET}] [Errno 5] Input/output error"


def test_a_language_that_nobody_has_translated_into_is_refused_in_one_line(monkeypatch, capsys):
    monkeypatch.setenv(VARIABLE, "xx")
    assert main(["lab"]) == 2
    assert (
        capsys.readouterr().err
        == "course: COURSE_LANGUAGE is 'xx', and the course answers in en, fa: set it to one of these\n"
    )


def test_checks_do_not_answer_with_the_sentences_of_commands():
    assert words("attention", "fa").known("Lessons will run.") is None
    assert words(COMMANDS, "fa").known("Lessons will run.") == "درس‌ها اجرا می‌شوند."
