"""The exercises of lesson 11: right answers, and the mistakes that are really made in training loops."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property, single_case

Batch = tuple[Tensor, Tensor]  # inputs and targets, both (B, T)


def token_losses(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy of each token: (B·T,)."""
    return F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="none")


def draw_batches(sizes: Sequence[int], T: int, vocab_size: int, generator: torch.Generator) -> list[Batch]:
    """Batches of random tokens, one of each size."""
    texts = [torch.randint(vocab_size, (size, T + 1), generator=generator) for size in sizes]
    return [(text[:, :-1], text[:, 1:]) for text in texts]


def draw_weights(vocab_size: int, generator: torch.Generator) -> dict[str, Tensor]:
    """Weights of `drive.BigramModel`, in float64, so that rounding decides nothing."""
    table = torch.randn(vocab_size, 3, dtype=torch.float64, generator=generator)
    head = torch.randn(vocab_size, 3, dtype=torch.float64, generator=generator)
    return {"embedding.weight": table, "head.weight": head}


# Exercise 1: the schedule


def cosine_rate(step: int, steps: int, warmup_steps: int, peak: float, final_fraction: float) -> float:
    """Up a line over `warmup_steps`, then down half a cosine to `final_fraction` of the peak at the last step."""
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    progress = (step - warmup_steps) / (steps - 1 - warmup_steps)  # 0 … 1
    cosine = (1 + math.cos(math.pi * progress)) / 2  # 1 … 0
    return peak * (final_fraction + (1 - final_fraction) * cosine)


def schedule_with(
    *,
    first: int = 1,
    begin: Callable[[int], int] = lambda warmup_steps: warmup_steps,
    last: int = 1,
    turn: float = math.pi,
    blend: Callable[[float, float], float] = lambda cosine, floor: floor + (1 - floor) * cosine,
) -> Callable[..., float]:
    """The schedule with one of its parts replaced."""

    def schedule(step: int, steps: int, warmup_steps: int, peak: float, final_fraction: float) -> float:
        if step < warmup_steps:
            return peak * (step + first) / warmup_steps
        progress = (step - begin(warmup_steps)) / (steps - last - begin(warmup_steps))
        return peak * blend((1 + math.cos(turn * progress)) / 2, final_fraction)

    return schedule


def schedule_cases(generator: torch.Generator) -> list[Case]:
    """Every part of a short run, one without a warm-up, and a longer one with drawn numbers."""
    warmup = int(torch.randint(20, 60, (1,), generator=generator))
    step = int(torch.randint(warmup + 5, 480, (1,), generator=generator))
    short = {"steps": 13, "warmup_steps": 4, "peak": 0.8, "final_fraction": 0.25}
    return [
        Case((0,), short, label="the first step"),
        Case((3,), short, label="the end of the warm-up"),
        Case((4,), short, label="the first step after it"),
        Case((8,), short, label="half-way down"),
        Case((12,), short, label="the last step"),
        Case((0,), {**short, "warmup_steps": 0}, label="no warm-up"),
        Case((step,), {"steps": 500, "warmup_steps": warmup, "peak": 6e-3, "final_fraction": 0.1}, label="a long run"),
    ]


def goes_up_then_down(call: Call, generator: torch.Generator) -> None:
    """One way up, one way down."""
    rates = [call(step, steps=60, warmup_steps=15, peak=1.0, final_fraction=0.1) for step in range(60)]
    top = rates.index(max(rates))
    if rates[: top + 1] != sorted(rates[: top + 1]) or rates[top:] != sorted(rates[top:], reverse=True):
        raise Failed("the rate should rise to its peak and then fall to the end; here it turns more than once")


# Exercise 2: clipping


