import json

import polib
import pytest

from course_tools.commands.translate import extract_texts
from course_tools.translating.catalogue import Catalogue, Text

LESSON = "translations/fa/notebooks/03_attention.po"
SAID = "translations/fa/checks.po"


def translate(path, **changes):
    """Give every entry of a catalogue a translation, or those of `changes` theirs."""
    catalogue = polib.pofile(str(path))
    for entry in catalogue:
        entry.msgstr = changes.get(entry.msgid, f"[{entry.msgid}]")
    catalogue.save()


def test_a_language_begins_with_one_command(course, capsys):
    assert extract_texts("fa", ["03"], root=course) == 0
    entries = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(course / LESSON))}
    assert entries == {("03 · Attention", "# 03 · Attention"), ("03 · Attention", "What you will be able to do.")}
    said = {(entry.msgctxt, entry.msgid): entry.comment for entry in polib.pofile(str(course / SAID))}
    assert said["attention/mask", "Row {0} sees {1}."] == "{0}: t\n{1}: t + 1"
    assert ("attention/mask", "leaks") in said
    assert "0% of 2 translated, 0 fuzzy, 2 missing, 0 stale" in capsys.readouterr().out


def test_a_second_extraction_changes_nothing_and_is_what_check_asks_for(course, capsys):
    extract_texts("fa", ["03"], root=course)
    before = (course / LESSON).read_bytes()
    assert extract_texts(root=course, check=True) == 0
    assert (course / LESSON).read_bytes() == before
    source = course / "sources/notebooks/03_attention.py"
    source.write_text(source.read_text(encoding="utf-8").replace("What you will", "All that you will"))
    assert extract_texts(root=course, check=True) == 1
    assert f"{LESSON} is out of date: run `course translate extract`" in capsys.readouterr().err
    assert (course / LESSON).read_bytes() == before


def test_sentences_that_only_changed_places_are_up_to_date(course, capsys):
    checks = course / "course_lib/checks/attention/mask.py"
    lines = ['A = Misconception("leaks", None, "One.")\n', 'B = Misconception("slips", None, "Two.")\n']
    checks.write_text("".join(lines), encoding="utf-8")
    extract_texts("fa", ["03"], root=course)
    checks.write_text("".join(reversed(lines)), encoding="utf-8")
    assert extract_texts(root=course, check=True) == 0, capsys.readouterr().err
    checks.write_text(lines[0], encoding="utf-8")
    assert extract_texts(root=course, check=True) == 1


def test_a_changed_sentence_keeps_its_translation_as_fuzzy_and_it_is_not_shown(course, capsys):
    extract_texts("fa", ["03"], root=course)
    translate(course / LESSON)
    source = course / "sources/notebooks/03_attention.py"
    source.write_text(source.read_text(encoding="utf-8").replace("be able to do.", "be able to do then."))
    capsys.readouterr()
    assert extract_texts(root=course) == 0
    assert "50% of 2 translated, 1 fuzzy, 0 missing, 0 stale" in capsys.readouterr().out
    catalogue = Catalogue(course / LESSON, "fa")
    assert set(catalogue.lookup()) == {("03 · Attention", "# 03 · Attention")}
    (entry,) = polib.pofile(str(course / LESSON)).fuzzy_entries()
    assert entry.msgstr == "[What you will be able to do.]"
    assert entry.previous_msgid == "What you will be able to do."


def test_a_translation_whose_text_is_gone_is_stale_and_comes_back_with_it(tmp_path):
    catalogue = Catalogue(tmp_path / "x.po", "fa")
    catalogue.update([Text("a", "Good morning.")])
    catalogue.save()
    translate(tmp_path / "x.po")
    catalogue = Catalogue(tmp_path / "x.po", "fa")
    catalogue.update([Text("a", "Something else entirely, 42.")])
    assert catalogue.state() == (0, 0, 1, 1)
    catalogue.update([Text("a", "Good morning.")])
    assert catalogue.state() == (1, 0, 0, 0)


def test_a_translation_that_loses_code_or_invents_a_value_is_a_problem(course, capsys):
    (course / "course_lib/checks/attention/mask.py").write_text('X = f"Use `mask` for {row}, please."\n')
    extract_texts("fa", ["03"], root=course)
    translate(course / SAID, **{"Use `mask` for {0}, please.": "لطفاً برای {1}."})
    assert extract_texts(root=course, check=True) == 1
    said = capsys.readouterr().err
    assert "'`mask`' is not in both 'Use `mask` for {0}, please.' and its translation" in said
    assert "'{1}'" in said


def test_the_library_gets_what_is_translated_and_not_fuzzy(course):
    extract_texts("fa", ["03"], root=course)
    translate(course / SAID, leaks="نشت می‌کند")
    extract_texts(root=course)
    compiled = json.loads((course / "course_lib/util/language/fa.json").read_text(encoding="utf-8"))
    assert compiled["attention/mask"]["leaks"] == "نشت می‌کند"


@pytest.mark.parametrize("language", ["../fa", "fa/x", ""])
def test_a_language_is_a_code(course, language):
    if language:
        with pytest.raises(ValueError, match="a code such as fa"):
            extract_texts(language, ["03"], root=course)


def test_what_is_not_a_catalogue_is_named(course):
    path = course / LESSON
    path.parent.mkdir(parents=True)
    path.write_text("nonsense here\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"03_attention\.po is not a catalogue"):
        extract_texts(root=course)
