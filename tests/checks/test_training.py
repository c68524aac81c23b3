"""The exercises of lesson 11: answers as students type them, and the references against torch."""

import math

import pytest
import torch
from torch import nn

from course_lib.checks.engine.catalogue import exercises_of, find_exercise
from course_lib.checks.engine.examine import NOT_ATTEMPTED, RIGHT, WRONG, Examination, examine
from course_lib.checks.engine.report import report_of
from course_lib.checks.training.adamw_step import adamw_step
from course_lib.checks.training.clip_gradients import clip_gradients
from course_lib.checks.training.cosine_rate import cosine_rate
from course_lib.checks.training.parameter_groups import parameter_groups
from course_lib.checks.training.predict_measures import predict_measures
from course_lib.training import TrainConfig, decay_groups, learning_rate

PRELUDE = """
import math
import torch
from torch import nn
from torch.nn import functional as F
"""


def schedule(warmup: str = "peak * (step + 1) / warmup_steps", rest: str = "peak * (f + (1 - f) * c)") -> str:
    return f"""
def cosine_rate(step, steps, warmup_steps, peak, final_fraction):
    f = final_fraction
    if step < warmup_steps:
        return {warmup}
    p = (step - warmup_steps) / (steps - warmup_steps - 1)
    c = 0.5 * (1 + math.cos(math.pi * p))
    return {rest}
"""


def clipping(norm: str = "sum((g ** 2).sum() for g in gs) ** 0.5", factor: str = "min(1.0, max_norm / norm)") -> str:
    return f"""
def clip_gradients(parameters, max_norm):
    gs = [p.grad for p in parameters if p.grad is not None]
    norm = {norm}
    for g in gs:
        g *= {factor}
    return norm
"""


def accumulation(loss: str = "F.cross_entropy(o, y.flatten()) * y.numel() / n", shown: str = "loss.item()") -> str:
    return f"""
def accumulate_gradients(model, batches):
    n = sum(y.numel() for x, y in batches)
    total = 0
    for x, y in batches:
        o = model(x).reshape(y.numel(), -1)
        loss = {loss}
        loss.backward()
        total += {shown}
    return total
"""


def adamw(
    m: str = "average / (1 - beta1 ** step)",
    v: str = "torch.sqrt(average_square / (1 - beta2 ** step)) + eps",
    kept: str = "weight * (1 - lr * weight_decay)",
) -> str:
    return f"""
def adamw_step(weight, gradient, average, average_square, step, *, lr, beta1, beta2, eps, weight_decay):
    average = average + (1 - beta1) * (gradient - average)
    average_square = beta2 * average_square + (1 - beta2) * gradient.square()
    return {kept} - lr * ({m}) / ({v}), average, average_square
"""


def loop(order: str = "loss.backward(); opt.step(); opt.zero_grad()", begin: str = "model.train()") -> str:
    return f"""
def train_steps(model, batches, learning_rate):
    {begin}
    opt = torch.optim.AdamW(model.parameters(), learning_rate)
    losses = []
    for x, y in batches:
        loss = F.cross_entropy(model(x).transpose(1, 2), y)
        {order}
        losses.append(loss.item())
    return losses
"""


def validation(before: str = "model.eval()", after: str = "model.train(was)", guard: str = "torch.no_grad()") -> str:
    return f"""
def validation_loss(model, batches):
    was = model.training
    {before}
    sums = []
    with {guard}:
        for x, y in batches:
            sums.append(F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="sum"))
    {after}
    return (sum(sums) / sum(y.numel() for x, y in batches)).item()
"""


def examined(name: str, source: str) -> Examination:
    namespace: dict = {"__name__": "__main__"}
    exec(compile(PRELUDE + source, "<cell>", "exec"), namespace)
    return examine(find_exercise(name), namespace[name], seed=3)


