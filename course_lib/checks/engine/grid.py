"""Small tensors as aligned grids, expected and got under each other, with the entries marked that differ."""

import torch
from torch import Tensor

INLINE = 40  # characters of two values that stand in one line


def one_or_under_each_other(expected: str, got: str, place: str = "") -> str:
    """Two values in a sentence if they are short, else under each other."""
    if len(expected) + len(got) <= INLINE:
        return f"expected {expected}{place}, got {got}"
    return f"another value{place}\n  expected  {expected}\n  got       {got}"


def grids(expected: Tensor, got: Tensor, wrong: Tensor, place: str = "") -> str:
    """Both tensors, of one shape with at least one dimension; each entry that is wrong is marked by a star."""
    wanted_texts, got_texts = _texts(expected), _texts(got)
    marks = wrong.reshape(-1).tolist()
    marked = [f"{text}{'*' if mark else ' '}" for text, mark in zip(got_texts, marks, strict=True)]
    plain = [f"{text} " for text in wanted_texts]
    width = max(len(text) for text in (*marked, *plain))
    count = f"{sum(marks)} of {len(marks)} values {'differs' if sum(marks) == 1 else 'differ'}{place} (*)"
    if expected.dim() == 1:
        return f"{count}\n  expected  {_row(plain, width)}\n  got       {_row(marked, width)}"
    return f"{count}\nexpected\n{_rows(plain, width, expected.shape)}\ngot\n{_rows(marked, width, expected.shape)}"


def _texts(tensor: Tensor) -> list[str]:
    return [_text(number) for number in tensor.detach().cpu().reshape(-1).tolist()]


def _text(number: float | bool) -> str:
    if isinstance(number, bool):
        return str(number)
    return f"{number:.4g}" if isinstance(number, float) else str(number)


def _row(texts: list[str], width: int) -> str:
    return " ".join(text.rjust(width) for text in texts).rstrip()


def _rows(texts: list[str], width: int, shape: torch.Size) -> str:
    """The last two dimensions are a grid; an empty line stands between two of them."""
    columns, height = shape[-1], shape[-2]
    lines = [f"  {_row(texts[start : start + columns], width)}" for start in range(0, len(texts), columns)]
    blocks = ["\n".join(lines[start : start + height]) for start in range(0, len(lines), height)]
    return "\n\n".join(blocks)
