"""What the map shows of a whole model: its sizes by the course's letters, and every count."""

from typing import NamedTuple

from torch import nn

from course_lib.show.diagram.reading import Call, Part, Shape, ids, parts_of, trace
from course_lib.show.profiling import num_params


class Sizes(NamedTuple):
    """What the letters of the course stand for in a model: B sequences, T tokens, width C, vocabulary V."""

    B: int
    T: int
    C: int
    V: int

    def letters(self, shape: Shape) -> str:
        """A traced shape as the course writes it: (B, T, C); what has no letter stays a number."""
        if shape[:2] != (self.B, self.T):
            return str(shape)
        last = {self.V: "V", self.C: "C"}  # where both are equal the width is meant
        return "(" + ", ".join(["B", "T", *(last.get(size, f"{size:,}") for size in shape[2:])]) + ")"

    def legend(self) -> str:
        """The letters with their numbers."""
        return f"B = {self.B}, T = {self.T:,}, C = {self.C:,}, V = {self.V:,}"


class Reading(NamedTuple):
    """Everything that the map shows of a model."""

    sizes: Sizes
    calls: dict[str, Call]
    parts: list[Part]  # of the first block
    n_layer: int
    block: int  # parameters of the first block
    blocks: int  # of all of them
    tables: dict[str, int]  # parameters of each embedding
    norm: int
    head: int | None  # None if it is the token embedding
    total: int


def read(model: nn.Module, batch: int = 1, tokens: int | None = None) -> Reading:
    """Trace `model` and count its parameters.

    Raises TypeError if it is not built as the course's models are: token_embedding, blocks, final_norm and head.
    Raises ValueError if there are no blocks.
    """
    require_model(model)
    table = model.get_submodule("token_embedding")
    blocks = model.get_submodule("blocks")
    assert isinstance(table, nn.Embedding)
    assert isinstance(blocks, nn.ModuleList)
    if tokens is None:
        tokens = getattr(getattr(model, "config", None), "seq_len", 8)
    calls = trace(model, ids(batch, tokens))
    by_path = {call.path: call for call in calls}
    head = model.get_submodule("head")
    tied = getattr(head, "weight", None) is table.weight
    tables = {
        name.removesuffix("_embedding"): num_params(module)
        for name, module in model.named_children()
        if isinstance(module, nn.Embedding)
    }
    return Reading(
        sizes=Sizes(batch, tokens, table.embedding_dim, by_path["head"].output[-1]),
        calls=by_path,
        parts=parts_of(blocks[0], "blocks.0", calls),
        n_layer=len(blocks),
        block=num_params(blocks[0]),
        blocks=num_params(blocks),
        tables=tables,
        norm=num_params(model.get_submodule("final_norm")),
        head=None if tied else num_params(head),
        total=num_params(model),
    )


def require_model(model: object) -> None:
    """Raises TypeError or ValueError, saying what is missing, if the map cannot be drawn."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"diagram.model draws a model, an instance of nn.Module, got {model!r}")
    missing = [name for name in ("token_embedding", "blocks", "final_norm", "head") if not hasattr(model, name)]
    if missing:
        raise TypeError(
            f"{type(model).__name__} has no {', '.join(missing)}; diagram.model draws models that are built as the "
            "course's GPT, Llama, GPTNeo and MaskedLM are"
        )
    if len(model.get_submodule("blocks")) == 0:  # type: ignore[arg-type]
        raise ValueError(f"{type(model).__name__} has no blocks, so there is none to be drawn open")