def clip_gradients(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """Scale all gradients by one factor so that together they are no longer than max_norm; return the length before."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norm = torch.linalg.vector_norm(torch.stack([g.norm() for g in gradients])).item()
    if norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    return norm


def whole_norm(gradients: Iterable[Tensor]) -> float:
    """The length of all gradients, seen as one vector."""
    return math.sqrt(sum(g.square().sum().item() for g in gradients))


def clipped_one_by_one(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """Each parameter's gradient has a limit of its own."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = whole_norm(gradients)
    for g in gradients:
        g.mul_(min(1.0, max_norm / g.norm().item()))
    return norm


def clipped_by_value(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """Each number is cut off at max_norm."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = whole_norm(gradients)
    for g in gradients:
        g.clamp_(-max_norm, max_norm)
    return norm


def always_scaled(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """Short gradients are made longer."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = whole_norm(gradients)
    for g in gradients:
        g.mul_(max_norm / norm)
    return norm


def norm_after(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """The length is measured when it has been cut already."""
    return min(clip_gradients(parameters, max_norm), max_norm)


def norms_added(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """Lengths are added as if they were numbers."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = sum(g.norm().item() for g in gradients)
    for g in gradients:
        g.mul_(min(1.0, max_norm / norm))
    return norm


def gone_through_twice(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """The second loop over a generator finds nothing."""
    return whole_norm(p.grad for p in parameters if p.grad is not None)


def without_asking_for_none(parameters: Iterator[nn.Parameter], max_norm: float) -> float:
    """A parameter that took no part has None for a gradient, and None has no length."""
    listed = list(parameters)
    squares: list[float] = [p.grad.square().sum().item() for p in listed]  # type: ignore[union-attr]
    norm = math.sqrt(sum(squares))
    return clip_gradients(iter(listed), max_norm) if norm else norm


def clipping_cases(generator: torch.Generator) -> list[Case]:
    """A gradient of length 5 to do by hand, one that is short enough, one that is missing, and drawn ones."""
    by_hand = [torch.tensor([[3.0]]), torch.tensor([0.0, 4.0])]
    drawn = [torch.randn(4, 3, generator=generator), torch.randn(3, generator=generator)]
    return [
        Case((by_hand, 1.0), label="gradients (3) and (0, 4), of length 5 together"),
        Case((by_hand, 10.0), label="a limit above the length"),
        Case(([by_hand[0], None, by_hand[1]], 2.5), label="a parameter without a gradient"),
        Case((drawn, 0.5), label="a matrix and a bias"),
    ]


# Exercise 3: what a loss means


def predict_measures() -> tuple[float, float, float]:
    """Perplexity e^1.5, bits a token 1.5 / ln 2, and bits a byte, 4.2 bytes to a token."""
    loss, bytes_a_token = 1.5, 4.2
    bits = loss / math.log(2)
    return math.exp(loss), bits, bits / bytes_a_token


# Exercise 4: accumulation


def accumulate_gradients(model: nn.Module, batches: Sequence[Batch]) -> float:
    """Add up the gradients of the mean loss over all tokens of all batches, and return that loss."""
    tokens = sum(y.numel() for _, y in batches)
    total = 0.0
    for x, y in batches:
        loss = token_losses(model, x, y).sum() / tokens
        loss.backward()
        total += loss.item()
    return total


def accumulation_with(
    share: Callable[[Batch, Sequence[Batch]], float],
    shown: Callable[[Batch, Sequence[Batch]], float],
    *,
    keep: bool = True,
) -> Callable[[nn.Module, Sequence[Batch]], float]:
    """Each batch's mean loss times its `share`, its part in the result times `shown`; keep: add gradients up."""

    def accumulate(model: nn.Module, batches: Sequence[Batch]) -> float:
        total = 0.0
        for batch in batches:
            if not keep:
                model.zero_grad()
            loss = token_losses(model, *batch).mean()
            (loss * share(batch, batches)).backward()
            total += loss.item() * shown(batch, batches)
        return total

    return accumulate


def by_tokens(batch: Batch, batches: Sequence[Batch]) -> float:
    """The share of a batch in all tokens."""
    return batch[1].numel() / sum(y.numel() for _, y in batches)


def by_batches(batch: Batch, batches: Sequence[Batch]) -> float:
    """The same share for each batch."""
    return 1 / len(batches)


def whole(batch: Batch, batches: Sequence[Batch]) -> float:
    """All of it."""
    return 1.0


def accumulation_cases(generator: torch.Generator) -> list[Case]:
    """One batch, two equal ones, and a last one that is smaller."""

    def case(sizes: Sequence[int], label: str) -> Case:
        return Case((draw_weights(5, generator), draw_batches(sizes, 4, 5, generator)), label=label)

    return [
        case([2], "one micro-batch of 2 windows"),
        case([2, 2], "two of 2 windows each"),
        case([4, 4, 1], "three, of 4, 4 and 1 windows"),
    ]


# Exercise 5: AdamW


def adamw_step(
    weight: Tensor,
    gradient: Tensor,
    average: Tensor,
    average_square: Tensor,
    step: int,
    *,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Algorithm 2 of Loshchilov and Hutter (2019), as torch has it."""
    average = beta1 * average + (1 - beta1) * gradient
    average_square = beta2 * average_square + (1 - beta2) * gradient**2
    direction = average / (1 - beta1**step)
    size = (average_square / (1 - beta2**step)).sqrt() + eps
    return weight - lr * weight_decay * weight - lr * direction / size, average, average_square


def adamw_with(
    *,
    corrected: bool = True,
    offset: int = 0,
    l2: bool = False,
    root: Callable[[Tensor, float], Tensor] = lambda square, eps: square.sqrt() + eps,
    decayed: Callable[[Tensor, float, float], Tensor] = lambda weight, lr, decay: weight * (1 - lr * decay),
    swapped: bool = False,
    latest_only: bool = False,
) -> Callable[..., tuple[Tensor, Tensor, Tensor]]:
    """AdamW with one of its parts replaced."""

    def update(
        weight: Tensor, gradient: Tensor, average: Tensor, average_square: Tensor, step: int, **settings: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        lr, beta1, beta2 = settings["lr"], settings["beta1"], settings["beta2"]
        decay, eps = settings["weight_decay"], settings["eps"]
        if swapped:
            beta1, beta2 = beta2, beta1
        if l2:
            gradient = gradient + decay * weight
        average = beta1 * average + (1 - beta1) * gradient
        average_square = beta2 * average_square + (1 - beta2) * gradient**2
        first, second = (1 - beta1 ** (step + offset), 1 - beta2 ** (step + offset)) if corrected else (1.0, 1.0)
        direction = (gradient if latest_only else average / first) / root(average_square / second, eps)
        kept = weight if l2 else decayed(weight, lr, decay)
        return kept - lr * direction, average, average_square

    return update


def decayed_after_the_step(
    weight: Tensor, gradient: Tensor, average: Tensor, average_square: Tensor, step: int, **settings: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The new weight is shrunk, not the old one."""
    settings, decay = {**settings, "weight_decay": 0.0}, settings["lr"] * settings["weight_decay"]
    new, average, average_square = adamw_step(weight, gradient, average, average_square, step, **settings)
    return new * (1 - decay), average, average_square


def adamw_cases(generator: torch.Generator) -> list[Case]:
    """A first step by hand, one with a large eps, one with decay alone, and a later step with drawn averages."""

    def numbers(*values: float) -> Tensor:
        return torch.tensor(values, dtype=torch.float64)

    settings = {"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weight_decay": 0.0}
    zero = numbers(0.0, 0.0)
    drawn = torch.randn(4, 5, dtype=torch.float64, generator=generator)
    return [
        Case((numbers(1.0, 1.0), numbers(0.5, -4.0), zero, zero, 1), settings, label="a first step, without decay"),
        Case(
            (numbers(1.0, 1.0), numbers(0.5, -0.1), zero, zero, 1),
            {**settings, "eps": 0.5},
            label="an eps as large as the gradient",
        ),
        Case(
            (numbers(2.0, -2.0), zero, zero, zero, 1),
            {**settings, "weight_decay": 0.5},
            label="decay alone: no gradient",
        ),
        Case(
            (drawn[0], drawn[1], drawn[2], drawn[3] ** 2, 7),
            {**settings, "weight_decay": 0.1},
            label="the seventh step",
        ),
    ]


def size_of_the_gradient_does_not_matter(call: Call, generator: torch.Generator) -> None:
    """A first step is as long for a gradient of 0.01 as for one of 100."""
    settings = {"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weight_decay": 0.0}
    zero = torch.zeros(2, dtype=torch.float64)
    gradient = torch.tensor([0.01, 100.0], dtype=torch.float64)
    weight, _, _ = call(zero, gradient, zero, zero, 1, **settings)
    if not torch.allclose(weight, torch.full_like(weight, -0.1), atol=1e-5):
        raise Failed(
            f"the first step for gradients 0.01 and 100 should be lr = 0.1 for both, yours is {weight.tolist()}"
        )


# Exercise 6: what decays


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict]:
    """Matrices and tables decay, vectors do not; frozen parameters are left out, shared ones come once."""
    trained = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if p.dim() >= 2], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.dim() < 2], "weight_decay": 0.0},
    ]


