"""Stage 4: the model learns to prefer some answers, in a task whose best policy is known."""

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.alignment import Point, Task, make_task, place
from course_lib.checks.capstone.building import twin_of
from course_lib.checks.capstone.growth.listening import answer_nats
from course_lib.checks.capstone.growth.material import Material
from course_lib.checks.capstone.growth.narrow import Asker, add_narrow, merge_narrow
from course_lib.checks.capstone.growth.plan import Notes, Plan
from course_lib.checks.capstone.parts import Parts
from course_lib.checks.capstone.training import Updates
from course_lib.show.progress import bar

USES = (
    "chat_ids",
    "lora_output",
    "merged_weight",
    "block_mask",
    "best_answers",
    "compare_in_group",
    "clipped_surrogate",
    "kl_of_tokens",
    "preference_loss",
    "cosine_rate",
    "parameter_groups",
    "clip_gradients",
    "adamw_step",
)
REQUEST = "Tell a story about Lily, a vase and honesty."
BEGINNING = (
    "Once upon a time, there was a little girl named Lily. She loved pancakes, owls and singing.\n\nOne gray morning in"
)
MONTHS = ("March", "April", "May", "June", "July", "August", "September", "October")
COOL = ("September", "October")  # what shall be told more often
Asking = Any  # an `Asker`, in the place of one of the course's models
EPOCHS = 2  # passes over each group of answers
CLIP = 0.2
ALIKE = 1e-4  # between the rewards of a group
LEAST_GAIN = 1e-4  # of J: a model that never tells a cool month has nothing to choose from


def choose(parts: Parts, model: nn.Module, material: Material, plan: Plan, notes: Notes) -> nn.Module:
    """The task of lesson 17, as an answer to a request."""
    rows = material.laid_out(parts, material.asked(material.held_out[: plan.exam]))
    before = answer_nats(parts, model, rows).mean().item()
    aligned = align(parts, model, months(parts, material), plan, notes)
    after = answer_nats(parts, aligned, rows).mean().item()
    notes.say(
        f"what it forgot: a true answer costs {after:.1f} nats, {before:.1f} before", nats=after, nats_before=before
    )
    return aligned


def align(parts: Parts, model: nn.Module, task: Task, plan: Plan, notes: Notes) -> nn.Module:
    """GRPO and DPO from the same model, each by LoRA; the better one is merged and goes on."""
    reference: Asking = Asker(twin_of(model))
    log_ref = task.distribution(reference)  # (9,)
    best = parts["best_answers"](log_ref, task.rewards, plan.beta)
    start, ceiling = place(log_ref, log_ref, task.rewards), place(best.log(), log_ref, task.rewards)
    notes.say(
        f"mean reward: {start.reward:.3f} before, {ceiling.reward:.3f} with the best policy π* (β = {plan.beta})",
        reward_before=start.reward,
        reward_best=ceiling.reward,
        kl_best=ceiling.kl,
    )
    found: dict[str, tuple[float, nn.Module]] = {}
    for name, losses in (("GRPO", _grpo), ("DPO", _dpo)):
        policy = copy.deepcopy(model)
        asked: Asking = Asker(policy)
        layers = add_narrow(parts, policy, plan.rank, plan.alpha, torch.Generator().manual_seed(plan.seed))
        _train(parts, policy, plan, losses(parts, asked, reference, task, plan), name)
        reached = place(task.distribution(asked), log_ref, task.rewards)
        way = _way(reached, start, ceiling, plan.beta)
        notes.say(
            f"{name}: reward {reached.reward:.3f}, KL {reached.kl:.2f} of {ceiling.kl:.2f} nats: "
            f"{way:.0%} of the way to the best J",
            **{f"{name}_reward": reached.reward, f"{name}_kl": reached.kl, f"{name}_way": way},
        )
        if name == "GRPO":
            estimate = _estimated_kl(parts, asked, reference, task, plan)
            notes.say(f"its KL by `kl_of_tokens`, from 256 answers: {estimate:.2f}", kl_estimate=estimate)
        apart = merge_narrow(parts, policy)
        if name == "GRPO":
            notes.say(f"{layers} layers were merged; the largest difference of a logit {apart:.0e}", merged_apart=apart)
        found[name] = way, policy
    winner = max(found, key=lambda name: found[name][0])
    notes.say(f"with the model of {winner} it goes on")
    way = found[winner][0]
    notes.conclude(f"aligned by {winner}: share of the way to π*", f"{way:.0%}", "ceiling 100%")
    return found[winner][1]


