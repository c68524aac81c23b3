import pytest

from course_lib.show.progress import QUIET_VARIABLE, bar, is_quiet


@pytest.mark.parametrize(("value", "quiet"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_one_variable_asks_for_quiet(monkeypatch, value, quiet):
    monkeypatch.setenv(QUIET_VARIABLE, value)
    assert is_quiet() is quiet


def test_without_the_variable_bars_are_shown(monkeypatch):
    monkeypatch.delenv(QUIET_VARIABLE)
    assert not is_quiet()


def test_a_quiet_bar_passes_everything_on_and_prints_nothing(capsys):
    assert list(bar(range(3), description="Counting")) == [0, 1, 2]
    with bar(description="By hand", total=3) as progress:
        progress.update(3)
    assert capsys.readouterr() == ("", "")


def test_a_bar_says_what_it_counts_on_standard_error(monkeypatch, capsys):
    monkeypatch.setenv(QUIET_VARIABLE, "0")
    with bar(description="Reading", total=2, unit="story") as progress:
        progress.update(2)
        progress.refresh()
    out, err = capsys.readouterr()
    assert out == ""
    assert "Reading: 100%" in err
    assert "2/2" in err
    assert "story" in err


def test_quick_work_shows_no_bar(monkeypatch, capsys):
    monkeypatch.setenv(QUIET_VARIABLE, "0")
    assert list(bar(range(3), description="Counting")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")
