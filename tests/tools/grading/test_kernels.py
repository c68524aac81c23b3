"""What runs in place of an answer is seen at run time, by whatever name it was reached; what is allowed is not."""

import importlib
import json
import subprocess
import sys

import pytest
import torch

from course_lib.checks.engine.catalogue import exercises_of
from course_lib.checks.engine.draw import draw_cases
from course_lib.util.topics import TOPICS, find_topic
from course_tools.grading import kernels
from tests.tools.grading.conftest import ROOT, graded, with_answers

SDPA = "def scaled_dot_product_attention(q, k, v, *, causal=True):\n    {}"
SOFTMAX = "def softmax(x, dim=-1):\n    {}"
BY_OTHER_DOORS = {
    "attrgetter": (
        "scaled_dot_product_attention",
        SDPA.format(
            "from operator import attrgetter\n"
            "    return attrgetter('nn.functional.scaled_dot_product' + '_attention')(torch)(q, k, v, is_causal=causal)"
        ),
    ),
    "torch.ops": (
        "scaled_dot_product_attention",
        SDPA.format("return getattr(torch.ops, 'at' + 'en').scaled_dot_product_attention(q, k, v, None, 0.0, causal)"),
    ),
    "the kernel of the plain way": (
        "scaled_dot_product_attention",
        SDPA.format("return torch._scaled_dot_product_attention_math(q, k, v, None, 0.0, causal)[0]"),
    ),
    "another class that comes to it": (
        "softmax",
        SOFTMAX.format("return torch.distributions.Categorical(logits=x.movedim(dim, -1)).probs.movedim(-1, dim)"),
    ),
    "a name made at run time": (
        "softmax",
        SOFTMAX.format("return torch.special.__getattribute__('soft' + 'max')(x, dim)"),
    ),
    "what the interpreter compiled": (
        "softmax",
        "@torch.jit.script\ndef hidden(x, dim: int):\n    return x.softmax(dim)\n"
        + SOFTMAX.format("return hidden(x, dim)"),
    ),
}
BY_HAND = {
    "softmax": SOFTMAX.format("e = (x - x.logsumexp(dim, keepdim=True)).exp()\n    return e"),
    "scaled_dot_product_attention": SDPA.format(
        "s = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5\n"
        "    if causal:\n"
        "        s = s.masked_fill(~torch.ones(s.shape[-2:], dtype=torch.bool).tril(), -torch.inf)\n"
        "    return torch.softmax(s, -1) @ v"
    ),
}


