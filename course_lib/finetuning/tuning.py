"""Fine-tuning and what it is measured by: the answers' nats, and the answers themselves."""

from collections.abc import Sequence
from itertools import islice

import torch
from torch import nn

from course_lib.corpus.floor import Estimate, estimate
from course_lib.finetuning.batches import Walls, answer_loss, answer_nats, pack, pad
from course_lib.finetuning.chat import ChatTemplate, Example
from course_lib.generation import generate_batch


def finetune(
    model: nn.Module,
    examples: Sequence[Example],
    *,
    steps: int,
    batch_size: int = 16,
    learning_rate: float = 1e-3,
    packed_length: int | None = None,
    seed: int = 0,
) -> list[float]:
    """Train what of the model learns (all of it, or its LoRA) on the answers; the loss of each step, in nats per token.

    AdamW, its rate falling in a straight line to 0. Each step takes `batch_size` examples in an order drawn anew for
    each pass.   packed_length: pack them into rows of this length, in place of a row for each.
    Raises ValueError if there are fewer examples than a batch.
    """
    if len(examples) < batch_size:
        raise ValueError(f"a batch of {batch_size} needs as many examples, got {len(examples)}")
    device = next(model.parameters()).device
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], learning_rate, (0.9, 0.95))
    losses: list[float] = []
    order: list[int] = []
    model.train()
    for step in range(steps):
        if len(order) < batch_size:
            order = torch.randperm(len(examples), generator=generator).tolist()
        taken, order = [examples[i] for i in order[:batch_size]], order[batch_size:]
        fill = taken[0].ids[0]
        batch = pad(taken, fill) if packed_length is None else pack(taken, packed_length, fill)
        x, y, segments = (part.to(device) for part in batch)
        loss = answer_loss(model(x) if packed_length is None else model(x, Walls(segments)), y)
        optimizer.param_groups[0]["lr"] = learning_rate * (1 - step / steps)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    return losses


@torch.no_grad()
def mean_answer_nats(model: nn.Module, examples: Sequence[Example], batch_size: int = 16) -> Estimate:
    """Nats an answer given its request, with the standard error over the examples; not below H(story | request)."""
    device = next(model.parameters()).device
    model.eval()
    nats: list[float] = []
    waiting = iter(examples)
    while some := list(islice(waiting, batch_size)):
        batch = pad(some, some[0].ids[0])
        nats += answer_nats(model(batch.x.to(device)), batch.y.to(device)).tolist()
    return estimate(nats)


def answers(
    model: nn.Module,
    template: ChatTemplate,
    tokenizer: object,
    requests: Sequence[str],
    *,
    max_new_tokens: int = 220,
    temperature: float = 1.0,
    seed: int = 0,
) -> list[str]:
    """What the model answers to each request, in the template that it was trained with, without special tokens."""
    prompts = [template.lay_out(request).prompt for request in requests]
    rows = generate_batch(
        model,
        prompts,
        max_new_tokens,
        temperature=temperature,
        stop_token=template.end,
        seed=[seed + i for i in range(len(prompts))],
    )
    return [
        tokenizer.decode(row[len(prompt) :], skip_special_tokens=True).strip()  # type: ignore[attr-defined]
        for row, prompt in zip(rows, prompts, strict=True)
    ]