def groups_by(
    decays: Callable[[str, nn.Parameter], bool], *, frozen_too: bool = False, twice: bool = False
) -> Callable[[nn.Module, float], list[dict]]:
    """Groups in which those parameters decay of which `decays(name, parameter)` says so."""

    def groups(model: nn.Module, weight_decay: float) -> list[dict]:
        named = list(model.named_parameters(remove_duplicate=not twice))
        named = [(name, p) for name, p in named if frozen_too or p.requires_grad]
        return [
            {"params": [p for name, p in named if decays(name, p)], "weight_decay": weight_decay},
            {"params": [p for name, p in named if not decays(name, p)], "weight_decay": 0.0},
        ]

    return groups


def is_matrix(name: str, parameter: nn.Parameter) -> bool:
    """Whether it has two dimensions or more."""
    return parameter.dim() >= 2


def group_cases(generator: torch.Generator) -> list[Case]:
    """A model with everything in it, then with a part of it frozen."""
    decay = 0.05 + 0.1 * torch.rand((), generator=generator).item()
    return [
        Case((0.1,), {"frozen": ()}, label="a model with a tied head"),
        Case(
            (decay,), {"frozen": ("embedding.weight", "norm.bias")}, label="the same, its embedding and a bias frozen"
        ),
    ]


