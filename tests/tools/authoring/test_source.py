"""An author's mistake is found before anything runs, and named with its line."""

import pytest

from course_tools.authoring.cells import Task
from course_tools.authoring.problems import SourceError
from course_tools.authoring.source import parse
from tests.tools.authoring.conftest import LESSON, SOLUTION

NAME = "sources/solutions/03_attention.py"


def problems_of(text: str, *, exercises: bool = True) -> list[str]:
    with pytest.raises(SourceError) as caught:
        parse(text, NAME, exercises=exercises)
    return str(caught.value).splitlines()


def line_of(text: str, fragment: str) -> int:
    """The number of the only line that contains the fragment."""
    [number] = [number for number, line in enumerate(text.splitlines(), start=1) if fragment in line]
    return number


def test_cells_have_type_text_line_and_tags():
    cells = parse(LESSON, "lesson.py", exercises=False).cells
    assert [cell.type for cell in cells] == ["markdown", "code", "code", "code"]
    assert cells[0].source == "# 03 · Attention\nWhat you will be able to do."
    assert [cell.line for cell in cells] == [2, 6, 11, 14]
    assert cells[3].tags == ("skip-execution",)


def test_every_cell_begins_at_its_line_in_the_file():
    lines = SOLUTION.splitlines()
    for cell in parse(SOLUTION, NAME, exercises=True).cells:
        first = cell.source.split("\n")[0]
        assert lines[cell.line - 1] == (f"# {first}" if cell.type == "markdown" else first)


def test_blank_lines_around_a_cell_do_not_count():
    text = "# %% [markdown]\n# # T\n\n# %%\n\n\nx = 1\n\n\n# %%\ny = 2\n"
    cells = parse(text, "lesson.py", exercises=False).cells
    assert [(cell.source, cell.line) for cell in cells[1:]] == [("x = 1", 7), ("y = 2", 11)]


def test_the_header_that_jupytext_writes_is_passed_over():
    header = "# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n#       extension: .py\n# ---\n\n"
    plain = parse(LESSON, "lesson.py", exercises=False).cells
    cells = parse(header + LESSON, "lesson.py", exercises=False).cells
    assert [cell.source for cell in cells] == [cell.source for cell in plain]
    assert [cell.line for cell in cells] == [cell.line + 7 for cell in plain]


def test_exercises_answers_and_checks_are_read():
    source = parse(SOLUTION, NAME, exercises=True)
    assert source.tasks == {
        "double": Task("double", "implement", difficulty=2, minutes=8, points=2),
        "explain_double": Task("explain_double", "explain", difficulty=1, minutes=1, points=1),
    }
    assert [cell.answer for cell in source.cells if cell.answer] == ["double", "explain_double"]
    assert [cell.check for cell in source.cells if cell.check] == ["double"]