def months(parts: Parts, material: Material) -> Task:
    """A story about Lily, begun: in which month does it go on? A cool one earns 1."""
    rewards = [float(month in COOL) for month in MONTHS]
    task = make_task(material.tokenizer, BEGINNING, [f" {month}" for month in MONTHS], rewards, stop=",")
    prompt = tuple(material.prompt(parts, REQUEST, BEGINNING))
    return Task(prompt, task.rows, task.stop, task.answers, task.rewards)


def _train(parts: Parts, policy: nn.Module, plan: Plan, losses: Iterator[Tensor], name: str) -> None:
    steps = plan.align_steps * EPOCHS
    updates = Updates(parts, policy, plan.training(steps, plan.align_rate, weight_decay=0.0))
    for number, loss in enumerate(bar(losses, description=name, total=steps, unit="step")):
        loss.backward()
        updates.step(number)


def _grpo(parts: Parts, policy: Asking, reference: Asking, task: Task, plan: Plan) -> Iterator[Tensor]:
    """The price on KL is in the reward: then the gradient is that of J."""
    for step in range(plan.align_steps):
        drawn = task.draw(policy, plan.group, seed=plan.seed * 100_000 + step)
        with torch.no_grad():
            old, ref = task.log_probs(policy, drawn), task.log_probs(reference, drawn)
        won = task.rewards[drawn.which].float() - plan.beta * ((old - ref) * drawn.mask).sum(dim=1)
        alike = won.max() - won.min() < ALIKE  # nothing to compare: divided by their deviation, roundings would count
        advantages = torch.zeros_like(won) if alike else parts["compare_in_group"](won[None])[0]  # (n,)
        for _ in range(EPOCHS):
            yield parts["clipped_surrogate"](task.log_probs(policy, drawn), old, advantages, drawn.mask, CLIP)


def _dpo(parts: Parts, policy: Asking, reference: Asking, task: Task, plan: Plan) -> Iterator[Tensor]:
    """Pairs that the reference drew, judged by chance: σ(r of one − r of the other)."""
    judge = torch.Generator().manual_seed(plan.seed)

    def whole(model: Asking, drawn: Any) -> tuple[Tensor, Tensor]:
        return (task.log_probs(model, drawn) * drawn.mask).sum(dim=1).chunk(2)

    for step in range(plan.align_steps):
        drawn = task.draw(reference, 2 * plan.group, seed=plan.seed * 100_000 + step)
        first, second = task.rewards[drawn.which].chunk(2)
        wins = torch.rand(plan.group, generator=judge) < torch.sigmoid(first - second)  # (n,)
        with torch.no_grad():
            refs = _sorted(wins, *whole(reference, drawn))
        for _ in range(EPOCHS):
            yield parts["preference_loss"](*_sorted(wins, *whole(policy, drawn)), *refs, plan.beta)


def _sorted(wins: Tensor, one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """The chosen and the rejected of each pair."""
    return torch.where(wins, one, other), torch.where(wins, other, one)


@torch.no_grad()
def _estimated_kl(parts: Parts, policy: Asking, reference: Asking, task: Task, plan: Plan) -> float:
    drawn = task.draw(policy, 256, seed=plan.seed + 1)
    tokens = parts["kl_of_tokens"](task.log_probs(policy, drawn), task.log_probs(reference, drawn))
    return float((tokens * drawn.mask).sum(dim=1).mean())


def _way(reached: Point, start: Point, ceiling: Point, beta: float) -> float:
    """Which share of what can be gained a policy has gained; 0 where there is nothing to gain."""
    gain, most = (point.objective(beta) - start.objective(beta) for point in (reached, ceiling))
    return gain / most if most > LEAST_GAIN else 0.0