GRADIENT = (
    "x = x.detach().clone().requires_grad_()\n    return torch.autograd.grad(torch.logsumexp(x, dim).sum(), x)[0]"
)
IN_OTHER_LESSONS = {  # topic, exercise, and an answer that does not write what is asked
    "softmax as a gradient": ("attention", "softmax", SOFTMAX.format(GRADIENT)),
    "softmax as a function's gradient": (
        "attention",
        "softmax",
        SOFTMAX.format("return torch.func.grad(lambda y: y.logsumexp(dim).sum())(x)"),
    ),
    "softmax as a Jacobian, forwards": (
        "attention",
        "softmax",
        SOFTMAX.format("return torch.func.jacfwd(lambda y: torch.logsumexp(y, dim).sum())(x)"),
    ),
    "softmax as tangents": (
        "attention",
        "softmax",
        SOFTMAX.format(
            "from torch.autograd import forward_ad\n"
            "    columns = []\n"
            "    for i in range(x.shape[dim]):\n"
            "        one = torch.zeros_like(x)\n"
            "        one.select(dim, i).fill_(1)\n"
            "        with forward_ad.dual_level():\n"
            "            result = torch.ops.aten.logsumexp(forward_ad.make_dual(x, one), [dim])\n"
            "            columns.append(forward_ad.unpack_dual(result).tangent)\n"
            "    return torch.stack(columns, dim)"
        ),
    ),
    "softmax as a linear map": (
        "attention",
        "softmax",
        SOFTMAX.format(
            "columns = []\n"
            "    _, along = torch.func.linearize(lambda y: y.logsumexp(dim), x)\n"
            "    for i in range(x.shape[dim]):\n"
            "        one = torch.zeros_like(x)\n"
            "        one.select(dim, i).fill_(1)\n"
            "        columns.append(along(one))\n"
            "    return torch.stack(columns, dim)"
        ),
    ),
    "softmax with a mask of nothing": (
        "attention",
        "softmax",
        SOFTMAX.format("return torch._masked_softmax(x, torch.zeros(x.shape, dtype=torch.bool), dim)"),
    ),
    "softmax in another thread": (
        "attention",
        "softmax",
        SOFTMAX.format(
            "import operator\n"
            "    from concurrent.futures import ThreadPoolExecutor\n"
            "    with ThreadPoolExecutor(1) as pool:\n"
            "        return pool.submit(operator.attrgetter('soft' + 'max')(torch), x, dim).result()"
        ),
    ),
    "softmax in a thread of the interpreter's own": (
        "attention",
        "softmax",
        "import _thread, operator, queue\n"
        + SOFTMAX.format(
            "results = queue.Queue()\n"
            "    work = lambda: results.put(operator.attrgetter('soft' + 'max')(torch)(x, dim))\n"
            "    _thread.start_new_thread(work, ())\n"
            "    return results.get()"
        ),
    ),
    "softmax in a thread that was there before": (
        "attention",
        "softmax",
        "import operator\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(1)\n"
        + SOFTMAX.format("return pool.submit(operator.attrgetter('soft' + 'max')(torch), x, dim).result()"),
    ),
    "softmax in another process": (
        "attention",
        "softmax",
        "import io, operator, os\n"
        + SOFTMAX.format(
            "reads, writes = os.pipe()\n"
            "    if (child := os.fork()) == 0:\n"
            "        made = io.BytesIO()\n"
            "        torch.save(operator.attrgetter('soft' + 'max')(torch)(x, dim), made)\n"
            "        os.write(writes, made.getvalue())\n"
            "        os._exit(0)\n"
            "    os.close(writes)\n"
            "    with open(reads, 'rb') as pipe:\n"
            "        told = pipe.read()\n"
            "    os.waitpid(child, 0)\n"
            "    return torch.load(io.BytesIO(told))"
        ),
    ),
    "softmax that is kept for an input that comes again": (
        "attention",
        "softmax",
        "import operator\nkept = {}\n"
        + SOFTMAX.format(
            "key = (str(x.tolist()), dim)\n"
            "    if key not in kept:\n"
            "        kept[key] = operator.attrgetter('soft' + 'max')(torch)(x, dim)\n"
            "    return kept[key].clone()"
        ),
    ),
    "softmax as attention to the unit vectors": (
        "attention",
        "softmax",
        SOFTMAX.format(
            "y = x.movedim(dim, -1).clamp(min=-1e30)\n"
            "    rows = y.reshape(1, 1, -1, y.shape[-1])\n"
            "    units = torch.eye(y.shape[-1])[None, None]\n"
            "    made = torch.nn.functional.scaled_dot_product_attention(rows, units, units, scale=1.0)\n"
            "    return made.reshape(y.shape).movedim(-1, dim)"
        ),
    ),
    "a layer as a group": (
        "block",
        "layer_norm",
        "def layer_norm(x, weight, bias, eps=1e-5):\n"
        "    rows = x.reshape(-1, x.shape[-1])\n"
        "    return torch.nn.functional.group_norm(rows, 1, weight, bias, eps).reshape(x.shape)",
    ),
    "a step in one kernel": (
        "training",
        "adamw_step",
        "def adamw_step(weight, gradient, average, average_square, step, lr, beta1, beta2, eps, weight_decay):\n"
        "    w, m, v = (t.detach().clone() for t in (weight, average, average_square))\n"
        "    torch._fused_adamw_([w], [gradient.detach()], [m], [v], [], [torch.tensor(float(step))], lr=lr,\n"
        "        beta1=beta1, beta2=beta2, weight_decay=weight_decay, eps=eps, amsgrad=False, maximize=False)\n"
        "    return w, m, v",
    ),
}


