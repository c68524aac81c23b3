"""Training towards a reward: GRPO on drawn answers, DPO on drawn pairs; every so often the exact place is taken."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor, nn

from course_lib.alignment.gradient import dpo_loss, group_advantages, grpo_loss
from course_lib.alignment.optimum import Point, place
from course_lib.alignment.task import Task
from course_lib.pretrained.models import Model
from course_lib.show.progress import bar

WARM_UP = 5  # steps: AdamW's first ones are as long as its later ones, whatever the gradient


@dataclass(frozen=True)
class AlignConfig:
    """How a policy is trained.

    steps: groups (or batches of pairs) drawn.   group: answers a step, or pairs.   epochs: passes over each, with GRPO.
    beta: the price of a nat of KL.   clip: ε.   scaled: advantages in standard deviations, see `group_advantages`.
    kl_in: where GRPO pays for KL. In the "loss", as its paper has it: the estimate there has the right value, but its
    gradient is not that of KL(π ‖ π_ref). In the "reward", r − β log(π/π_ref) of the answer as it was drawn: then the
    policy gradient is that of J.
    every: steps between two looks at the exact place.
    Raises ValueError, naming the value, for what cannot be.
    """

    steps: int = 150
    group: int = 64
    epochs: int = 2
    beta: float = 0.1
    clip: float = 0.2
    learning_rate: float = 1e-4
    scaled: bool = False
    kl_in: Literal["loss", "reward"] = "reward"
    every: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "epochs", "every"):
            if getattr(self, name) < 1:
                raise ValueError(f"AlignConfig: {name} must be at least 1, got {getattr(self, name)}")
        if self.kl_in not in ("loss", "reward"):
            raise ValueError(f'AlignConfig: kl_in must be "loss" or "reward", got {self.kl_in!r}')
        if self.group < 2:
            raise ValueError(f"AlignConfig: group must be at least 2, got {self.group}")
        if self.beta < 0 or self.learning_rate <= 0 or not 0 < self.clip < 1:
            raise ValueError(
                "AlignConfig: expected beta of at least 0, learning_rate above 0 and clip between 0 and 1, got "
                f"{self.beta}, {self.learning_rate} and {self.clip}"
            )


@dataclass
class Trail:
    """Where a policy was: pairs of (steps done, its exact place)."""

    places: list[tuple[int, Point]] = field(default_factory=list)

    @property
    def last(self) -> Point:
        """Where it ended."""
        return self.places[-1][1]


def train_grpo(policy: Model, task: Task, config: AlignConfig, rewards: Tensor | None = None) -> Trail:
    """Train `policy` in place on answers that it draws itself; the reference is a copy of it as it is given.

    rewards: what is trained on, (K + 1,), if not the task's own: a reward with a hole, say. Places are by the task's.
    """
    earned = task.rewards if rewards is None else rewards
    reference = _frozen_copy(policy)

    def losses(step: int) -> Iterator[Tensor]:
        drawn = task.draw(policy, config.group, seed=config.seed * 100_000 + step)
        with torch.no_grad():
            old, ref = task.log_probs(policy, drawn), task.log_probs(reference, drawn)
        won = earned[drawn.which].float()  # (n,)
        if config.kl_in == "reward":
            won = won - config.beta * ((old - ref) * drawn.mask).sum(dim=1)
        advantages = group_advantages(won.unsqueeze(0), scaled=config.scaled)[0]
        beta = config.beta if config.kl_in == "loss" else 0.0
        for _ in range(config.epochs):  # old stays; policy moves
            now = task.log_probs(policy, drawn)
            yield grpo_loss(now, old, ref, advantages, drawn.mask, beta=beta, clip=config.clip)

    return _train(policy, reference, task, config, losses)


def train_dpo(policy: Model, task: Task, config: AlignConfig) -> Trail:
    """Train `policy` in place on pairs that the reference drew, each judged by chance: σ(r of one − r of the other)."""
    reference = _frozen_copy(policy)
    judge = torch.Generator().manual_seed(config.seed)

    def losses(step: int) -> Iterator[Tensor]:
        drawn = task.draw(reference, 2 * config.group, seed=config.seed * 100_000 + step)
        earned = task.rewards[drawn.which]  # (2n,)
        first, second = earned.chunk(2)
        first_wins = torch.rand(config.group, generator=judge) < torch.sigmoid(first - second)  # (n,)
        with torch.no_grad():
            ref_1, ref_2 = (task.log_probs(reference, drawn) * drawn.mask).sum(dim=1).chunk(2)
        ref_chosen, ref_rejected = torch.where(first_wins, ref_1, ref_2), torch.where(first_wins, ref_2, ref_1)
        for _ in range(config.epochs):
            now_1, now_2 = (task.log_probs(policy, drawn) * drawn.mask).sum(dim=1).chunk(2)
            chosen, rejected = torch.where(first_wins, now_1, now_2), torch.where(first_wins, now_2, now_1)
            yield dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta=config.beta)

    return _train(policy, reference, task, config, losses)


def _frozen_copy(policy: Model) -> Model:
    return deepcopy(policy).eval().requires_grad_(False)


def _train(
    policy: Model,
    reference: Model,
    task: Task,
    config: AlignConfig,
    losses: Callable[[int], Iterator[Tensor]],
) -> Trail:
    """A step of AdamW for each loss; the learning rate rises for WARM_UP steps, then falls along a line to 0."""
    optimizer = torch.optim.AdamW(policy.parameters(), lr=config.learning_rate, weight_decay=0.0)
    log_ref = task.distribution(reference)
    trail = Trail([(0, place(log_ref, log_ref, task.rewards))])
    policy.eval()  # no dropout: the log-probabilities of one answer are to differ by the weights alone
    for step in bar(range(config.steps), description="aligning", total=config.steps, unit="step"):
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * min((step + 1) / WARM_UP, 1 - step / config.steps)
        for loss in losses(step):
            loss.backward()
            nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if (step + 1) % config.every == 0 or step + 1 == config.steps:
            trail.places.append((step + 1, place(task.distribution(policy), log_ref, task.rewards)))
    return trail
