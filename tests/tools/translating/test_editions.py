"""The editions that the course has, and how a small one is built."""

from pathlib import Path

import nbformat
import polib
import pytest

from course_lib.util.topics import find_topic
from course_tools.authoring.layout import Kind, Page, find_root
from course_tools.authoring.plan import plan
from course_tools.authoring.quiz import find_problems
from course_tools.authoring.source import parse
from course_tools.commands.build import build_notebooks
from course_tools.commands.translate import extract_texts
from course_tools.translating.editions import edition, editions
from course_tools.translating.extract import extract
from course_tools.translating.places import languages

ROOT = find_root(Path(__file__).parent)
TOPIC = find_topic("attention")
LEAST = 0.95  # of the texts of a place, which have a translation that is shown
MOST_STALE = 10  # translations of texts that are gone: to be used again, or deleted


def test_persian_is_there_with_lesson_03():
    assert editions(ROOT)["fa"] == [Page(TOPIC, kind, "fa") for kind in Kind]
    assert editions(ROOT)["fa"][0].notebook == "fa/notebooks/03_attention.ipynb"


@pytest.mark.parametrize("language", languages(ROOT))
def test_every_edition_says_what_its_source_and_its_catalogue_say(language, capsys):
    assert build_notebooks(root=ROOT, check=True, language=language) == 0, capsys.readouterr().err


def test_the_catalogues_are_up_to_date_and_lose_no_code(capsys):
    assert extract_texts(root=ROOT, check=True) == 0, capsys.readouterr().err


def test_persian_has_not_fallen_behind():
    """All of it was translated. A changed sentence may wait for its translator, shown with a mark; many may not."""
    states = {f"{found.name} {place}": state for found in extract(ROOT, "fa") for place, state in found.states.items()}
    assert {name.partition(" ")[2] for name in states} >= {
        "check",
        "engine",
        "show",
        "diagram",
        "commands",
        "attention",
    }
    for name, state in states.items():
        texts = state.translated + state.fuzzy + state.missing
        assert state.translated >= LEAST * texts, f"{name}: {state}"
    assert sum(state.stale for state in states.values()) <= MOST_STALE


def test_a_translated_lesson_keeps_its_questions_and_folds():
    name = Page(TOPIC, Kind.LESSON).source
    source = parse((ROOT / name).read_text(encoding="utf-8"), name, exercises=False)
    translated = edition(ROOT, "fa").translate(source)
    assert len(translated.cells) == len(source.cells)
    for cell, other in zip(source.cells, translated.cells, strict=True):
        assert (cell.fold is None) == (other.fold is None)
        if cell.type == "code":
            compile(other.source, name, "exec")
        if cell.quiz:
            assert find_problems(other.source, 1) == []


def test_an_unknown_edition_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match=r"no catalogues are in translations/xx; languages with catalogues: .*fa"):
        edition(ROOT, "xx")


def begin(course, translations):
    """A Persian edition of the small course, in which only these texts are translated."""
    extract_texts("fa", ["03"], root=course)
    for path in (course / "translations/fa").rglob("03*.po"):
        catalogue = polib.pofile(str(path))
        for entry in catalogue:
            entry.msgstr = translations.get(entry.msgid, "")
        catalogue.save()


def cells(course, kind):
    (planned,), _ = plan(course, [TOPIC], [kind], "", edition(course, "fa"))
    return planned.notebook.cells


def test_a_missing_translation_is_english_from_the_left_with_a_mark(course):
    begin(course, {"# 03 · Attention": "# ۰۳ · توجه"})
    text = cells(course, Kind.LESSON)[0].source
    assert text.startswith('<div dir="rtl">\n\n# ۰۳ · توجه\n\n<div dir="ltr">\n\n**[')
    assert "هنوز ترجمه نشده]**\n\nWhat you will be able to do.\n\n</div>" in text


def test_only_what_has_a_translation_becomes_a_notebook(course):
    begin(course, {"# 03 · Attention": "# ۰۳ · توجه"})
    assert editions(course) == {"fa": [Page(TOPIC, Kind.LESSON, "fa")]}


def test_a_notebook_sets_its_language_and_links_within_its_edition(course):
    begin(course, {"# 03 · Attention": "# ۰۳", "# 03 · Exercises": "# تمرین‌ها"})
    exercise = cells(course, Kind.EXERCISE)
    assert exercise[1].source.endswith('os.environ["COURSE_LANGUAGE"] = "fa"')
    assert "●●○ · پیاده‌سازی · ۸ دقیقه · ۲ نمره" in "".join(cell.source for cell in exercise)
    assert "[درس](../notebooks/03_attention.ipynb)" in exercise[-1].source
    assert "YOUR ANSWER HERE" in "".join(cell.source for cell in exercise)


def test_an_edition_is_built_into_its_own_folder_and_english_stays_as_it_is(course):
    begin(course, {"# 03 · Attention": "# ۰۳ · توجه"})
    assert build_notebooks(root=course, language="fa") == 0
    notebook = nbformat.read(course / "fa/notebooks/03_attention.ipynb", as_version=4)
    assert notebook.cells[-2].get("execution_count") is None
    assert not (course / "notebooks").exists()
    assert build_notebooks(root=course, language="fa", check=True) == 0


def terms(path):
    """The first column of the table in a glossary."""
    rows = [
        line.split("|")[1].strip() for line in (ROOT / path).read_text(encoding="utf-8").splitlines() if "|" in line
    ]
    return [row for row in rows if row and row != "term" and not row.startswith("---")]


@pytest.mark.parametrize("language", languages(ROOT))
def test_a_language_has_chosen_a_word_for_every_term(language):
    assert set(terms("docs/glossary.md")) <= set(terms(f"translations/{language}/glossary.md"))
