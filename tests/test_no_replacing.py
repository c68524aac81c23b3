"""Nothing is replaced at run time: no function of a library, no instance's `forward`, no entry of `sys.modules`.

What makes a step quicker comes in through arguments and contexts of ours (`attention_kernel`, `sharing_twin`). So what
a reader finds under a name is what is called. This reads the code of both packages for ways round that.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [path for package in ("course_lib", "course_tools") for path in sorted((ROOT / package).rglob("*.py"))]
ATTRIBUTES = ("forward", "__class__", "__dict__")  # nobody sets these of an instance
SETTERS = ("setattr", "delattr", "__setattr__", "__delattr__")
CHANGING = ("update", "setdefault", "pop", "popitem", "clear", "__setitem__", "__delitem__")  # methods of a dictionary
MODULES = ("sys.modules", "modules")
PATCHING = {"unittest.mock", "mock", "wrapt"}
MODES = ("__torch_function__", "__torch_dispatch__")  # called by torch in place of each function: they may look on
LOOKING_ON = ("func(*args, **kwargs)", "func(*args, **kwargs or {})", "NotImplemented")  # what they may return
WORKER, OWN_MODEL = "course_tools/grading/inside/worker.py", "course_tools/own_model/train.py"
HUB = "course_lib/corpus/hub.py"
ALLOWED = {
    # A worker of the grader is nothing but the place where a notebook's cells run; these define names in `__main__`,
    # and print where nobody reads. Python's manual gives these places to whoever wants them.
    (WORKER, "sys.modules['__main__']"),
    (WORKER, "sys.stdin"),
    (WORKER, "sys.stdout"),
    (WORKER, "sys.stderr"),
    # The manual of `warnings`: "You may replace this function with any callable", and catch_warnings puts it back.
    (OWN_MODEL, "warnings.showwarning"),
    # A setting, not a function.
    (HUB, "datasets.config.HF_HUB_OFFLINE"),
}


def replacements(source: str) -> Iterator[str]:
    """What of somebody else's is given a value or deleted, and the calls that do so."""
    tree = ast.parse(source)
    foreign = _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            replaces = _is_call_for_it(node, foreign)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            replaces = not PATCHING.isdisjoint(_full_names(node))
        elif isinstance(node, ast.FunctionDef):
            replaces = node.name in MODES and not _looks_on(node)
        else:
            replaces = isinstance(node, ast.Attribute | ast.Subscript) and _is_target_for_it(node, foreign)
        if replaces:
            yield ast.unparse(node)