# Each: what is replaced in SOLUTION, by what, the line (a fragment of it, after the change) and what is said.
MISTAKES = {
    "begin without end": ("    ### END SOLUTION\n", "", "    ### BEGIN SOLUTION", "without '### END SOLUTION'"),
    "end without begin": ("    ### BEGIN SOLUTION\n", "", "    ### END SOLUTION", "without '### BEGIN SOLUTION'"),
    "begin twice": (
        "    return twice",
        "    ### BEGIN SOLUTION\n    return twice",
        None,
        "a second '### BEGIN SOLUTION'",
    ),
    "marker with words": (
        "    ### BEGIN SOLUTION",
        "    ### BEGIN SOLUTION here",
        "SOLUTION here",
        "alone on its line",
    ),
    "marker outside an answer": ("check(double)\n", "### BEGIN SOLUTION\n", 'check="double"', "never uses double"),
    "unknown kind": (
        'kind="implement"',
        'kind="write"',
        'kind="write"',
        "unknown kind 'write'; the kinds are implement",
    ),
    "unknown key": ('kind="implement"', 'kind="implement" colour="red"', "colour", "unknown key 'colour'"),
    "unknown tag": ('answer="double"', 'answer="double" tags=["hard"]', "hard", "unknown tag 'hard'"),
    "not a key": ('answer="double"', "answer=double", "answer=double", "cannot read 'answer=double'"),
    "points missing": (" minutes=8 points=2", " minutes=8", "minutes=8", "lacks points"),
    "difficulty 4": ("difficulty=2", "difficulty=4", "difficulty=4", "difficulty is 1, 2 or 3, not 4"),
    "minutes 0": ("minutes=8", "minutes=0", "minutes=0", "minutes is a whole number from 1, not 0"),
    "points true": ("points=2", "points=true", "points=true", "points is a number above 0, not True"),
    "no check": ('# %% check="double"\ncheck(double)\n', "", 'exercise="double"', 'has no cell check="double"'),
    "check of another": ('check="double"', 'check="triple"', 'check="triple"', "check 'triple', but the exercise here"),
    "check does not use it": ("check(double)", "check(print)", 'check="double"', "never uses double"),
    "answer of another": ('answer="double"', 'answer="triple"', 'answer="triple"', "answer 'triple', but the exercise"),
    "answer defines another": (
        "def double",
        "def twice",
        'answer="double"',
        "no function or class of that name; it has: twice",
    ),
    "answer is not Python": ("= x + x", "= x +", "= x +", "is not Python"),
    "answer without markers": (
        "    ### BEGIN SOLUTION\n    twice_the_number_given = x + x\n    return twice_the_number_given\n"
        "    ### END SOLUTION\n",
        "    return x\n",
        'answer="double"',
        "has no '### BEGIN SOLUTION'",
    ),
    "explained in code": ('kind="implement"', 'kind="explain"', 'answer="double"', "kind explain is markdown"),
    "written in prose": (
        'kind="explain"',
        'kind="predict"',
        '[markdown] answer="explain_double"',
        "kind predict is code",
    ),
    "two of one name": ('exercise="explain_double"', 'exercise="double"', 'kind="explain"', "is already at line 12"),
    "no name": (
        'answer="double"',
        'answer="two words"',
        "two words",
        "takes the name of a function or class in quotes",
    ),
    "two roles": ('check="double"', 'check="double" answer="double"', 'check="double"', "only one of answer, check"),
    "kind without exercise": (
        'check="double"',
        'check="double" kind="predict"',
        'check="double"',
        "kind without exercise=",
    ),
    "no heading": ("# ## Exercise 1: Twice", "# Exercise 1: Twice", "# Exercise 1: Twice", "first line is a heading"),
    "no title": ("# # 03", "# 03", "# 03", "begins with the title"),
    "empty cell": ("check(double)\n", "", 'check="double"', "the cell is empty"),
    "raw cell": ('# %% check="double"', "# %% [raw]", "[raw]", "code or [markdown], not 'raw'"),
    "text before the first cell": (
        "# %% [markdown]\n# # 03",
        "# hello\n# %% [markdown]\n# # 03",
        "# hello",
        "begins with its",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_line(mistake):
    old, new, fragment, message = MISTAKES[mistake]
    assert old in SOLUTION
    text = SOLUTION.replace(old, new, 1)
    number = line_of(text, fragment) if fragment else line_of(text, "return twice_the_number_given") - 1
    assert any(problem.startswith(f"{NAME}:{number}: ") and message in problem for problem in problems_of(text)), (
        problems_of(text)
    )


def test_all_mistakes_are_named_at_once():
    text = SOLUTION.replace("difficulty=2", "difficulty=5").replace("check(double)", "check(print)")
    assert len(problems_of(text)) == 2


def test_a_second_answer_or_check_is_refused():
    answer = SOLUTION[SOLUTION.index('# %% answer="double"') : SOLUTION.index('# %% check="double"')]
    twice = SOLUTION.replace(answer, answer + answer.replace("twice_the_number_given", "x2"))
    assert any("a second answer 'double'" in problem for problem in problems_of(twice))
    check = '# %% check="double"\ncheck(double)\n'
    assert any("a second check 'double'" in problem for problem in problems_of(SOLUTION.replace(check, check * 2)))


def test_a_check_before_its_answer_is_refused():
    check = '# %% check="double"\ncheck(double)\n'
    text = SOLUTION.replace(check, "").replace('# %% answer="double"', check + '# %% answer="double"')
    assert any("comes before its answer" in problem for problem in problems_of(text))


def test_an_answer_that_hides_its_own_name_is_refused():
    text = SOLUTION.replace("def double(x: int)", "### BEGIN SOLUTION\ndef double(x: int)").replace(
        "    ### BEGIN SOLUTION\n", ""
    )
    assert any("the stub of 'double' defines no function" in problem for problem in problems_of(text))


def test_a_stub_that_raises_in_the_untouched_exercise_is_refused():
    in_class = SOLUTION.replace("def double(x: int) -> int:", "class double:")
    assert any("the stub of 'double' raises when its cell runs" in problem for problem in problems_of(in_class))
    after = SOLUTION.replace(
        "    ### END SOLUTION", "    ### END SOLUTION\n\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
    )
    assert any("the stub of 'double' raises when its cell runs" in problem for problem in problems_of(after))


def test_a_marker_in_an_ordinary_cell_is_refused():
    text = SOLUTION.replace("def check(answer):", "### BEGIN SOLUTION\ndef check(answer):")
    assert any(":6: a solution marker outside an answer" in problem for problem in problems_of(text))


def test_a_cell_marker_in_a_string_is_named():
    text = LESSON + '\n# %%\ntext = """\n# %% not a cell\n"""\n\n# %%\nx = 1\n'
    [problem] = problems_of(text, exercises=False)
    assert problem.startswith(f"{NAME}:{line_of(text, 'text = ') - 1}: ")
    assert "no such line may be in a string" in problem


def test_a_lesson_has_no_exercises():
    problems = problems_of(SOLUTION, exercises=False)
    assert any("belong in sources/solutions" in problem for problem in problems)


def test_several_answers_in_one_cell_are_fine():
    text = SOLUTION.replace(
        "    ### END SOLUTION\n\n# %% check",
        "    ### END SOLUTION\n\n\ndef also(x: int) -> int:\n"
        "    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION\n\n# %% check",
    )
    assert parse(text, NAME, exercises=True).tasks


@pytest.mark.parametrize(
    "visible",
    [
        "twice_the_number_given  =  x+x",  # laid out otherwise
        "    if True: twice_the_number_given = x + x",  # within a line
        "# twice_the_number_given = x + x",
    ],
)
def test_a_line_of_an_answer_that_can_be_read_elsewhere_is_refused(visible):
    text = SOLUTION.replace("check(double)\n", f"check(double)\n\n# %% [markdown]\n# {visible}\n")
    number = line_of(SOLUTION, "twice_the_number_given = x + x")
    assert any(
        problem.startswith(f"{NAME}:{number}: this line of the answer 'double'") for problem in problems_of(text)
    )


def test_a_line_of_prose_is_an_answer_too():
    sentence = "Because addition of a number to itself doubles it."
    text = SOLUTION.replace("# Two of them.", f"# {sentence}")
    assert any("answer 'explain_double' can be read in the exercise, at line 3" in p for p in problems_of(text))


def test_a_debug_exercise_may_show_its_broken_code_before_the_answer():
    broken = "# %%\ndef broken_double(x):\n    twice_the_number_given = x + x\n    return x\n\n"
    debug = SOLUTION.replace('kind="implement"', 'kind="debug"')
    before = debug.replace('# %% answer="double"', broken + '# %% answer="double"')
    assert parse(before, NAME, exercises=True).tasks["double"].kind == "debug"
    after = debug.replace("check(double)\n", "check(double)\n\n" + broken)
    assert any("can be read in the exercise" in problem for problem in problems_of(after))
