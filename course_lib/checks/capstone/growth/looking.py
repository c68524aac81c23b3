"""Stage 7: what the model would say halfway, and which of its heads is worth the most."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.checks.capstone.building import twin_of
from course_lib.checks.capstone.growth.material import Material
from course_lib.checks.capstone.growth.plan import Notes, Plan
from course_lib.checks.capstone.parts import Parts
from course_lib.finetuning import answer_nats, pad
from course_lib.gpt import GPT
from course_lib.interpretability import residual_stream
from course_lib.show.progress import bar

USES = ("chat_ids", "lens_logits", "mean_ablate", "head_worth")
READ = 24  # answers


@torch.no_grad()
def look(parts: Parts, model: nn.Module, material: Material, plan: Plan, notes: Notes) -> None:
    """The lens at each place, and each head taken away alone; read in the library's GPT with the model's weights."""
    rows = material.laid_out(parts, material.asked(material.held_out[: min(READ, plan.exam)]))
    batch = pad(rows, fill=material.template.end)
    twin, real = twin_of(model), batch.segments >= 0  # (B, T)
    counted = batch.y.flatten() >= 0  # targets of answers
    norm, table = twin.final_norm, twin.token_embedding.weight.detach()
    stream = residual_stream(twin, batch.x).flatten(1, 2)[:, counted]  # (L + 1, targets, C)
    logits = parts["lens_logits"](stream, norm.weight.detach(), norm.bias.detach(), table)  # (L + 1, targets, V)
    per_answer = counted.sum().item() / len(batch.x)
    lens = [F.cross_entropy(place, batch.y.flatten()[counted]).item() * per_answer for place in logits]
    at_places = ", ".join(f"{nats:.0f}" for nats in lens)
    notes.say(
        f"through the lens an answer costs {at_places} nats: before the first block, and behind each",
        lens_first=lens[0],
        lens_last=lens[-1],
    )
    kept = answer_nats(twin(batch.x), batch.y)  # (B,)
    worth = {}
    heads = [(layer, head) for layer in range(plan.shape.n_layer) for head in range(plan.shape.n_head)]
    for layer, head in bar(heads, description="heads", unit="head"):
        with without_head(parts, twin, layer, head, real):
            worth[layer, head] = parts["head_worth"](answer_nats(twin(batch.x), batch.y), kept)
    layer, head = max(worth, key=lambda place: worth[place][0])
    mean, low, high = worth[layer, head]
    notes.say(
        f"the head worth most is number {head} of block {layer}: {mean:.1f} nats per answer, {low:.1f} to {high:.1f}",
        worth=mean,
        head=head,
        layer=layer,
    )
    notes.conclude("opened: nats of its best head", f"{mean:.1f}", f"of {kept.mean():.0f} per answer")


@contextmanager
def without_head(parts: Parts, model: GPT, layer: int, head: int, real: Tensor) -> Iterator[None]:
    """Within it, `mean_ablate` replaces what one head of a block gathers."""
    attention: Any = model.blocks[layer].attention

    def replace(module: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
        gathered = inputs[0].unflatten(-1, (attention.n_head, -1))  # (B, T, H, D)
        return (parts["mean_ablate"](gathered, real, head).flatten(-2),)

    handle = attention.out_proj.register_forward_pre_hook(replace)
    try:
        yield
    finally:
        handle.remove()
