"""Stories as rows of tokens, and the places in them where a name stands."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Int
from tokenizers import Tokenizer
from torch import Tensor

from course_lib.tokenization import END_OF_TEXT


class Rows(NamedTuple):
    """Stories, each from its own beginning: an end-of-text, its tokens, an end-of-text, and then padding.

    tokens: one more than a model sees, since the last one is only predicted.
    real: True where `tokens[:, 1:]` is a token of the story or its end, and not padding.
    """

    tokens: Int[Tensor, "B T_plus_1"]
    real: Bool[Tensor, "B T"]


def story_rows(tokenizer: Tokenizer, stories: Sequence[str], seq_len: int) -> Rows:
    """The stories in one batch; what is longer than seq_len + 1 tokens is cut off at its end.

    Raises ValueError if there are no stories or the tokenizer has no end-of-text.
    """
    end = tokenizer.token_to_id(END_OF_TEXT)
    if end is None:
        raise ValueError(f"the tokenizer has no {END_OF_TEXT}, which begins and ends a story")
    if not stories:
        raise ValueError("there are no stories to make rows of")
    encoded = tokenizer.encode_batch_fast(list(stories), add_special_tokens=False)
    ids = [[end, *one.ids, end][: seq_len + 1] for one in encoded]
    T = max(map(len, ids)) - 1
    tokens = torch.full((len(ids), T + 1), end)
    real = torch.zeros(len(ids), T, dtype=torch.bool)
    for row, story in enumerate(ids):
        tokens[row, : len(story)] = torch.tensor(story)
        real[row, : len(story) - 1] = True
    return Rows(tokens, real)


def name_places(tokenizer: Tokenizer, story: str, name: str) -> list[int]:
    """Where the name stands in the row of `story_rows`: the position of the first token of each mention, in order.

    A name counts where it stands as a word of its own. A token may hold the space before the name as well. Places in a
    part of the story that `story_rows` has cut off are given too.
    Raises ValueError if the name does not occur.
    """
    encoded = tokenizer.encode(story, add_special_tokens=False)
    places = []
    start = story.find(name)
    while start >= 0:
        end = start + len(name)
        if not (story[start - 1 : start].isalnum() or story[end : end + 1].isalnum()):
            token = encoded.char_to_token(start)
            assert token is not None  # every character is in a token
            places.append(token + 1)  # + 1: the end-of-text before the story
        start = story.find(name, end)
    if not places:
        raise ValueError(f"the name {name!r} does not occur in the story {story[:40]!r}…")
    return places