RIGHT_ANSWERS = {
    "cosine_rate": [
        schedule(),
        schedule(rest="peak * f + (peak - peak * f) * math.cos(math.pi / 2 * p) ** 2"),
        """
def cosine_rate(step, steps, warmup_steps, peak, final_fraction):
    if step < warmup_steps: return (step + 1) * (peak / warmup_steps)
    low = peak * final_fraction
    angle = torch.tensor(math.pi * (step - warmup_steps) / (steps - 1 - warmup_steps), dtype=torch.float64)
    return low + (peak - low) / 2 * (1 + torch.cos(angle))
""",
    ],
    "clip_gradients": [
        clipping(),
        """
def clip_gradients(parameters, max_norm):
    parameters = list(parameters)
    flat = torch.cat([p.grad.flatten() for p in parameters if p.grad is not None])
    length = flat.norm()
    if length > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * max_norm / length
    return length.item()
""",
        """
def clip_gradients(parameters, max_norm):
    square, grads = 0.0, []
    for p in parameters:
        if p.grad is None: continue
        square += float((p.grad * p.grad).sum())
        grads.append(p.grad)
    scale = max_norm / max(max_norm, math.sqrt(square))
    for g in grads: g.copy_(g * scale)
    return math.sqrt(square)
""",
    ],
    "predict_measures": [
        "def predict_measures(): return (4.482, 2.164, 0.515)",
        "def predict_measures(): return [math.e ** 1.5, 1.5 * math.log2(math.e), 1.5 / math.log(2) / 4.2]",
    ],
    "accumulate_gradients": [
        accumulation(),
        accumulation("F.cross_entropy(o, y.flatten(), reduction='sum') / n", "float(loss.detach())"),
        accumulation("-(F.log_softmax(o, -1)[range(len(o)), y.flatten()]).sum() / n", "loss.detach()"),
        """
def accumulate_gradients(model, batches):
    sizes = [y.numel() for _, y in batches]
    losses = []
    for (x, y), size in zip(batches, sizes):
        losses.append(F.cross_entropy(model(x).flatten(0, 1), y.flatten()) * size / sum(sizes))
        losses[-1].backward()
    return torch.stack(losses).sum().item()
""",
    ],
    "adamw_step": [
        adamw(),
        adamw(kept="(weight - lr * weight_decay * weight)"),
        """
def adamw_step(weight, gradient, average, average_square, step, *, lr, beta1, beta2, eps, weight_decay):
    m = average.clone().mul_(beta1).add_(gradient, alpha=1 - beta1)
    v = average_square.clone().mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    root = v.sqrt() / math.sqrt(1 - beta2 ** step)
    new = weight.clone().mul_(1 - lr * weight_decay).addcdiv_(m, root + eps, value=-lr / (1 - beta1 ** step))
    return [new, m, v]
""",
    ],
    "parameter_groups": [
        """
def parameter_groups(model, weight_decay):
    yes, no = [], []
    for name, p in model.named_parameters():
        if p.requires_grad: (no if p.ndim == 1 else yes).append(p)
    return [dict(params=no, weight_decay=0), dict(params=yes, weight_decay=weight_decay)]
""",
        """
def parameter_groups(model, weight_decay):
    norms = {id(p) for m in model.modules() if isinstance(m, nn.LayerNorm) for p in m.parameters()}
    p = {n: p for n, p in model.named_parameters() if p.requires_grad}
    no = {n for n in p if n.endswith("bias") or id(p[n]) in norms}
    return [{"params": [p[n] for n in p if n not in no], "weight_decay": weight_decay},
            {"params": (p[n] for n in no), "weight_decay": 0.0}]
""",
    ],
    "train_steps": [
        loop(),
        loop("opt.zero_grad(set_to_none=False); loss.backward(); opt.step()"),
        loop("loss.backward(); opt.step(); model.zero_grad()"),
        loop("model.train(); opt.zero_grad(); loss.backward(); opt.step()"),
    ],
    "validation_loss": [
        validation(),
        validation(guard="torch.inference_mode()"),
        validation(after="model.train() if was else model.eval()"),
        """
@torch.no_grad()
def validation_loss(model, batches):
    was, model.training = model.training, False
    for m in model.modules(): m.training = False
    total = count = 0
    for x, y in batches:
        total += F.cross_entropy(model(x).transpose(1, 2), y).item() * y.numel(); count += y.numel()
    model.train(was)
    return total / count
""",
    ],
    "best_learning_rate": [
        "def best_learning_rate(): return 10 ** -3",
        "def best_learning_rate(): return torch.tensor(0.001)",
    ],
}

