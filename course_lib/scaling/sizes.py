"""A family of models from 15 thousand to 1.9 million parameters, alike but for their size."""

from typing import NamedTuple

import torch

from course_lib.config import LlamaConfig
from course_lib.initialization import initialize, rules_for_width, start_by_copying
from course_lib.llama import Llama

VOCAB_SIZE = 512  # small, so that the table of tokens is not most of a small model
SEQ_LEN = 512  # no story has as many tokens
PEAK_RATE, AT_WIDTH = 4e-3, 128  # the learning rate at the top, and the width C that it is for


class Size(NamedTuple):
    """Width C, blocks L, heads H and hidden width of the MLP."""

    n_embd: int
    n_layer: int
    n_head: int
    hidden_dim: int


SIZES: dict[str, Size] = {
    "15k": Size(16, 2, 2, 44),
    "26k": Size(24, 2, 2, 64),
    "41k": Size(32, 2, 2, 84),
    "80k": Size(48, 2, 2, 128),
    "130k": Size(64, 2, 2, 172),
    "270k": Size(96, 2, 2, 256),
    "660k": Size(128, 3, 2, 344),
    "1.9M": Size(192, 4, 4, 512),
}


def config_of(size: Size) -> LlamaConfig:
    """The configuration of a size."""
    return LlamaConfig(
        vocab_size=VOCAB_SIZE,
        seq_len=SEQ_LEN,
        n_layer=size.n_layer,
        n_embd=size.n_embd,
        n_head=size.n_head,
        n_kv_head=size.n_head,
        hidden_dim=size.hidden_dim,
        rope_theta=10_000.0,
    )


def new_model(name: str, seed: int) -> Llama:
    """An untrained model of a size, with the weights of this seed.

    Raises ValueError if there is no such size.
    """
    if name not in SIZES:
        raise ValueError(f"there is no size {name!r}; there are {', '.join(SIZES)}")
    model = Llama(config_of(SIZES[name]))
    generator = torch.Generator().manual_seed(seed)
    initialize(model, rules_for_width(model.config.n_layer, model.config.n_embd), generator)
    start_by_copying(model, generator)
    return model


def parameters(name: str, *, with_table: bool = True) -> int:
    """Parameters of a size; with_table: the table of tokens, which is the head as well, included."""
    C, L, _, hidden = SIZES[name]
    block = 4 * C * C + 3 * C * hidden + 2 * C
    return L * block + C + (VOCAB_SIZE * C if with_table else 0)


def peak_rate(name: str) -> float:
    """The learning rate at the top, 0.004 · 128/C: what suits a wide model is far too small for a narrow one.

    By trials on 16 to 96 wide; that it should fall as 1/C follows from Yang et al. (2022), "Tensor Programs V".
    """
    return PEAK_RATE * AT_WIDTH / SIZES[name].n_embd
