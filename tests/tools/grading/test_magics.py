"""What IPython takes becomes the Python that it runs, line for line, and Python stays as it is."""

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from course_lib.util.magics import MAX_COMMANDS, without_magics

ALIKE = [
    "%matplotlib inline\nx = 1",
    "x = !ls -l\ny = %pwd",
    "foo?\n??foo\nfoo.bar??\n?foo",
    "x = (5\n % 3)\n!ls",
    "/f 3\n,f a b\n;f a b",
    ">>> def f():\n...     return 1\n>>> y = 2",
    "In [1]: x = 1\n   ...: y = 2",
    "    x = 1\n    !ls",
    "s = '''\n!ls\nfoo?\n'''\n%load_ext y\nt = 1",
    "!echo it's (\nx = 1\n!echo '''\ny = 2",
    "for i in x:\n    %timeit -n 1 f(i)\n    if i:\n            !ls\n            y = 1\n    g(i)",
    "def f():\n    return 5 % 3\nf()\n!!ls",
]


@pytest.mark.parametrize("source", ALIKE)
def test_it_is_what_ipython_makes_of_it(source):
    assert without_magics(source) == TransformerManager().transform_cell(source).removesuffix("\n")


@pytest.mark.parametrize(
    "source", [*ALIKE, "!echo a \\\n  b \\\n  c\nz = 1", "%%time\n\n%time a = 3\nb = 4", "\n\n%x\ny = 1"]
)
def test_each_line_stays_where_it_was(source):
    assert without_magics(source).count("\n") == source.count("\n")


def test_what_is_timed_runs_as_if_it_stood_there_alone():
    assert without_magics("%time x = 3\ndef f():\n    y = %time g(1)\n    return x") == (
        "x = 3\ndef f():\n    y = g(1)\n    return x"
    )


def test_in_a_function_what_is_timed_sets_no_name_as_in_ipython():
    assert without_magics("def f():\n    %time x = 3") == (
        "def f():\n    get_ipython().run_line_magic('time', 'x = 3')"
    )


def test_the_rest_of_a_cell_is_python_only_under_magics_that_run_it():
    assert without_magics("%%time\nx = 1\n!ls") == "\nx = 1\nget_ipython().system('ls')"
    assert without_magics("%%bash\nx = 1") == ""


def test_of_a_cell_full_of_commands_as_many_are_read_as_are_allowed():
    made = without_magics("!ls\n" * (MAX_COMMANDS + 1))
    assert made.splitlines()[MAX_COMMANDS - 1 :] == ["get_ipython().system('ls')", "!ls"]