WRONG_ANSWERS = [
    ("cosine_rate", schedule(warmup="peak * step / warmup_steps"), "the first step has a rate of 0"),
    ("cosine_rate", schedule(rest="peak * c"), "falls to zero"),
    ("cosine_rate", schedule(rest="max(peak * f, peak * c)"), "cut off at the floor"),
    ("clip_gradients", clipping(factor="max_norm / norm"), "short gradients made longer"),
    ("clip_gradients", clipping(norm="sum(g.norm() for g in gs)"), "lengths added"),
    ("clip_gradients", clipping(factor="min(1.0, max_norm / g.norm())"), "each parameter by itself"),
    (
        "clip_gradients",
        "def clip_gradients(parameters, max_norm):\n"
        "    norm = sum(p.grad.pow(2).sum() for p in parameters if p.grad is not None) ** 0.5\n"
        "    for p in parameters: p.grad.mul_(min(1.0, max_norm / norm))\n"
        "    return norm",
        "the gradients left as they were",
    ),
    (
        "clip_gradients",
        "def clip_gradients(parameters, max_norm):\n"
        "    ps = list(parameters)\n"
        "    norm = sum(p.grad.norm() ** 2 for p in ps) ** 0.5\n"
        "    for p in ps: p.grad.mul_(min(1.0, max_norm / norm))\n"
        "    return norm",
        "a gradient of None",
    ),
    (
        "accumulate_gradients",
        accumulation("F.cross_entropy(o, y.flatten()) / len(batches)"),
        "divided by the number of micro-batches",
    ),
    ("accumulate_gradients", accumulation("F.cross_entropy(o, y.flatten())"), "neither gradient nor loss scaled"),
    (
        "accumulate_gradients",
        accumulation("F.cross_entropy(o, y.flatten())", "loss.item() * y.numel() / n"),
        "not scaled",
    ),
    ("adamw_step", adamw(m="average", v="average_square.sqrt() + eps"), "no bias correction"),
    ("adamw_step", adamw(kept="weight"), "no decay"),
    ("adamw_step", adamw(kept="weight * (1 - weight_decay)"), "decay without the learning rate"),
    ("adamw_step", adamw(v="(average_square / (1 - beta2 ** step) + eps).sqrt()"), "eps inside the root"),
    ("train_steps", loop("loss.backward(); opt.step()"), "zero_grad forgotten"),
    ("train_steps", loop("loss.backward(); opt.zero_grad(); opt.step()"), "nothing is learned"),
    ("train_steps", loop(begin="pass"), "still in eval mode"),
    ("validation_loss", validation(before="pass"), "model.eval forgotten"),
    ("validation_loss", validation(after="pass"), "left in eval mode"),
    ("validation_loss", validation(after="model.train()"), "training mode, whatever it was"),
    ("validation_loss", validation(guard="torch.enable_grad()"), "gradients recorded"),
    ("cosine_rate", schedule(rest="final_fraction + (peak - final_fraction) * c"), "final_fraction taken for the rate"),
    ("cosine_rate", schedule(rest="peak * (1 - (1 - f) * p)"), "a line in place of the cosine"),
    ("cosine_rate", schedule(rest="peak * (f + (1 - f) * 2 * c)"), "1 + cos not halved"),
    ("cosine_rate", schedule(warmup="peak * (step + 1) / (warmup_steps + 1)"), "never at the peak while warming up"),
    ("cosine_rate", schedule().replace("< warmup", "<= warmup"), "the warm-up one step longer"),
    ("cosine_rate", schedule().replace("f = final", "u = 1 / warmup_steps; f = final"), "divided by a warm-up of 0"),
    ("clip_gradients", clipping(norm="sum((g ** 2).sum() for g in gs)"), "the root forgotten"),
    ("clip_gradients", clipping(norm="max(g.abs().max() for g in gs)"), "the largest number taken for the length"),
    ("clip_gradients", clipping(factor="1 / norm if norm > max_norm else 1"), "shortened to length 1"),
    ("clip_gradients", clipping().replace("g *= ", "g = g * "), "the gradients left as they were"),
    ("predict_measures", "def predict_measures(): return math.exp(1.5), 2.164, 0.357", "nats a byte"),
    ("predict_measures", "def predict_measures(): return math.exp(2.164), 2.164, 0.515", "e to the bits"),
    (
        "accumulate_gradients",
        accumulation("F.cross_entropy(o, y.flatten())", "loss.item() / len(batches)"),
        "gradients not scaled",
    ),
    ("accumulate_gradients", accumulation('F.cross_entropy(o, y.flatten(), reduction="sum")'), "sums never divided"),
    ("accumulate_gradients", accumulation(shown="loss"), "the loss with its graph"),
    (
        "accumulate_gradients",
        accumulation().replace("total += loss.item()", "total = loss.item() * n / y.numel()"),
        "the loss of the last piece",
    ),
    (
        "accumulate_gradients",
        "def accumulate_gradients(model, batches):\n"
        "    n = sum(y.numel() for _, y in batches)\n"
        "    loss = sum(F.cross_entropy(model(x).mT, y, reduction='sum') for x, y in batches) / n\n"
        "    loss.backward()\n"
        "    return loss.item()",
        "one backward at the end",
    ),
    (
        "accumulate_gradients",
        "def accumulate_gradients(model, batches):\n"
        "    x, y = torch.cat([x for x, _ in batches]), torch.cat([y for _, y in batches])\n"
        "    loss = F.cross_entropy(model(x).mT, y)\n"
        "    loss.backward()\n"
        "    return loss.item()",
        "all pieces at once",
    ),
    (
        "adamw_step",
        adamw(v="(average_square / (1 - beta2 ** step)).sqrt() + eps", m="average"),
        "only the second average corrected",
    ),
    ("adamw_step", adamw().replace("gradient.square()", "gradient"), "gradient not squared"),
    ("adamw_step", adamw(kept="weight * (1 + lr * weight_decay)"), "decay added"),
    ("adamw_step", adamw().replace("- lr * (", "+ lr * ("), "uphill"),
    (
        "parameter_groups",
        "def parameter_groups(model, weight_decay):\n"
        "    ps = [p for p in model.parameters() if p.requires_grad]\n"
        "    wide = {'params': [p for p in ps if p.ndim > 1], 'weight_decay': weight_decay}\n"
        "    return [wide, {'params': [p for p in ps if p.ndim == 1]}]",
        "no decay said for the vectors",
    ),
    ("train_steps", loop().replace("parameters(), learning_rate", "parameters()"), "learning_rate not used"),
    ("train_steps", loop().replace("optim.AdamW", "optim.SGD"), "SGD for AdamW"),
    ("train_steps", loop().replace("optim.AdamW", "optim.Adam"), "no decay of the weights"),
    ("train_steps", loop("loss.backward()"), "nothing is learned"),
    ("train_steps", loop().replace("loss.item()", "loss"), "losses with their graphs"),
    (
        "validation_loss",
        validation(before="pass", after="pass", guard="torch.enable_grad()"),
        "mean over tokens; two faults left",
    ),
    (
        "validation_loss",
        "def validation_loss(model, batches):\n"
        "    losses = [F.cross_entropy(model(x).flatten(0, 1), y.flatten()) for x, y in batches]\n"
        "    return sum(losses) / len(losses)",
        "all three faults still there",
    ),
    ("cosine_rate", schedule().replace("math.pi * p", "p"), "π forgotten"),
    ("clip_gradients", clipping(norm="gs[0].norm()"), "the length of the first parameter"),
    ("accumulate_gradients", accumulation().replace("loss.backward()", "pass"), "never a backward"),
    (
        "adamw_step",
        adamw(m="average / (1 - beta1)", v="torch.sqrt(average_square / (1 - beta2)) + eps"),
        "corrected by 1 − β, whatever the step",
    ),
    (
        "parameter_groups",
        "def parameter_groups(model, weight_decay):\n"
        "    wide = [m.weight for m in model.modules() if isinstance(m, nn.Linear) and m.weight.requires_grad]\n"
        "    rest = [p for p in model.parameters() if p.requires_grad and all(p is not w for w in wide)]\n"
        "    return [{'params': wide, 'weight_decay': weight_decay}, {'params': rest, 'weight_decay': 0.0}]",
        "only linear layers' weights decay",
    ),
    ("train_steps", loop("loss.backward(); opt.step()", begin="pass"), "both traps"),
]

