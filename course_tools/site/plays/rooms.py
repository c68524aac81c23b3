"""Lesson 07: the rooms of the course's own model, what goes in and out of each, and where the parameters sit."""

from typing import NamedTuple

from torch import nn

from course_lib.config import PRESETS, SHIPPED, GPTConfig
from course_lib.gpt import GPT
from course_lib.util.language import Words
from course_tools.site.plays.picture import Play, written


class Room(NamedTuple):
    """A part of the model. name: of the module, in the model or in each block.   does: a sentence."""

    name: str
    title: str
    lesson: int
    does: str
    in_block: bool = False


ROOMS = (
    Room("token_embedding", "token embedding", 7, "(B, T) ids become (B, T, C): a row of the table for each token."),
    Room("position_embedding", "position embedding", 7, "A row for each of the T places is added to it."),
    Room("norm_1", "first norm", 6, "Each vector gets mean 0 and variance 1, then a scale and a shift.", True),
    Room("attention", "attention", 4, "Each token gathers from itself and those before it, in H heads at once.", True),
    Room("norm_2", "second norm", 6, "Once more, before the MLP; the residual stream itself is left as it is.", True),
    Room("mlp", "MLP", 5, "Each token by itself: from C numbers to 4C and back to C, with GELU in between.", True),
    Room("final_norm", "final norm", 7, "The stream behind the last block gets mean 0 and variance 1 too."),
    Room("head", "head", 7, "(B, T, C) become (B, T, V) logits. Its table is the token embedding's."),
)


def counted(config: GPTConfig) -> dict[str, int]:
    """The parameters of each room, those of all blocks together; what the head shares counts once, in the embedding."""
    model = GPT(config)
    counts = {}
    for room in ROOMS:
        owners: list[nn.Module] = list(model.blocks) if room.in_block else [model]
        counts[room.name] = sum(p.numel() for owner in owners for p in getattr(owner, room.name).parameters())
    counts["head"] -= counts["token_embedding"]
    return counts


def rooms(config: GPTConfig) -> str:
    """The markdown of the map: its rooms in the order in which a text goes through them."""
    counts = counted(config)
    times = f'<span class="times">× {config.n_layer}</span>'
    rows = "\n".join(
        f'<li data-name="{room.name}" style="--share: {counts[room.name] / sum(counts.values()):.4f}">'
        f"<b>{room.title}</b> {times if room.in_block else ''} "
        f'<span class="count">{counts[room.name]:,}</span>'
        f'<span class="detail">{room.does} Lesson {room.lesson:02d}.</span></li>'
        for room in ROOMS
    )
    text = (
        "The rooms of the course's own model, in the order in which a text goes through them, and how many of its "
        f"{sum(counts.values()):,} parameters each holds. Go from room to room with the pointer or the arrow keys, and "
        "make the model wider or deeper."
    )
    data = {"vocabulary": str(config.vocab_size), "length": str(config.seq_len)}
    data |= {"width": str(config.n_embd), "blocks": str(config.n_layer)}
    return written("rooms", text, f'<ol class="rooms">\n{rows}\n</ol>', data)


def _write(_: Words) -> str:
    config = PRESETS[SHIPPED[0]]
    if not isinstance(config, GPTConfig):
        raise TypeError(f"the map shows the rooms of a GPT, and {SHIPPED[0]} has a {type(config).__name__}")
    return rooms(config)


ROOM_MAP = Play("rooms", "notebooks/07_gpt.ipynb", "## 6 ·", _write)
