"""Predictions made of ingredients: each slip has a name, and so have two at once that give a result of their own."""

from course_lib.checks.engine.slips import Ingredient, Slip, misconceptions_of

ROWS = Ingredient(3, (Slip(4, "a row too many", "There are three rows."), Slip(2, "a row too few", "There are three.")))
COLUMNS = Ingredient(5, (Slip(6, "a column too many", "There are five."), Slip(10, "columns twice", "Once each.")))

FOUND = {
    mistake.mutant(): mistake for mistake in misconceptions_of((ROWS, COLUMNS), lambda rows, columns: rows * columns)
}


def test_one_slip_and_two_at_once_are_named() -> None:
    assert FOUND[20].name == "a row too many"
    assert FOUND[24].name == "a row too many, and a column too many"
    assert FOUND[24].explanation == "There are three rows. There are five."


def test_no_name_for_the_right_result() -> None:
    assert 15 not in FOUND


def test_one_slip_comes_before_two_that_give_the_same() -> None:
    # 2 · 10 is 4 · 5 as well: nobody needs two slips for it.
    assert [mistake.name for mistake in FOUND.values()].count("a row too few, and columns twice") == 0


def test_no_name_for_a_result_that_two_pairs_of_slips_give() -> None:
    one = Ingredient(1, (Slip(2, "doubled", "Once."), Slip(4, "fourfold", "Once.")))
    other = Ingredient(1, (Slip(3, "trebled", "Once."), Slip(6, "sixfold", "Once.")))
    found = [mistake.mutant() for mistake in misconceptions_of((one, other), lambda a, b: a * b)]
    assert found == [2, 4, 3, 6, 24]  # 12 is 2 · 6 and 4 · 3; 6 is one slip, and 2 · 3