SEEN = [(name, source) for name, sources in RIGHT_ANSWERS.items() for source in sources]


def test_every_exercise_has_right_answers_here() -> None:
    assert list(RIGHT_ANSWERS) == [exercise.name for exercise in exercises_of("training")]


@pytest.mark.parametrize(("name", "source"), SEEN)
def test_right_however_it_is_written(name: str, source: str) -> None:
    examination = examined(name, source)
    assert examination.status == RIGHT, report_of(examination)


@pytest.mark.parametrize(("name", "source", "mistake"), WRONG_ANSWERS)
def test_a_mistake_is_named(name: str, source: str, mistake: str) -> None:
    examination = examined(name, source)
    assert examination.status == WRONG
    assert examination.mistake is not None, report_of(examination)
    assert examination.mistake.name == mistake


def test_a_stub_is_not_attempted() -> None:
    source = "def train_steps(model, batches, learning_rate):\n    raise NotImplementedError()"
    assert examined("train_steps", source).status == NOT_ATTEMPTED


def test_the_schedule_is_the_librarys() -> None:
    config = TrainConfig(steps=50, warmup_steps=7, learning_rate=3e-3, final_fraction=0.2)
    ours = [cosine_rate(step, 50, 7, 3e-3, 0.2) for step in range(50)]
    assert ours == pytest.approx([learning_rate(step, config) for step in range(50)])