def _imported(tree: ast.Module) -> set[str]:
    """The names that a module has from elsewhere: of modules, classes and functions."""
    return {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def _full_names(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    return {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}


def _is_target_for_it(node: ast.Attribute | ast.Subscript, foreign: set[str]) -> bool:
    if isinstance(node.ctx, ast.Load):
        return False
    if isinstance(node, ast.Attribute):
        return node.attr in ATTRIBUTES or _root(node) in foreign
    return _is_dictionary_for_it(node.value, foreign, says_forward=_says_forward(node.slice))


def _is_call_for_it(call: ast.Call, foreign: set[str]) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    says_forward = any(map(_says_forward, given)) or any(keyword.arg == "forward" for keyword in call.keywords)
    if name in SETTERS:
        return says_forward or any(_root(argument) in foreign for argument in call.args[:1])
    if name in CHANGING and isinstance(call.func, ast.Attribute):
        return _is_dictionary_for_it(call.func.value, foreign, says_forward)
    return False


def _is_dictionary_for_it(owner: ast.expr, foreign: set[str], says_forward: bool) -> bool:
    """`sys.modules`; or `x.__dict__` or `vars(x)`, if x is somebody else's or it is about "forward"."""
    if ast.unparse(owner) in MODULES:
        return True
    if isinstance(owner, ast.Call) and ast.unparse(owner.func) == "vars" and owner.args:
        return says_forward or _root(owner.args[0]) in foreign
    return isinstance(owner, ast.Attribute) and owner.attr == "__dict__" and (says_forward or _root(owner) in foreign)


def _root(node: ast.expr) -> str:
    """The name that `a.b.c` begins with; nothing if it begins otherwise, as with a call."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _says_forward(node: ast.expr) -> bool:
    return any(isinstance(part, ast.Constant) and part.value == "forward" for part in ast.walk(node))


def _looks_on(mode: ast.FunctionDef) -> bool:
    """Whether all that it returns is what `func` gave, or NotImplemented, which leaves the call to others."""
    given: dict[str, list[str]] = {}  # what each name is assigned
    for node in ast.walk(mode):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                given.setdefault(ast.unparse(target), []).append(ast.unparse(node.value))
    returned = [ast.unparse(node.value) for node in ast.walk(mode) if isinstance(node, ast.Return) and node.value]
    sources = [source for name in returned for source in given.get(name, [name])]
    return bool(sources) and "func" not in given and all(source in LOOKING_ON for source in sources)


def test_nothing_is_replaced_at_run_time() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), what)
        for path in FILES
        for what in replacements(path.read_text(encoding="utf-8"))
    }
    assert found - ALLOWED == set()
    assert ALLOWED - found == set(), "nothing is allowed that is not there"


REPLACING = [
    "import torch.nn.functional as F\nF.scaled_dot_product_attention = mine",
    "from torch.nn import functional as F\nF.gelu, kept = mine, F.gelu",
    "import torch\ntorch.nn.functional.gelu = mine",
    "import torch\ndef f():\n    torch.Tensor.normal_ = mine",
    "from torch import nn\nnn.Linear.reset_parameters = lambda self: None",
    "from torch import nn\nsetattr(nn.Linear, 'reset_parameters', mine)",
    "from torch import nn\ntype.__setattr__(nn.Linear, 'bias', mine)",
    "import torch\nvars(torch)['compile'] = mine",
    "import torch\ntorch.__dict__.update(compile=mine)",
    "from torch.nn import functional as F\nwith swapped() as F.gelu: pass",
    "from torch.nn import functional as F\nfor F.gelu in many: pass",
    "from torch.nn import functional as F\ndel F.gelu",
    "from course_lib import attention\nattention.softmax = mine",
    "layer.forward = product",
    "layer.blocks[0].forward: object = product",
    "setattr(layer, 'forward', product)",
    "object.__setattr__(layer, 'forward', product)",
    "layer.__setattr__('forward', product)",
    "layer.__dict__['forward'] = product",
    "vars(layer)['forward'] = product",
    "layer.__dict__.pop('forward', None)",
    "layer.__dict__.update(forward=product)",
    "layer.__dict__ |= {'forward': product}",
    "layer.__dict__.update({'forward': product})",
    "layer.__class__ = Own",
    "import sys\nsys.modules['slow'] = None",
    "import sys\nsys.modules.update(slow=None)",
    "import sys\ndel sys.modules['slow']",
    "from sys import modules\nmodules['slow'] = None",
    "from unittest.mock import patch",
    "from unittest import mock",
    "import unittest.mock",
    "class Own(M):\n    def __torch_function__(self, func, types, args=(), kwargs=None):\n"
    "        if func is F.gelu:\n            return mine(*args)\n        return func(*args, **(kwargs or {}))",
    "class Own(M):\n    def __torch_function__(self, func, types, args=(), kwargs=None):\n"
    "        func = MINE.get(func, func)\n        return func(*args, **(kwargs or {}))",
    "class Own(M):\n    def __torch_dispatch__(self, func, types, args=(), kwargs=None):\n"
    "        result = func(*args, **kwargs)\n        result = result + 1\n        return result",
]


@pytest.mark.parametrize("source", REPLACING)
def test_ways_of_replacing_are_seen(source: str) -> None:
    assert list(replacements(source)) != []


@pytest.mark.parametrize(
    "source",
    [
        "import torch\nx = torch.nn\nmodel.training = False\nself.weight = layer.weight",
        "plain = layer.forward\ny = super().forward(x)\nassert 'forward' not in vars(layer)",
        "twin.__dict__.update(vars(module), training=False)\nsetattr(module, attribute, parameter)",
        "import sys\nfound = sys.modules.get('torch')\nfound = sys.modules['torch']",
        "class Counter(M):\n    def __torch_dispatch__(self, func, types, args=(), kwargs=None):\n"
        "        if types:\n            return NotImplemented\n        result = func(*args, **(kwargs or {}))\n"
        "        self.count(result)\n        return result",
    ],
)
def test_looking_on_and_things_of_ones_own_are_not_taken_for_it(source: str) -> None:
    assert list(replacements(source)) == []
