"""An answer is cut as nbgrader would cut it."""

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_tools.authoring.markers import answer_lines, cut, find_regions
from course_tools.authoring.problems import Problem

CELL = """\
class Double:
    def __init__(self, x):
        ### BEGIN SOLUTION
        self.x = x

        self.y = x
        ### END SOLUTION

    def forward(self):
        \"\"\"Twice x.\"\"\"
        ### BEGIN SOLUTION
        return 2 * self.x
        ### END SOLUTION"""


def test_each_answer_becomes_a_stub_with_its_indentation():
    assert (
        cut(CELL, code=True)
        == """\
class Double:
    def __init__(self, x):
        # YOUR CODE HERE
        raise NotImplementedError()

    def forward(self):
        \"\"\"Twice x.\"\"\"
        # YOUR CODE HERE
        raise NotImplementedError()"""
    )


def test_prose_becomes_a_line_to_write_on():
    text = "Why?\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION\nThat is all."
    assert cut(text, code=False) == "Why?\nYOUR ANSWER HERE\nThat is all."


def test_answer_lines_are_those_between_the_markers():
    assert list(answer_lines(CELL)) == [
        (3, "        self.x = x"),
        (4, ""),
        (5, "        self.y = x"),
        (11, "        return 2 * self.x"),
    ]


def test_unbalanced_markers_are_named_with_their_line_in_the_file():
    _, problems = find_regions("### END SOLUTION\n### BEGIN SOLUTION\n### BEGIN SOLUTION", first_line=10)
    assert [problem.line for problem in problems] == [10, 12, 12]
    assert isinstance(problems[0], Problem)


lines = st.sampled_from(["x = 1", "    return x", "", "def f():", "    # ré ●", "\tpass"])
regions = st.tuples(st.sampled_from(["", "    ", "        "]), st.lists(lines, max_size=4))


@pytest.mark.instructor
@settings(deadline=None)  # the first example waits for the import of nbgrader
@given(st.lists(st.tuples(st.lists(lines, max_size=3), regions), min_size=1, max_size=4), st.booleans())
def test_cutting_equals_nbgrader(pieces, code):
    preprocessors = pytest.importorskip("nbgrader.preprocessors")
    text = []
    for plain, (indent, answer) in pieces:
        text += [*plain, f"{indent}### BEGIN SOLUTION", *answer, f"{indent}### END SOLUTION"]
    source = "\n".join(text)
    make = nbformat.v4.new_code_cell if code else nbformat.v4.new_markdown_cell
    nbgrader = {"solution": True, "grade": not code, "locked": False, "grade_id": "a", "schema_version": 3}
    cell = make(source, metadata={"nbgrader": nbgrader})
    theirs, _ = preprocessors.ClearSolutions().preprocess_cell(cell, {"language": "python"}, 0)
    assert find_regions(source)[1] == []
    assert cut(source, code=code) == theirs.source