def test_clipping_is_torchs() -> None:
    ours, theirs = (
        [nn.Parameter(torch.zeros(4, 3)), nn.Parameter(torch.zeros(5)), nn.Parameter(torch.zeros(1))] for _ in range(2)
    )
    for one, other in list(zip(ours, theirs, strict=True))[:2]:  # the third has no gradient
        one.grad = torch.randn(one.shape, generator=torch.Generator().manual_seed(one.numel()))
        other.grad = one.grad.clone()
    length = clip_gradients(iter(ours), 0.7)
    assert length == pytest.approx(nn.utils.clip_grad_norm_(theirs, 0.7).item())
    for one, other in list(zip(ours, theirs, strict=True))[:2]:
        # torch adds 1e-6 to the length that it divides by
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-5, atol=1e-6)


def test_adamw_is_torchs_over_ten_steps() -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(5, dtype=torch.float64, generator=generator)
    parameter = nn.Parameter(weight.clone())
    optimizer = torch.optim.AdamW([parameter], lr=0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2)
    average, square = torch.zeros_like(weight), torch.zeros_like(weight)
    settings = {"lr": 0.05, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.2}
    for step in range(1, 11):
        gradient = torch.randn(5, dtype=torch.float64, generator=generator)
        parameter.grad = gradient.clone()
        optimizer.step()
        weight, average, square = adamw_step(weight, gradient, average, square, step, **settings)
        torch.testing.assert_close(weight, parameter.detach(), rtol=1e-12, atol=1e-12)


def test_the_groups_are_the_librarys() -> None:
    model = nn.Sequential(nn.Embedding(4, 3), nn.LayerNorm(3), nn.Linear(3, 2))
    for ours, theirs in zip(parameter_groups(model, 0.3), decay_groups(model, 0.3), strict=True):
        assert ours["weight_decay"] == theirs["weight_decay"]
        assert [id(p) for p in ours["params"]] == [id(p) for p in theirs["params"]]


def test_the_prediction_is_the_measure_of_a_real_distribution() -> None:
    # A uniform choice among n has a loss of ln n, so a perplexity of n and log2 n bits.
    perplexity, bits, bits_a_byte = predict_measures()
    assert math.log(perplexity) == pytest.approx(1.5)
    assert 2**bits == pytest.approx(perplexity)
    assert bits_a_byte * 4.2 == pytest.approx(bits)
