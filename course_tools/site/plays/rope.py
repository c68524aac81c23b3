"""Lesson 10: pairs of numbers as hands that turn with the position, and the score that knows the distance alone."""

import json

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.llama.rope import apply_rope, precompute_rope, rope_frequencies
from course_tools.site.plays.picture import Play, written

VECTOR = (1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)  # query and key alike: each pair is a hand that points to the right
THETA = 100.0  # as in the lesson
KEY, DISTANCE = 4, 3  # shown at first


def rope(query: tuple[float, ...], key: tuple[float, ...], theta: float, place: int, distance: int) -> str:
    """The markdown of the hands, a dial for each pair: the key is at `place`, the query `distance` tokens behind it."""
    cos, sin = precompute_rope(len(query), place + distance + 1, theta)  # each (T, D/2)
    q = apply_rope(torch.tensor([query]), cos[place + distance :], sin[place + distance :])[0]  # (D,)
    k = apply_rope(torch.tensor([key]), cos[place : place + 1], sin[place : place + 1])[0]  # (D,)
    speeds = rope_frequencies(len(query), theta).tolist()
    hands = zip(_pairs(q), _pairs(k), speeds, strict=True)
    dials = "\n".join(_dial(number, *hand) for number, hand in enumerate(hands))
    text = (
        f"A head of {len(query)} numbers: {len(speeds)} pairs, drawn as hands. The query's hand is solid, the key's is "
        f"dashed; both held the same numbers before they were turned. The key stands at position {place}, the query at "
        f"{place + distance}. Change the position of both: the hands turn, each pair at its own speed, and the score "
        "stays. Change the distance: the score changes."
    )
    data = {"query": json.dumps(query), "key": json.dumps(key), "theta": str(theta)}
    data |= {"place": str(place), "distance": str(distance)}
    says = f"The score is {_written((q @ k).item())} at distance {distance}."
    return written("rope", text, f'<div class="dials">\n{dials}\n</div>\n<p class="says">{says}</p>', data)


def _pairs(x: Float[Tensor, " D"]) -> list[tuple[float, float]]:
    """(x_i, x_{i + D/2}), the pairing of the course's Llama."""
    first, second = x.chunk(2)
    return list(zip(first.tolist(), second.tolist(), strict=True))


def _dial(number: int, q: tuple[float, float], k: tuple[float, float], speed: float) -> str:
    product = q[0] * k[0] + q[1] * k[1]
    return (
        f'<figure><svg viewBox="-1.1 -1.1 2.2 2.2" role="img" aria-label="Pair {number}: two hands on a dial">'
        f'<circle r="1"/><line class="query" x2="{q[0]:.3f}" y2="{-q[1]:.3f}"/>'
        f'<line class="key" x2="{k[0]:.3f}" y2="{-k[1]:.3f}"/></svg>'
        f'<figcaption>pair {number}<br>{speed:.2g} rad per token<br><span class="product">{_written(product)}</span>'
        "</figcaption></figure>"
    )


def _written(number: float) -> str:
    """Two digits, with a sign as it is printed."""
    return f"{number:.2f}".replace("-", "−")


ROPE = Play(
    "rope", "notebooks/10_llama.ipynb", "### A longer text", lambda _: rope(VECTOR, VECTOR, THETA, KEY, DISTANCE)
)