# Exercise 7 (debug): the loop


def train_steps(model: nn.Module, batches: Sequence[Batch], learning_rate: float) -> list[float]:
    """One AdamW step a batch; the losses before each step."""
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
    losses = []
    for x, y in batches:
        loss = token_losses(model, x, y).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def loop_with(
    *,
    zero: str = "before backward",
    optimizer_once: bool = True,
    train_mode: bool = True,
    step_first: bool = False,
    loss_afterwards: bool = False,
) -> Callable[[nn.Module, Sequence[Batch], float], list[float]]:
    """The loop with one of its parts in the wrong place. zero: "never", "before step" or "before backward"."""

    def loop(model: nn.Module, batches: Sequence[Batch], learning_rate: float) -> list[float]:
        if train_mode:
            model.train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
        losses = []
        for x, y in batches:
            if not optimizer_once:
                optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
            loss = token_losses(model, x, y).mean()
            if step_first:
                optimizer.step()
            if zero == "before backward":
                optimizer.zero_grad()
            loss.backward()
            if zero == "before step":
                optimizer.zero_grad()
            if not step_first:
                optimizer.step()
            with torch.no_grad():
                losses.append((token_losses(model, x, y).mean() if loss_afterwards else loss).item())
        return losses

    return loop


def loop_cases(generator: torch.Generator) -> list[Case]:
    """One step, two, and six on batches that differ; the last model comes in eval mode, as after a validation."""

    def case(count: int, training: bool, label: str) -> Case:
        batches = draw_batches([2] * count, 4, 5, generator)
        return Case((draw_weights(5, generator), batches, 0.05), {"training": training}, label=label)

    return [
        case(1, True, "1 batch"),
        case(2, True, "2 batches"),
        case(6, False, "6 batches, and a model that was left in eval mode"),
    ]


# Exercise 8 (debug): validation


def validation_loss(model: nn.Module, batches: Sequence[Batch]) -> float:
    """Mean loss over all tokens, in eval mode, without gradients; the mode is put back."""
    was_training = model.training
    model.eval()
    with torch.no_grad():
        total = sum(token_losses(model, x, y).sum().item() for x, y in batches)
    model.train(was_training)
    return total / sum(y.numel() for _, y in batches)


def validation_with(
    *,
    evaluating: bool = True,
    afterwards: Callable[[bool], bool] = lambda was_training: was_training,
    recorded: bool = False,
    by_batch: bool = False,
) -> Callable[[nn.Module, Sequence[Batch]], float]:
    """The validation with one of its parts left out."""

    def validate(model: nn.Module, batches: Sequence[Batch]) -> float:
        was_training = model.training
        if evaluating:
            model.eval()
        with torch.set_grad_enabled(recorded):
            means = [token_losses(model, x, y).mean().item() for x, y in batches]
        model.train(afterwards(was_training))
        if by_batch:
            return sum(means) / len(means)
        sizes = [y.numel() for _, y in batches]
        return sum(m * n for m, n in zip(means, sizes, strict=True)) / sum(sizes)

    return validate


