"""What can be seen at lists, tuples, dicts and texts that are not the expected ones."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from course_lib.checks.engine.likeness.pairs import Pair, Relation, as_tensor, close

SEQUENCES = (list, tuple)


def _every(pairs: Sequence[Pair], kinds: type | tuple[type, ...], holds: Callable[[Any, Any], bool]) -> bool:
    return all(
        isinstance(pair.expected, kinds) and isinstance(pair.got, kinds) and holds(pair.expected, pair.got)
        for pair in pairs
    )


def _key(value: Any) -> str:
    """Equal values are written alike, whatever they are; lists and tuples are not told apart."""
    if isinstance(value, SEQUENCES):
        return f"[{', '.join(map(_key, value))}]"
    if isinstance(value, Tensor):
        return str(value.tolist())
    return str(int(value)) if isinstance(value, float) and value.is_integer() else repr(value)


def _keys(values: Sequence[Any]) -> list[str]:
    return [_key(value) for value in values]


def turned(pairs: Sequence[Pair]) -> str | None:
    """Items in another order, or each of them turned round."""
    enough = any(isinstance(pair.expected, SEQUENCES) and len(set(_keys(pair.expected))) > 1 for pair in pairs)
    if enough and _every(pairs, SEQUENCES, lambda wanted, got: _keys(wanted) == _keys(got)[::-1]):
        return "the right items, in the opposite order"
    if enough and _every(pairs, SEQUENCES, lambda wanted, got: sorted(_keys(wanted)) == sorted(_keys(got))):
        return "the right items, in another order"
    if _every(pairs, SEQUENCES, lambda wanted, got: _keys(wanted) == [_key(_reversed(item)) for item in got]):
        return "each item of yours is the expected one turned round: left and right are exchanged"
    return None


def written_otherwise(pairs: Sequence[Pair]) -> str | None:
    """The right items, written as text, as bytes, or as numbers."""
    kinds: dict[str, Callable[[Any], Any]] = {
        "the right items, but as text in place of bytes": str.encode,
        "the right items, but as bytes in place of text": bytes.decode,
        "the right items, but as text in place of numbers": float,
        "the right items, but as tensors in place of numbers": Tensor.item,
        "the right items, but as lists in place of bytes": _bytes_of,
    }
    for told, kind in kinds.items():
        if all(_safely(lambda wanted, got: _is_so_written(wanted, got, kind), pair) for pair in pairs):  # noqa: B023
            return told
    return None


def _bytes_of(item: Any) -> bytes:
    if not isinstance(item, SEQUENCES):  # of a number n, bytes makes n zeros, which may fill the memory
        raise TypeError(f"no list: {item!r}")
    return bytes(item)


def _is_so_written(wanted: Any, got: Any, kind: Callable[[Any], Any]) -> bool:
    if not isinstance(wanted, SEQUENCES) or not isinstance(got, SEQUENCES) or len(wanted) != len(got):
        return False
    return _keys(wanted) == [_key(kind(item)) for item in got] != _keys(got)


def _reversed(item: Any) -> Any:
    return item[::-1] if isinstance(item, (list, tuple, str, bytes)) else item


def missing(pairs: Sequence[Pair]) -> str | None:
    """Items too many or missing, the others right."""
    if not _every(pairs, SEQUENCES, lambda wanted, got: len(wanted) != len(got)):
        return None
    rules: dict[str, Callable[[list[str], list[str]], bool]] = {
        "the first item is missing, the rest is right": lambda w, g: w[1:] == g,
        "the last item is missing, the rest is right": lambda w, g: w[:-1] == g,
        "an item too many at the end, the rest is right": lambda w, g: g[:-1] == w,
        "an item too many at the start, the rest is right": lambda w, g: g[1:] == w,
        "the beginning is right, but it ends too early": lambda w, g: w[: len(g)] == g,
        "all that is expected, and then more: does it stop too late?": lambda w, g: g[: len(w)] == w,
        "the right items, but some stand there more often than they should": lambda w, g: (
            len(g) > len(w) and _once(g) == _once(w)
        ),
        "an item that is expected more than once stands there once": lambda w, g: _once(w) == g,
        "nothing is there that should not be, but something is missing": lambda w, g: _holds(w, g),
        "all that is expected is there, and something besides": lambda w, g: _holds(g, w),
    }
    for told, holds in rules.items():
        if _every(pairs, SEQUENCES, lambda wanted, got: holds(_keys(wanted), _keys(got))):  # noqa: B023 - used at once
            return told
    return None


def _once(items: list[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _holds(longer: list[str], shorter: list[str]) -> bool:
    """Whether all of shorter stands in longer, in that order."""
    rest = iter(longer)
    return bool(shorter) and all(item in rest for item in shorter)


def keys(pairs: Sequence[Pair]) -> str | None:
    """The right values under other keys, or some keys of a dict."""
    if not _every(pairs, Mapping, lambda wanted, got: True):
        return None
    rules: dict[str, Callable[[Mapping, Mapping], bool]] = {
        "each key is turned round: left and right are exchanged": lambda w, g: w == {_reversed(k): g[k] for k in g},
        "the right keys and counts, but the keys are texts": lambda w, g: {_key(k) for k in w} == {f"{k}" for k in g},
        "what is there is right, but something is missing": lambda w, g: all(k in w and w[k] == g[k] for k in g),
        "all that is expected is there, and something besides": lambda w, g: all(k in g and w[k] == g[k] for k in w),
    }
    for told, holds in rules.items():
        if all(_safely(holds, pair) for pair in pairs):
            return told
    return None


def _safely(holds: Callable[[Any, Any], bool], pair: Pair) -> bool:
    try:
        return bool(holds(pair.expected, pair.got))
    except (
        TypeError,
        ValueError,
        RuntimeError,
        OverflowError,
    ):  # keys that cannot be compared, values that are tensors
        return False


def texts(pairs: Sequence[Pair]) -> str | None:
    """Texts that differ by spaces, capital letters or direction."""
    rules: dict[str, Callable[[Any, Any], bool]] = {
        "yours is right but for spaces or line ends at its ends": lambda w, g: w.strip() == g.strip(),
        "yours is right but for spaces and line ends": lambda w, g: w.split() == g.split(),
        "yours is right but for capital letters": lambda w, g: w.lower() == g.lower(),
        "yours is right, backwards": lambda w, g: w == g[::-1],
        "yours is right so far, but ends too early": lambda w, g: len(g) > 0 and w.startswith(g),
        "yours begins right, and goes on too long": lambda w, g: len(w) > 0 and g.startswith(w),
    }
    for told, holds in rules.items():
        if _every(pairs, (str, bytes), lambda w, g: type(w) is type(g) and holds(w, g)):  # noqa: B023 - used at once
            return told
    return None


def another_kind(pairs: Sequence[Pair]) -> str | None:
    """The right content in a container of another kind."""
    if all(_stacked(pair.expected, pair.got) for pair in pairs):
        return "the numbers are right, all in one tensor: give them back one by one, as in `return x, y`"
    if all(_stacked(pair.got, pair.expected) for pair in pairs):
        return "the numbers are right, but as several tensors: torch.stack(…) makes one of them"
    if all(_listed(pair) for pair in pairs):
        return "the numbers are right, but in a list: torch.tensor(…) makes a tensor of it"
    if all(_spelt(pair) for pair in pairs):
        return "yours reads like what is expected, but it is text: leave the str(…) or the quotes away"
    if all(isinstance(pair.got, Mapping) and _holds_items(pair) for pair in pairs):
        return "what is expected stands in your dict: give back only that, not the dict"
    if all(isinstance(pair.got, SEQUENCES) and any(map(pair_is(pair), pair.got)) for pair in pairs):
        return "what is expected is one of the things that you give back: give back that alone"
    return None


def pair_is(pair: Pair) -> Callable[[Any], bool]:
    """Whether a value is what the pair expects."""
    wanted = as_tensor(pair.expected)

    def holds(value: Any) -> bool:
        got = as_tensor(value)
        return close(got, wanted) if got is not None and wanted is not None else _key(value) == _key(pair.expected)

    return holds


def _stacked(several: Any, one: Any) -> bool:
    if not isinstance(several, SEQUENCES) or not isinstance(one, Tensor) or not several or len(one.shape) < 1:
        return False
    parts = [as_tensor(part) for part in several]
    if len(one) != len(parts) or not all(isinstance(part, Tensor) for part in several):
        return False
    return all(part is not None and close(part, row.double()) for part, row in zip(parts, one, strict=True))


def _listed(pair: Pair) -> bool:
    if not isinstance(pair.expected, Tensor) or not isinstance(pair.got, SEQUENCES):
        return False
    try:
        return close(torch.tensor(pair.got, dtype=torch.double), pair.expected.detach().double())
    except (RuntimeError, ValueError, TypeError, OverflowError):
        return False


def _spelt(pair: Pair) -> bool:
    return isinstance(pair.got, str) and not isinstance(pair.expected, str) and str(pair.expected) == pair.got


def _holds_items(pair: Pair) -> bool:
    if isinstance(pair.expected, SEQUENCES):
        return _keys(pair.expected) in (_keys(list(pair.got)), _keys(list(pair.got.values())))
    return any(map(pair_is(pair), pair.got.values()))


RELATIONS: tuple[Relation, ...] = (turned, written_otherwise, missing, keys, texts, another_kind)
