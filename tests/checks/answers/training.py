"""The exercises of lesson 11: answers as students type them, and the references against torch."""

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
        accumulation("-(F.log_softmax(o, -1)[range(len(o)), y.flatten()]).sum() / n", "loss.detach().item()"),
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
            {"params": [p[n] for n in no], "weight_decay": 0.0}]
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
    ("cosine_rate", "the first step has a rate of 0", schedule(warmup="peak * step / warmup_steps")),
    ("cosine_rate", "falls to zero", schedule(rest="peak * c")),
    ("cosine_rate", "cut off at the floor", schedule(rest="max(peak * f, peak * c)")),
    ("clip_gradients", "short gradients made longer", clipping(factor="max_norm / norm")),
    ("clip_gradients", "lengths added", clipping(norm="sum(g.norm() for g in gs)")),
    ("clip_gradients", "each parameter by itself", clipping(factor="min(1.0, max_norm / g.norm())")),
    (
        "clip_gradients",
        "the gradients left as they were",
        "def clip_gradients(parameters, max_norm):\n"
        "    norm = sum(p.grad.pow(2).sum() for p in parameters if p.grad is not None) ** 0.5\n"
        "    for p in parameters: p.grad.mul_(min(1.0, max_norm / norm))\n"
        "    return norm",
    ),
    (
        "clip_gradients",
        "a gradient of None",
        "def clip_gradients(parameters, max_norm):\n"
        "    ps = list(parameters)\n"
        "    norm = sum(p.grad.norm() ** 2 for p in ps) ** 0.5\n"
        "    for p in ps: p.grad.mul_(min(1.0, max_norm / norm))\n"
        "    return norm",
    ),
    (
        "accumulate_gradients",
        "divided by the number of micro-batches",
        accumulation("F.cross_entropy(o, y.flatten()) / len(batches)"),
    ),
    ("accumulate_gradients", "neither gradient nor loss scaled", accumulation("F.cross_entropy(o, y.flatten())")),
    (
        "accumulate_gradients",
        "not scaled",
        accumulation("F.cross_entropy(o, y.flatten())", "loss.item() * y.numel() / n"),
    ),
    ("adamw_step", "no bias correction", adamw(m="average", v="average_square.sqrt() + eps")),
    ("adamw_step", "no decay", adamw(kept="weight")),
    ("adamw_step", "decay without the learning rate", adamw(kept="weight * (1 - weight_decay)")),
    ("adamw_step", "eps inside the root", adamw(v="(average_square / (1 - beta2 ** step) + eps).sqrt()")),
    ("train_steps", "zero_grad forgotten", loop("loss.backward(); opt.step()")),
    ("train_steps", "nothing is learned", loop("loss.backward(); opt.zero_grad(); opt.step()")),
    ("train_steps", "still in eval mode", loop(begin="pass")),
    ("validation_loss", "model.eval forgotten", validation(before="pass")),
    ("validation_loss", "left in eval mode", validation(after="pass")),
    ("validation_loss", "training mode, whatever it was", validation(after="model.train()")),
    ("validation_loss", "gradients recorded", validation(guard="torch.enable_grad()")),
    ("cosine_rate", "final_fraction taken for the rate", schedule(rest="final_fraction + (peak - final_fraction) * c")),
    ("cosine_rate", "a line in place of the cosine", schedule(rest="peak * (1 - (1 - f) * p)")),
    ("cosine_rate", "1 + cos not halved", schedule(rest="peak * (f + (1 - f) * 2 * c)")),
    ("cosine_rate", "never at the peak while warming up", schedule(warmup="peak * (step + 1) / (warmup_steps + 1)")),
    ("cosine_rate", "the warm-up one step longer", schedule().replace("< warmup", "<= warmup")),
    ("cosine_rate", "divided by a warm-up of 0", schedule().replace("f = final", "u = 1 / warmup_steps; f = final")),
    ("clip_gradients", "the root forgotten", clipping(norm="sum((g ** 2).sum() for g in gs)")),
    ("clip_gradients", "the largest number taken for the length", clipping(norm="max(g.abs().max() for g in gs)")),
    ("clip_gradients", "shortened to length 1", clipping(factor="1 / norm if norm > max_norm else 1")),
    ("clip_gradients", "the gradients left as they were", clipping().replace("g *= ", "g = g * ")),
    ("predict_measures", "nats per byte", "def predict_measures(): return math.exp(1.5), 2.164, 0.357"),
    ("predict_measures", "e to the bits", "def predict_measures(): return math.exp(2.164), 2.164, 0.515"),
    (
        "accumulate_gradients",
        "gradients not scaled",
        accumulation("F.cross_entropy(o, y.flatten())", "loss.item() / len(batches)"),
    ),
    ("accumulate_gradients", "sums never divided", accumulation('F.cross_entropy(o, y.flatten(), reduction="sum")')),
    ("accumulate_gradients", "the loss with its graph", accumulation(shown="loss")),
    (
        "accumulate_gradients",
        "the loss of the last piece",
        accumulation().replace("total += loss.item()", "total = loss.item() * n / y.numel()"),
    ),
    (
        "accumulate_gradients",
        "one backward at the end",
        "def accumulate_gradients(model, batches):\n"
        "    n = sum(y.numel() for _, y in batches)\n"
        "    loss = sum(F.cross_entropy(model(x).mT, y, reduction='sum') for x, y in batches) / n\n"
        "    loss.backward()\n"
        "    return loss.item()",
    ),
    (
        "accumulate_gradients",
        "all pieces at once",
        "def accumulate_gradients(model, batches):\n"
        "    x, y = torch.cat([x for x, _ in batches]), torch.cat([y for _, y in batches])\n"
        "    loss = F.cross_entropy(model(x).mT, y)\n"
        "    loss.backward()\n"
        "    return loss.item()",
    ),
    (
        "adamw_step",
        "only the second average corrected",
        adamw(v="(average_square / (1 - beta2 ** step)).sqrt() + eps", m="average"),
    ),
    ("adamw_step", "gradient not squared", adamw().replace("gradient.square()", "gradient")),
    ("adamw_step", "decay added", adamw(kept="weight * (1 + lr * weight_decay)")),
    ("adamw_step", "uphill", adamw().replace("- lr * (", "+ lr * (")),
    (
        "parameter_groups",
        "no decay said for the vectors",
        "def parameter_groups(model, weight_decay):\n"
        "    ps = [p for p in model.parameters() if p.requires_grad]\n"
        "    wide = {'params': [p for p in ps if p.ndim > 1], 'weight_decay': weight_decay}\n"
        "    return [wide, {'params': [p for p in ps if p.ndim == 1]}]",
    ),
    ("train_steps", "learning_rate not used", loop().replace("parameters(), learning_rate", "parameters()")),
    ("train_steps", "SGD for AdamW", loop().replace("optim.AdamW", "optim.SGD")),
    ("train_steps", "no decay of the weights", loop().replace("optim.AdamW", "optim.Adam")),
    ("train_steps", "nothing is learned", loop("loss.backward()")),
    ("train_steps", "losses with their graphs", loop().replace("loss.item()", "loss")),
    (
        "validation_loss",
        "mean over tokens; two faults left",
        validation(before="pass", after="pass", guard="torch.enable_grad()"),
    ),
    (
        "validation_loss",
        "all three faults still there",
        "def validation_loss(model, batches):\n"
        "    losses = [F.cross_entropy(model(x).flatten(0, 1), y.flatten()) for x, y in batches]\n"
        "    return sum(losses) / len(losses)",
    ),
    ("cosine_rate", "π forgotten", schedule().replace("math.pi * p", "p")),
    ("clip_gradients", "the length of the first parameter", clipping(norm="gs[0].norm()")),
    ("accumulate_gradients", "a tensor for a number", accumulation(shown="loss.detach()")),
    (
        "parameter_groups",
        "parameters without a list",
        """
def parameter_groups(model, weight_decay):
    trained = [p for p in model.parameters() if p.requires_grad]
    return [{"params": (p for p in trained if p.dim() > 1), "weight_decay": weight_decay},
            {"params": (p for p in trained if p.dim() < 2), "weight_decay": 0.0}]
""",
    ),
    (
        "parameter_groups",
        "by the words bias and norm",
        """
def parameter_groups(model, weight_decay):
    named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    return [{"params": [p for n, p in named if "bias" not in n and "norm" not in n], "weight_decay": weight_decay},
            {"params": [p for n, p in named if not ("bias" not in n and "norm" not in n)], "weight_decay": 0.0}]
""",
    ),
    (
        "parameter_groups",
        "by the ending bias and the word norm",
        """
def parameter_groups(model, weight_decay):
    named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    return [{"params": [p for n, p in named if not (n.endswith("bias") or "norm" in n)], "weight_decay": weight_decay},
            {"params": [p for n, p in named if not (not (n.endswith("bias") or "norm" in n))], "weight_decay": 0.0}]
""",
    ),
    (
        "parameter_groups",
        "by dimensions, but for the word norm",
        """
def parameter_groups(model, weight_decay):
    named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    return [{"params": [p for n, p in named if p.ndim > 1 and "norm" not in n], "weight_decay": weight_decay},
            {"params": [p for n, p in named if not (p.ndim > 1 and "norm" not in n)], "weight_decay": 0.0}]
""",
    ),
    (
        "validation_loss",
        "the median of the batches",
        """
def validation_loss(model, batches):
    mode = model.training
    model.eval()
    with torch.no_grad():
        losses = [F.cross_entropy(model(x).flatten(0, 1), y.flatten()) for x, y in batches]
    model.train(mode)
    return torch.stack(losses).quantile(0.5).item()
""",
    ),
    (
        "validation_loss",
        "torch's median of the batches",
        """
def validation_loss(model, batches):
    mode = model.training
    model.eval()
    with torch.no_grad():
        losses = [F.cross_entropy(model(x).flatten(0, 1), y.flatten()) for x, y in batches]
    model.train(mode)
    return torch.tensor(losses).median().item()
""",
    ),
    (
        "validation_loss",
        "torch's median of the tokens",
        """
def validation_loss(model, batches):
    mode = model.training
    model.eval()
    with torch.no_grad():
        losses = [F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="none") for x, y in batches]
    model.train(mode)
    return torch.cat(losses).median().item()
""",
    ),
    ("accumulate_gradients", "never a backward", accumulation().replace("loss.backward()", "pass")),
    (
        "adamw_step",
        "corrected by 1 − β, whatever the step",
        adamw(m="average / (1 - beta1)", v="torch.sqrt(average_square / (1 - beta2)) + eps"),
    ),
    (
        "parameter_groups",
        "only linear layers' weights decay",
        "def parameter_groups(model, weight_decay):\n"
        "    wide = [m.weight for m in model.modules() if isinstance(m, nn.Linear) and m.weight.requires_grad]\n"
        "    rest = [p for p in model.parameters() if p.requires_grad and all(p is not w for w in wide)]\n"
        "    return [{'params': wide, 'weight_decay': weight_decay}, {'params': rest, 'weight_decay': 0.0}]",
    ),
    ("train_steps", "both traps", loop("loss.backward(); opt.step()", begin="pass")),
    ("predict_measures", "nats taken for bits", "def predict_measures(): return math.e ** 1.5, 1.5, 1.5 / 4.2"),
    (
        "parameter_groups",
        "only biases are spared",
        "def parameter_groups(model, weight_decay):\n"
        "    named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]\n"
        "    bias, rest = ([p for n, p in named if n.endswith('bias') == is_bias] for is_bias in (True, False))\n"
        "    return [{'params': rest, 'weight_decay': weight_decay}, {'params': bias, 'weight_decay': 0.0}]",
    ),
    ("best_learning_rate", "too careful by ten", "def best_learning_rate(): return 10 ** -4"),
    ("best_learning_rate", "too bold by ten", "def best_learning_rate(): return 0.01"),
    ("best_learning_rate", "the exponent", "def best_learning_rate(): return -3"),
    (
        "accumulate_gradients",
        "pieces weighted by their windows",
        """
def accumulate_gradients(model, batches):
    n = sum(len(x) for x, _ in batches)
    total = 0.0
    for x, y in batches:
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten()) * len(x) / n
        loss.backward()
        total += loss.item()
    return total
""",
    ),
    (
        "accumulate_gradients",
        "gradients cleared for each piece",
        """
def accumulate_gradients(model, batches):
    n = sum(y.numel() for x, y in batches)
    total = 0.0
    for x, y in batches:
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="sum") / n
        model.zero_grad()
        loss.backward()
        total += loss.item()
    return total
""",
    ),
    (
        "accumulate_gradients",
        None,
        """
def accumulate_gradients(model, batches):
    n = sum(y.numel() for x, y in batches)
    total = 0.0
    model.eval()
    for x, y in batches:
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="sum") / n
        loss.backward()
        total += loss.item()
    return total
""",
    ),
    (
        "validation_loss",
        "batches weighted by their windows",
        """
def validation_loss(model, batches):
    was = model.training
    model.eval()
    total = n = 0
    with torch.no_grad():
        for x, y in batches:
            total += F.cross_entropy(model(x).flatten(0, 1), y.flatten()).item() * len(y)
            n += len(y)
    model.train(was)
    return total / n
""",
    ),
    (
        "validation_loss",
        None,
        """
def validation_loss(model, batches):
    was = model.training
    model.eval()
    total = n = 0
    with torch.no_grad():
        for x, y in batches:
            total += F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="sum").item()
            n += y.numel()
    model.train(was)
    model.zero_grad()
    return total / n
""",
    ),
    (
        "cosine_rate",
        "a sine for the cosine",
        """
def cosine_rate(step, steps, warmup_steps, peak, final_fraction):
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    progress = (step - warmup_steps) / (steps - 1 - warmup_steps)
    cosine = (1 + math.sin(math.pi * progress)) / 2
    return peak * (final_fraction + (1 - final_fraction) * cosine)
""",
    ),
    (
        "cosine_rate",
        "the warm-up begins at the floor",
        """
def cosine_rate(step, steps, warmup_steps, peak, final_fraction):
    if step < warmup_steps:
        return peak * (final_fraction + (1 - final_fraction) * (step + 1) / warmup_steps)
    progress = (step - warmup_steps) / (steps - 1 - warmup_steps)
    cosine = (1 + math.cos(math.pi * progress)) / 2
    return peak * (final_fraction + (1 - final_fraction) * cosine)
""",
    ),
    (
        "cosine_rate",
        "the cosine upside down",
        """
def cosine_rate(step, steps, warmup_steps, peak, final_fraction):
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    progress = (step - warmup_steps) / (steps - 1 - warmup_steps)
    cosine = (1 - math.cos(math.pi * progress)) / 2
    return peak * (final_fraction + (1 - final_fraction) * cosine)
""",
    ),
    (
        "clip_gradients",
        "the root of the sum of sizes",
        """
def clip_gradients(parameters, max_norm):
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norm = math.sqrt(sum((gradient.abs().sum().item() for gradient in gradients)))
    if norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    return norm
""",
    ),
    (
        "predict_measures",
        "ln 2 on the wrong side, per byte",
        """
def predict_measures():
    return (math.exp(1.5), 1.5 / math.log(2), 1.5 * math.log(2) / 4.2)
""",
    ),
    (
        "accumulate_gradients",
        "means divided by the tokens",
        """
def accumulate_gradients(model, batches):
    all_tokens = sum((y.numel() for _, y in batches))
    total = 0.0
    for x, y in batches:
        logits = model(x)
        loss = F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction='mean') / all_tokens
        loss.backward()
        total += loss.item()
    return total
""",
    ),
    (
        "accumulate_gradients",
        "the loss divided once more",
        """
def accumulate_gradients(model, batches):
    all_tokens = sum((y.numel() for _, y in batches))
    total = 0.0
    for x, y in batches:
        logits = model(x)
        loss = F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction='sum') / all_tokens
        loss.backward()
        total += loss.item()
    return total / len(batches)
""",
    ),
    (
        "accumulate_gradients",
        "targets in another order",
        """
def accumulate_gradients(model, batches):
    all_tokens = sum((y.numel() for _, y in batches))
    total = 0.0
    for x, y in batches:
        logits = model(x)
        loss = F.cross_entropy(logits.flatten(0, 1), y.T.flatten(), reduction='sum') / all_tokens
        loss.backward()
        total += loss.item()
    return total
""",
    ),
    (
        "adamw_step",
        "sizes for squares",
        """
def adamw_step(weight, gradient, average, average_square, step, *, lr, beta1, beta2, eps, weight_decay):
    average = beta1 * average + (1 - beta1) * gradient
    average_square = beta2 * average_square + (1 - beta2) * gradient.abs()
    direction = average / (1 - beta1 ** step)
    size = (average_square / (1 - beta2 ** step)).sqrt()
    new = weight - lr * weight_decay * weight - lr * direction / (size + eps)
    return (new, average, average_square)
""",
    ),
    (
        "adamw_step",
        "decay of the gradient",
        """
def adamw_step(weight, gradient, average, average_square, step, *, lr, beta1, beta2, eps, weight_decay):
    average = beta1 * average + (1 - beta1) * gradient
    average_square = beta2 * average_square + (1 - beta2) * gradient ** 2
    direction = average / (1 - beta1 ** step)
    size = (average_square / (1 - beta2 ** step)).sqrt()
    new = weight - lr * weight_decay * gradient - lr * direction / (size + eps)
    return (new, average, average_square)
""",
    ),
    (
        "adamw_step",
        "m weighted the wrong way round",
        """
def adamw_step(weight, gradient, average, average_square, step, *, lr, beta1, beta2, eps, weight_decay):
    average = (1 - beta1) * average + beta1 * gradient
    average_square = beta2 * average_square + (1 - beta2) * gradient ** 2
    direction = average / (1 - beta1 ** step)
    size = (average_square / (1 - beta2 ** step)).sqrt()
    new = weight - lr * weight_decay * weight - lr * direction / (size + eps)
    return (new, average, average_square)
""",
    ),
    (
        "adamw_step",
        "the correction multiplied",
        """
def adamw_step(weight, gradient, average, average_square, step, *, lr, beta1, beta2, eps, weight_decay):
    average = beta1 * average + (1 - beta1) * gradient
    average_square = beta2 * average_square + (1 - beta2) * gradient ** 2
    direction = average * (1 - beta1 ** step)
    size = (average_square / (1 - beta2 ** step)).sqrt()
    new = weight - lr * weight_decay * weight - lr * direction / (size + eps)
    return (new, average, average_square)
""",
    ),
    (
        "parameter_groups",
        "all of them decay, and the vectors twice",
        """
def parameter_groups(model, weight_decay):
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    matrices = [parameter for parameter in trained if parameter.dim() >= 2]
    vectors = [parameter for parameter in trained if parameter.dim() < 2]
    return [{'params': trained, 'weight_decay': weight_decay}, {'params': vectors, 'weight_decay': 0.0}]
""",
    ),
    (
        "train_steps",
        "in eval mode on purpose",
        """
def train_steps(model, batches, learning_rate):
    model.eval()
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
    losses = []
    for x, y in batches:
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
""",
    ),
    (
        "train_steps",
        "two steps a batch",
        """
def train_steps(model, batches, learning_rate):
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
    losses = []
    for x, y in batches:
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        optimizer.step()
        losses.append(loss.item())
    return losses
""",
    ),
    (
        "train_steps",
        "the input for a target",
        """
def train_steps(model, batches, learning_rate):
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
    losses = []
    for x, y in batches:
        loss = F.cross_entropy(model(x).flatten(0, 1), x.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
""",
    ),
    (
        "validation_loss",
        "only the first batch",
        """
def validation_loss(model, batches):
    was_training = model.training
    model.eval()
    total, tokens = (0.0, 0)
    with torch.no_grad():
        for x, y in batches[:1]:
            total += F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction='sum').item()
            tokens += y.numel()
    model.train(was_training)
    return total / tokens
""",
    ),
    (
        "cosine_rate",
        "the warm-up times the cosine",
        """
def cosine_rate(step, steps, warmup_steps, peak, final_fraction):
    p = step / (steps - 1)
    c = (1 + math.cos(math.pi * p)) / 2
    r = peak * (final_fraction + (1 - final_fraction) * c)
    return r * min(1, (step + 1) / warmup_steps) if warmup_steps else r
""",
    ),
    (
        "clip_gradients",
        "the mean of the squares",
        """
def clip_gradients(parameters, max_norm):
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norm = math.sqrt(sum((gradient.square().mean().item() for gradient in gradients)))
    if norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    return norm
""",
    ),
    (
        "accumulate_gradients",
        "the share of the last piece",
        """
def accumulate_gradients(model, batches):
    all_tokens = sum((y.numel() for _, y in batches))
    total = 0.0
    for x, y in batches:
        logits = model(x)
        loss = F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction='sum') / all_tokens
        loss.backward()
        total = loss.item()
    return total
""",
    ),
    (
        "accumulate_gradients",
        "earlier pieces divided again",
        """
def accumulate_gradients(model, batches):
    total = 0.0
    for x, y in batches:
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        loss.backward()
        total += loss.item()
        for p in model.parameters():
            if p.grad is not None:
                p.grad /= len(batches)
    return total / len(batches)
""",
    ),
    (
        "accumulate_gradients",
        "all pieces taken to be as large as the first",
        """
def accumulate_gradients(model, batches):
    n = len(batches) * batches[0][1].numel()
    total = 0.0
    for x, y in batches:
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction='sum') / n
        loss.backward()
        total += loss.item()
    return total
""",
    ),
    (
        "adamw_step",
        "the average of the step before",
        """
def adamw_step(weight, gradient, average, average_square, step, *, lr, beta1, beta2, eps, weight_decay):
    old = average
    average = beta1 * average + (1 - beta1) * gradient
    average_square = beta2 * average_square + (1 - beta2) * gradient ** 2
    direction = old / (1 - beta1 ** step)
    size = (average_square / (1 - beta2 ** step)).sqrt()
    new = weight - lr * weight_decay * weight - lr * direction / (size + eps)
    return (new, average, average_square)
""",
    ),
    (
        "adamw_step",
        "eps corrected as well",
        """
def adamw_step(weight, gradient, average, average_square, step, *, lr, beta1, beta2, eps, weight_decay):
    average = beta1 * average + (1 - beta1) * gradient
    average_square = beta2 * average_square + (1 - beta2) * gradient ** 2
    direction = average / (1 - beta1 ** step)
    size = (average_square / (1 - beta2 ** step)).sqrt()
    size = (average_square.sqrt() + eps) / (1 - beta2 ** step) ** 0.5
    new = weight - lr * weight_decay * weight - lr * direction / size
    return (new, average, average_square)
""",
    ),
    (
        "adamw_step",
        "the correction outside the root",
        """
def adamw_step(weight, gradient, average, average_square, step, *, lr, beta1, beta2, eps, weight_decay):
    average = beta1 * average + (1 - beta1) * gradient
    average_square = beta2 * average_square + (1 - beta2) * gradient ** 2
    direction = average / (1 - beta1 ** step)
    size = average_square.sqrt() / (1 - beta2 ** step)
    new = weight - lr * weight_decay * weight - lr * direction / (size + eps)
    return (new, average, average_square)
""",
    ),
    (
        "parameter_groups",
        "decay of 0.1, whatever weight_decay is",
        """
def parameter_groups(model, weight_decay):
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    matrices = [parameter for parameter in trained if parameter.dim() >= 2]
    vectors = [parameter for parameter in trained if parameter.dim() < 2]
    return [{'params': matrices, 'weight_decay': 0.1}, {'params': vectors, 'weight_decay': 0.0}]
""",
    ),
    (
        "train_steps",
        "gradients clipped",
        """
def train_steps(model, batches, learning_rate):
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
    losses = []
    for x, y in batches:
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses
""",
    ),
    ("best_learning_rate", "0.005, which is none of the six", "def best_learning_rate(): return 5e-3"),
]