def validation_cases(generator: torch.Generator) -> list[Case]:
    """One batch; two of unequal size; a model that was not training before."""

    def case(sizes: Sequence[int], training: bool, label: str) -> Case:
        weights, batches = draw_weights(5, generator), draw_batches(sizes, 4, 5, generator)
        return Case((weights, batches), {"training": training}, label=label)

    return [
        case([3], True, "one batch, a model in training mode"),
        case([4, 1], True, "batches of 4 windows and of 1, a model in training mode"),
        case([2], False, "one batch, a model that was in eval mode before"),
    ]


# Exercise 9 (experiment): learning rates


def best_learning_rate() -> float:
    """Of the powers of ten from 1e-5 to 1, the one after which the small model's loss is lowest."""
    return 1e-3


EXERCISES = (
    Exercise(
        name="cosine_rate",
        reference=cosine_rate,
        forbidden=("course_lib.training.learning_rate",),
        cases=schedule_cases,
        properties=(Property("rises once, then falls to the end", goes_up_then_down),),
        misconceptions=(
            Misconception(
                "the first step has a rate of 0",
                schedule_with(first=0),
                "step / warmup_steps is 0 at step 0: a whole batch is computed and nothing learned from it, and the "
                "peak comes a step late. Use (step + 1) / warmup_steps.",
            ),
            Misconception(
                "the cosine counts from step 0",
                schedule_with(begin=lambda warmup_steps: 0),
                "By the end of the warm-up the cosine has already fallen, so the rate jumps. Its progress is 0 at step "
                "warmup_steps and 1 at the last step.",
            ),
            Misconception(
                "falls to zero",
                schedule_with(blend=lambda cosine, floor: cosine),
                "The rate ends at final_fraction of the peak: squeeze the cosine into what lies between.",
            ),
            Misconception(
                "the floor added on top",
                schedule_with(blend=lambda cosine, floor: floor + cosine),
                "With the floor added, the rate begins above the peak. The cosine may only cover the rest, "
                "1 − final_fraction.",
            ),
            Misconception(
                "cut off at the floor",
                schedule_with(blend=lambda cosine, floor: max(floor, cosine)),
                "The cosine runs to zero here and is cut off on its way. It should arrive at final_fraction smoothly, "
                "at the last step.",
            ),
            Misconception(
                "a whole turn of the cosine",
                schedule_with(turn=2 * math.pi),
                "cos(2π·progress) comes back up: the run would end at the peak. Half a turn goes from 1 to −1.",
            ),
            Misconception(
                "a quarter of a turn",
                schedule_with(turn=math.pi / 2),
                "cos(π/2·progress) only gets to 0, so (1 + cos)/2 only to a half. Half a turn goes from 1 to −1.",
            ),
            Misconception(
                "never quite arrives",
                schedule_with(last=0),
                "Steps are counted from 0, so the last one is steps − 1: divide by steps − 1 − warmup_steps.",
            ),
        ),
        hints=(
            "Write the warm-up first and leave the function there: two cases, two formulas.",
            "For the rest: progress = (step - warmup_steps) / (steps - 1 - warmup_steps) goes from 0 to 1, and "
            "(1 + math.cos(math.pi * progress)) / 2 from 1 to 0.",
            "peak * (step + 1) / warmup_steps during the warm-up, then "
            "peak * (final_fraction + (1 - final_fraction) * cosine).",
        ),
        review="lesson 11, 'The learning rate: up, then down'",
        tolerance=1e-6,
    ),
    Exercise(
        name="clip_gradients",
        reference=clip_gradients,
        forbidden=("torch.nn.utils.clip_grad_norm_", "torch.nn.utils.clip_grad_norm", "torch.nn.utils.get_total_norm"),
        cases=clipping_cases,
        drive=drive.clip,
        misconceptions=(
            Misconception(
                "each parameter by itself",
                clipped_one_by_one,
                "Scaled by different factors the gradient points elsewhere. Take one length over all parameters, and "
                "one factor for all.",
            ),
            Misconception(
                "each number by itself",
                clipped_by_value,
                "clamp cuts the large numbers only, which turns the gradient. Multiply all by the same factor.",
            ),
            Misconception(
                "short gradients made longer",
                always_scaled,
                "A gradient that is shorter than max_norm stays as it is: the factor is never above 1.",
            ),
            Misconception(
                "the length after clipping returned",
                norm_after,
                "What you want to see in a plot is how long the gradient was: return the length from before.",
            ),
            Misconception(
                "lengths added",
                norms_added,
                "Lengths of parts at right angles do not add up: 3 and 4 make 5. Add the squares, then take the root.",
            ),
            Misconception(
                "the parameters gone through twice",
                gone_through_twice,
                "model.parameters() is a generator: after one loop it is used up, and the second loop runs zero times. "
                "Make a list of it first.",
            ),
            Misconception(
                "a gradient of None",
                without_asking_for_none,
                "A parameter that took no part in the loss has None for its gradient. Pass it over.",
            ),
        ),
        hints=(
            "Two steps: the length of everything, then one factor for everything.",
            "Make a list of the gradients that are not None. The length is the root of the sum of all squares.",
            "norm = math.sqrt(sum(g.square().sum().item() for g in gradients)); if norm > max_norm: g.mul_(max_norm / "
            "norm) for each g.",
        ),
        review="lesson 11, 'Clipping'",
    ),
    Exercise(
        name="predict_measures",
        reference=predict_measures,
        cases=single_case,
        misconceptions=(
            Misconception(
                "perplexity with base 2",
                lambda: (2**1.5, 1.5 / math.log(2), 1.5 / math.log(2) / 4.2),
                "The loss is in nats, so perplexity is e to its power. 2 to the power is for a loss in bits.",
            ),
            Misconception(
                "nats taken for bits",
                lambda: (math.exp(1.5), 1.5, 1.5 / 4.2),
                "A nat is 1/ln 2 = 1.44 bits: divide the loss by ln 2.",
            ),
            Misconception(
                "multiplied by ln 2",
                lambda: (math.exp(1.5), 1.5 * math.log(2), 1.5 * math.log(2) / 4.2),
                "There are more bits than nats in the same uncertainty, so the number must grow: divide by ln 2.",
            ),
            Misconception(
                "multiplied by the bytes",
                lambda: (math.exp(1.5), 1.5 / math.log(2), 1.5 / math.log(2) * 4.2),
                "The bits of a token are shared by its 4.2 bytes, so a byte costs less than a token.",
            ),
        ),
        hints=(
            "The loss is a mean of −ln p. What is the p of a token that has exactly this loss?",
            "Perplexity is 1/p, so e to the power of the loss. A nat has 1/ln 2 bits.",
            "(e^1.5, 1.5 / ln 2, 1.5 / ln 2 / 4.2)",
        ),
        review="lesson 11, 'What a loss says'",
        tolerance=5e-3,
    ),
    Exercise(
        name="accumulate_gradients",
        reference=accumulate_gradients,
        cases=accumulation_cases,
        drive=drive.accumulate,
        misconceptions=(
            Misconception(
                "not scaled",
                accumulation_with(whole, by_tokens),
                "Gradients add up: k micro-batches give one k times as long as that of the large batch.",
            ),
            Misconception(
                "neither gradient nor loss scaled",
                accumulation_with(whole, whole),
                "Both add up over the micro-batches: give each its share of the tokens.",
            ),
            Misconception(
                "divided by the number of micro-batches",
                accumulation_with(by_batches, by_batches),
                "That is right only if all are of the same size. Here a token in the small last batch counts as much "
                "as four in the others. Weight by tokens.",
            ),
            Misconception(
                "the loss as a mean of means",
                accumulation_with(by_tokens, by_batches),
                "The gradients are right, but the loss that you return counts a small micro-batch like a large one.",
            ),
            Misconception(
                "only the last micro-batch",
                accumulation_with(by_tokens, by_tokens, keep=False),
                "zero_grad between the micro-batches throws away what the ones before gave. Here nobody clears.",
            ),
        ),
        hints=(
            "What would be the loss of the one large batch? A mean over all its tokens. Which share has a micro-batch?",
            "Count the tokens of all batches first. backward() adds to .grad, so you need not add gradients yourself.",
            "For each batch: loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction='sum') / "
            "all_tokens; loss.backward(); total += loss.item().",
        ),
        review="lesson 11, 'A large batch in small pieces'",
        tolerance=1e-7,
    ),
    Exercise(
        name="adamw_step",
        reference=adamw_step,
        forbidden=("torch.optim.AdamW", "torch.optim.Adam", "torch.optim.adamw", "torch.optim.adam"),
        cases=adamw_cases,
        properties=(
            Property(
                "a first step is as long for small gradients as for large ones", size_of_the_gradient_does_not_matter
            ),
        ),
        misconceptions=(
            Misconception(
                "no bias correction",
                adamw_with(corrected=False),
                "Both averages begin at 0 and are too small at first. Divide by 1 − β^step.",
            ),
            Misconception(
                "bias correction one step late",
                adamw_with(offset=1),
                "step is 1 for the first step: divide by 1 − β^step, not by 1 − β^(step + 1).",
            ),
            Misconception(
                "decay added to the gradient",
                adamw_with(l2=True),
                "That is Adam with L2: the decay is then divided by the size of the gradient like everything else. "
                "AdamW takes lr · weight_decay · weight from the weight itself.",
            ),
            Misconception(
                "decay without the learning rate",
                adamw_with(decayed=lambda weight, lr, decay: weight * (1 - decay)),
                "The decay is part of the step, so it is multiplied by lr as well.",
            ),
            Misconception(
                "no decay",
                adamw_with(decayed=lambda weight, lr, decay: weight),
                "That is Adam. AdamW also shrinks each weight, by lr · weight_decay of itself.",
            ),
            Misconception(
                "decay after the step",
                decayed_after_the_step,
                "It is the old weight that shrinks, not the new one: weight − lr · weight_decay · weight − ….",
            ),
            Misconception(
                "eps inside the root",
                adamw_with(root=lambda square, eps: (square + eps).sqrt()),
                "eps is added to the root, not under it: there it would count as much as its root, 1e-4 for 1e-8.",
            ),
            Misconception(
                "no root",
                adamw_with(root=lambda square, eps: square + eps),
                "The average of the squares has the unit of a squared gradient. Its root is the gradient's size.",
            ),
            Misconception(
                "the two betas swapped",
                adamw_with(swapped=True),
                "beta1 belongs to the average of the gradients, beta2, the slower one, to that of their squares.",
            ),
            Misconception(
                "the latest gradient instead of the average",
                adamw_with(latest_only=True),
                "The direction is the average of the gradients, bias corrected: that is Adam's momentum.",
            ),
        ),
        hints=(
            "Four lines: two averages, the step, the result. Both averages are returned as they are, not corrected.",
            "average = beta1 * average + (1 - beta1) * gradient, and the same with squares. Correct each for the step: "
            "average / (1 - beta1**step).",
            "weight - lr * weight_decay * weight - lr * corrected / (corrected_square.sqrt() + eps)",
        ),
        review="lesson 11, 'AdamW'",
        tolerance=1e-7,
    ),
    Exercise(
        name="parameter_groups",
        reference=parameter_groups,
        forbidden=("course_lib.training.decay_groups", "course_lib.training.make_optimizer"),
        cases=group_cases,
        drive=drive.group_parameters,
        misconceptions=(
            Misconception(
                "everything decays",
                groups_by(lambda name, parameter: True),
                "A norm's scale pulled towards 0 switches its block off. Only matrices and tables decay.",
            ),
            Misconception(
                "only biases are spared",
                groups_by(lambda name, parameter: not name.endswith("bias")),
                "The scale of a norm is called weight, and yet it is no matrix. Ask for the number of dimensions.",
            ),
            Misconception(
                "only norms are spared",
                groups_by(lambda name, parameter: "norm" not in name),
                "The biases of linear layers are vectors too, and do not decay either.",
            ),
            Misconception(
                "the two groups exchanged",
                groups_by(lambda name, parameter: parameter.dim() < 2),
                "It is the matrices that decay, and the vectors that do not.",
            ),
            Misconception(
                "embeddings spared",
                groups_by(lambda name, parameter: parameter.dim() >= 2 and "embedding" not in name),
                "Some codes do that. Here all matrices and tables decay; this one, being tied, is the head as well.",
            ),
            Misconception(
                "frozen parameters as well",
                groups_by(is_matrix, frozen_too=True),
                "A frozen parameter gets no gradient, and the optimizer has no business with it.",
            ),
            Misconception(
                "the shared weight twice",
                groups_by(is_matrix, twice=True),
                "The tied weight has two names but is one parameter: listed twice, it would be updated twice. "
                "model.parameters() gives it once.",
            ),
        ),
        hints=(
            "How can you tell a matrix from a bias without looking at names?",
            "parameter.dim() is 2 for matrices and tables, 1 for biases and norms. model.parameters() gives each once.",
            "trained = [p for p in model.parameters() if p.requires_grad], then two dicts with 'params' and "
            "'weight_decay'.",
        ),
        review="lesson 11, 'AdamW'",
    ),
    Exercise(
        name="train_steps",
        reference=train_steps,
        cases=loop_cases,
        drive=drive.train_bigram,
        misconceptions=(
            Misconception(
                "zero_grad forgotten",
                loop_with(zero="never"),
                "backward adds to .grad, so each step follows the sum of all gradients since the beginning.",
            ),
            Misconception(
                "gradients cleared before the step",
                loop_with(zero="before step"),
                "Between backward and step nobody may clear: the optimizer finds nothing, and nothing is learned.",
            ),
            Misconception(
                "the step before backward",
                loop_with(step_first=True),
                "step uses what is in .grad at that moment: the gradient of the batch before, or none.",
            ),
            Misconception(
                "a new optimizer each step",
                loop_with(optimizer_once=False),
                "AdamW's averages live in the optimizer. Made anew, it begins with its first step again and again.",
            ),
            Misconception(
                "still in eval mode",
                loop_with(train_mode=False),
                "The model comes from a validation and is still in eval mode: without model.train() dropout stays off.",
            ),
            Misconception(
                "the loss after the step",
                loop_with(loss_afterwards=True),
                "The loss to report is the one that backward was called on. A second forward pass doubles the cost.",
            ),
        ),
        hints=(
            "Print the length of the gradient at each step, for a batch that is the same every time. Should it grow?",
            "What does .backward() do to a .grad that is already there?",
            "Put optimizer.zero_grad() before loss.backward(), and model.train() before the loop.",
        ),
        review="lesson 11, 'A mistake that everybody makes once'",
        tolerance=1e-6,
    ),
    Exercise(
        name="validation_loss",
        reference=validation_loss,
        forbidden=("course_lib.training.evaluate",),
        cases=validation_cases,
        drive=drive.validate_bigram,
        misconceptions=(
            Misconception(
                "model.eval forgotten",
                validation_with(evaluating=False),
                "In training mode dropout is on: the loss is measured on a model with holes, and is another each time.",
            ),
            Misconception(
                "left in eval mode",
                validation_with(afterwards=lambda was_training: False),
                "After the validation training goes on, without dropout, and nobody notices. Put the mode back.",
            ),
            Misconception(
                "training mode, whatever it was",
                validation_with(afterwards=lambda was_training: True),
                "The caller's model may have been in eval mode. Remember model.training and put that back.",
            ),
            Misconception(
                "gradients recorded",
                validation_with(recorded=True),
                "All that a backward pass needs is kept, and it never comes: memory for nothing. Use torch.no_grad().",
            ),
            Misconception(
                "a mean of means",
                validation_with(by_batch=True),
                "A small last batch counts as much as a large one here. Add up over tokens, divide by their number.",
            ),
        ),
        hints=(
            "The loss may only depend on weights and text. What else does it depend on here, and what is left behind?",
            "model.eval() before, torch.no_grad() around, and afterwards the mode that the model was in before.",
            "was_training = model.training; model.eval(); with torch.no_grad(): add up cross_entropy with "
            "reduction='sum'; model.train(was_training).",
        ),
        review="lesson 11, 'Validation'",
        tolerance=1e-7,
    ),
    Exercise(
        name="best_learning_rate",
        reference=best_learning_rate,
        cases=single_case,
        misconceptions=(
            Misconception(
                "the smallest, to be safe",
                lambda: 1e-5,
                "Small steps are safe and lead nowhere: after 150 of them the loss is still near that of guessing.",
            ),
            Misconception(
                "too careful by ten",
                lambda: 1e-4,
                "Its curve falls to the end, which looks healthy, but it ends far above another. Compare last losses.",
            ),
            Misconception(
                "too bold by ten",
                lambda: 1e-2,
                "It is ahead for the first steps and then hangs. What counts is where the run ends.",
            ),
            Misconception(
                "the exponent",
                lambda: -3.0,
                "Return the rate itself, not its power of ten.",
            ),
        ),
        hints=(
            "Do not guess: loss_after(rate) from the cell above, for each power of ten.",
            "rates = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]: run the cell once for each, and write the losses down.",
            "Neighbours differ by more than 0.2 nats, so the winner is clear: it lies between 1e-4 and 1e-2.",
        ),
        review="lesson 11, 'Which learning rate?'",
        tolerance=1e-6,
    ),
)
