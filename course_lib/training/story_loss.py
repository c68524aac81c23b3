"""What a story costs a model, in nats: the number to compare with the corpus's entropy."""

import math
from collections.abc import Sequence

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.corpus import Estimate
from course_lib.tokenization import END_OF_TEXT
from course_lib.training.loss import IGNORED

AT_ONCE = 32  # stories a batch


@torch.no_grad()
def story_loss(model: nn.Module, tokenizer: Tokenizer, stories: Sequence[str]) -> Estimate:
    """Mean −log p(story) under the model over whole stories, with its standard error: compare it with `story_entropy`.

    Each story is read from its own beginning, and its end counts as one more token. In a training window most stories
    have lost their beginning, and with it the hero's name; the loss there is higher for a reason no model can help.
    Raises ValueError if there are fewer than two stories, one is too long for the model, or the tokenizer has no
    end-of-text.
    """
    if len(stories) < 2:
        raise ValueError(f"an estimate needs at least 2 stories, got {len(stories)}")
    end = tokenizer.token_to_id(END_OF_TEXT)
    if end is None:
        raise ValueError(f"the tokenizer has no {END_OF_TEXT}, which begins and ends a story")
    ids: list[list[int]] = [
        [end, *encoded.ids, end] for encoded in tokenizer.encode_batch_fast(list(stories), add_special_tokens=False)
    ]
    ids.sort(key=len)  # stories of like length in a batch: less padding
    longest = len(ids[-1]) - 1
    if longest > model.config.seq_len:  # type: ignore[union-attr,operator]
        raise ValueError(
            f"a story has {longest} tokens, and the model was made for seq_len = {model.config.seq_len}: "  # type: ignore[union-attr]
            "leave out the longer ones, or train with a larger seq_len"
        )
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    nats: list[float] = []
    for start in range(0, len(ids), AT_ONCE):
        nats += _nats(model, ids[start : start + AT_ONCE], device).tolist()
    model.train(was_training)
    mean = math.fsum(nats) / len(nats)
    variance = math.fsum((value - mean) ** 2 for value in nats) / (len(nats) - 1)
    return Estimate(mean, math.sqrt(variance / len(nats)))


def _nats(model: nn.Module, stories: list[list[int]], device: torch.device) -> Tensor:
    """−log p of each story, (B,). What stands behind a story's end is padding: causal, so nothing before it sees it."""
    T = max(len(story) for story in stories) - 1
    x = torch.zeros(len(stories), T, dtype=torch.int64)
    y = torch.full((len(stories), T), IGNORED)
    for row, story in enumerate(stories):
        x[row, : len(story) - 1] = torch.tensor(story[:-1])
        y[row, : len(story) - 1] = torch.tensor(story[1:])
    logits = model(x.to(device))  # (B, T, V)
    losses = F.cross_entropy(
        logits.flatten(0, 1).float(), y.to(device).flatten(), ignore_index=IGNORED, reduction="none"
    )
    return losses.view(len(stories), T).sum(dim=1)
