"""The table of presets: each built from its row, its parameters counted without allocating them."""

from typing import NamedTuple

from torch import nn

from course_lib.config import PRESETS
from course_lib.pretrained.models import build
from course_lib.show.profiling import num_params


class PresetRow(NamedTuple):
    """A preset's shape and its parameters.

    kind: our class.   embeddings: parameters of the tables of tokens and positions, and of a head that is not tied.
    """

    name: str
    kind: str
    n_layer: int
    n_embd: int
    n_head: int
    vocab_size: int
    seq_len: int
    parameters: int
    embeddings: int

    @property
    def without_embeddings(self) -> int:
        """What is left for the blocks and the final norm."""
        return self.parameters - self.embeddings


def presets_table() -> list[PresetRow]:
    """A row for each of `config.PRESETS`, in their order; the models are built on the meta device."""
    rows = []
    for name, config in PRESETS.items():
        model = build(config, device="meta")
        rows.append(
            PresetRow(
                name=name,
                kind=type(model).__name__,
                n_layer=config.n_layer,
                n_embd=config.n_embd,
                n_head=config.n_head,
                vocab_size=config.vocab_size,
                seq_len=config.seq_len,
                parameters=num_params(model),
                embeddings=_embedding_params(model),
            )
        )
    return rows


def _embedding_params(model: nn.Module) -> int:
    """Parameters of every embedding, and of the head; a tied head is one with the tokens' and counts once."""
    tables = [module.weight for module in model.modules() if isinstance(module, nn.Embedding)]
    tables.append(model.get_parameter("head.weight"))
    return sum(table.numel() for table in {id(table): table for table in tables}.values())