@pytest.mark.parametrize("door", BY_OTHER_DOORS)
def test_what_runs_is_seen(door, grader):
    name, source = BY_OTHER_DOORS[door]
    grade = graded(grader, with_answers("attention", source))[name]
    assert grade.verdicts[0].holds, grade.verdicts
    assert grade.ran, "nothing was seen"
    assert all(sentence.startswith("aten::") for sentence in grade.ran)


@pytest.mark.parametrize("case", IN_OTHER_LESSONS)
def test_what_does_the_work_under_another_name_is_seen(case, grader):
    topic, name, source = IN_OTHER_LESSONS[case]
    grade = graded(grader, with_answers(topic, f"import torch\n{source}"), topic)[name]
    assert grade.verdicts[0].holds, grade.verdicts
    assert grade.ran, "nothing was seen"


def test_what_is_watched_is_asked_something_new():
    watched = [exercise for topic in TOPICS for exercise in exercises_of(topic.name) if kernels.kernels_of(exercise)]
    assert len(watched) > 5
    for exercise in watched:
        cases = draw_cases(exercise, 1)
        new = kernels.another_case(exercise, cases, 2)
        assert not any(new is case for case in cases), exercise.name


@pytest.mark.parametrize("part", ["softmax", "attention"])
def test_every_kernel_of_torch_that_is_softmax_or_attention_is_known(part):
    importlib.import_module("torch._inductor.inductor_prims")  # brings operations of its own
    every = {name.split("::")[1].split(".")[0] for name in torch._C._dispatch_get_all_op_names()}
    known = {*kernels.SOFTMAX, *kernels.LOG_SOFTMAX, *kernels.ATTENTION, *kernels.HEADS}
    assert {name for name in every if part in name and "backward" not in name} <= known


@pytest.mark.parametrize("name", BY_HAND)
def test_what_an_answer_may_use_is_not_told(name, grader):
    grade = graded(grader, with_answers("attention", BY_HAND[name]))[name]
    assert (grade.status, grade.ran) == ("right", ())


def test_no_reference_runs_what_its_exercise_forbids(grader):
    watched = {t.name for t in TOPICS if any(kernels.kernels_of(exercise) for exercise in exercises_of(t.name))}
    assert watched >= {"attention", "mlp", "block", "llama", "multi_head_attention"}
    for topic in sorted(watched):
        notebook = json.loads((ROOT / "solutions" / f"{find_topic(topic).stem}.ipynb").read_text(encoding="utf-8"))
        assert {grade.ran for grade in graded(grader, notebook, topic).values()} == {()}, topic


def test_what_is_seen_changes_no_score(grader):
    source = SOFTMAX.format("return torch.distributions.Categorical(logits=x.movedim(dim, -1)).probs.movedim(-1, dim)")
    grade = graded(grader, with_answers("attention", source))["softmax"]
    assert (grade.status, grade.score) == ("right", grade.max_score)


def test_every_attention_kernel_of_torch_is_known():
    names = {name for name in torch._C._dispatch_get_all_op_names() if name.startswith("aten::_scaled_dot_product")}
    plain = {name.removeprefix("aten::").split(".")[0] for name in names if "backward" not in name}
    assert {name for name in plain if "quantized" not in name} <= set(kernels.ATTENTION)


def test_watching_imports_no_compiler():
    """In each worker it would take seconds."""
    code = (
        "import sys, torch\n"
        "from course_tools.grading.inside.watch import watching\n"
        "seen = set()\n"
        "with watching(seen):\n"
        "    torch.ones(3, requires_grad=True).softmax(0).sum().backward()\n"
        "assert 'softmax' in seen and '_softmax' in seen, seen\n"
        "assert 'torch._dynamo' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
