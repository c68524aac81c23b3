"""One training run: new stories at each step, each seen once, and a loss on whole stories that were never seen."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.config import TrainConfig
from course_lib.scaling.law import training_flops
from course_lib.scaling.sizes import new_model, parameters, peak_rate
from course_lib.scaling.stories import StoryRows, batch_of
from course_lib.training import keep_freed_memory, learning_rate, make_optimizer
from course_lib.training.loss import IGNORED

BATCH = 8  # stories a step, about 2,500 tokens
LONGEST_WARM_UP = 100  # steps; short runs warm up for a tenth of theirs
CURVE_POINTS = 24
JUDGED_AT_ONCE = 64


class Plan(NamedTuple):
    """What a run is to do: train the size `size` on so many stories, from the weights and the order of `seed`."""

    size: str
    stories: int
    seed: int = 0


class Judged(NamedTuple):
    """Losses in nats of each story of a set, and what the set's stories cost whoever knows the generator.

    loss: nats per token.   excess: the loss above the floor of the same stories.   error: standard error of the excess,
    which is far smaller than the loss's own, since an improbable story costs both the same.
    """

    loss: float
    excess: float
    error: float


def train_config(plan: Plan) -> TrainConfig:
    """How a run goes: one pass over its stories, warm-up, and a cosine down to 0 that ends with it.

    Raises ValueError if the stories are too few for two steps.
    """
    steps = plan.stories // BATCH
    if steps < 2:
        raise ValueError(f"a run needs at least {2 * BATCH} stories, got {plan.stories}")
    return TrainConfig(
        steps=steps,
        batch_size=BATCH,
        learning_rate=peak_rate(plan.size),
        warmup_steps=min(LONGEST_WARM_UP, steps // 10),
        final_fraction=0.0,
        seed=plan.seed,
    )


def run(plan: Plan, rows: StoryRows, held_out: StoryRows, device: torch.device) -> dict[str, Any]:
    """Train as planned and judge: a line for the log.   Raises ValueError if there are fewer stories than planned."""
    if len(rows) < plan.stories:
        raise ValueError(f"the plan asks for {plan.stories:,} stories, there are {len(rows):,}")
    began = time.perf_counter()
    keep_freed_memory()
    model = new_model(plan.size, plan.seed).to(device)
    rows = rows.first(plan.stories)
    curve, tokens = train(model, rows, train_config(plan))
    judged = judge(model, held_out)
    N = parameters(plan.size)
    return {
        "kind": "run",
        **plan._asdict(),
        "parameters": N,
        "without_table": parameters(plan.size, with_table=False),
        "tokens": tokens,
        "flops": training_flops(N, tokens),
        "loss": round(judged.loss, 5),
        "excess": round(judged.excess, 5),
        "error": round(judged.error, 5),
        "curve": [[done, round(loss, 4)] for done, loss in curve],
        "seconds": round(time.perf_counter() - began, 1),
    }


def train(
    model: nn.Module, rows: StoryRows, config: TrainConfig, on_step: Callable[[int], None] | None = None
) -> tuple[list[tuple[int, float]], int]:
    """Train `model` in place, once through the stories in the order of the seed; the learning curve, and the tokens.

    The curve has the stories read and the mean loss since the point before. Every story is new when it is read, so
    this is a loss on unseen text, taken before the step that learns from it.
    """
    device = next(model.parameters()).device
    optimizer = make_optimizer(model, config)
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(config.seed)).numpy()
    marks = {round(step) for step in np.geomspace(1, config.steps, CURVE_POINTS)}
    curve: list[tuple[int, float]] = []
    since, steps_since, tokens = torch.zeros((), device=device), 0, 0
    model.train()
    for step in range(config.steps):
        chosen = order[step * config.batch_size : (step + 1) * config.batch_size]
        x, y = batch_of(rows, chosen, device)  # both (B, T)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, config)
        loss = story_tokens_loss(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), config.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        since, steps_since = since + loss.detach(), steps_since + 1  # no .item(): a GPU would have to be waited for
        tokens += int(rows.lengths[chosen].sum())
        if step + 1 in marks:
            curve.append(((step + 1) * config.batch_size, since.item() / steps_since))
            since, steps_since = torch.zeros((), device=device), 0
        if on_step is not None:
            on_step(step + 1)
    return curve, tokens


def story_tokens_loss(logits: Tensor, y: Tensor) -> Tensor:
    """Mean loss of the targets that count, in nats per token."""
    return F.cross_entropy(logits.flatten(0, 1).float(), y.flatten(), ignore_index=IGNORED)


@torch.no_grad()
def story_nats(model: nn.Module, rows: StoryRows) -> np.ndarray:
    """−ln p of each story under the model, (n,): its tokens and its end."""
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    nats = np.zeros(len(rows))
    by_length = np.argsort(rows.lengths, kind="stable")  # stories of like length together: less padding
    for start in range(0, len(rows), JUDGED_AT_ONCE):
        chosen = by_length[start : start + JUDGED_AT_ONCE]
        x, y = batch_of(rows, chosen, device)  # both (B, T)
        each = F.cross_entropy(
            model(x).flatten(0, 1).float(), y.flatten(), ignore_index=IGNORED, reduction="none"
        )  # (B·T,)
        nats[chosen] = each.view(y.shape).double().sum(dim=1).cpu().numpy()
    model.train(was_training)
    return nats


def judge(model: nn.Module, held_out: StoryRows) -> Judged:
    """Loss and excess on unseen stories, as ratios of sums: a long story counts by its tokens."""
    nats, tokens = story_nats(model, held_out), held_out.lengths
    above = nats - held_out.nats  # (n,), nats
    ratio = above.sum() / tokens.sum()
    spread = (above - ratio * tokens).std(ddof=1) / np.sqrt(len(tokens)) / tokens.mean()
    return Judged(float(nats.sum() / tokens.sum()), float(ratio), float(spread))
