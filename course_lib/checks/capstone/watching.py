"""A learner's pieces at work: what goes wrong in one of them is named, and the library's takes its place.

Each piece has passed its exercise's check, on the small inputs that a check draws. In the capstone it meets larger
ones, hundreds of times.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import torch

from course_lib.checks.capstone.parts import Part, Parts
from course_lib.checks.engine.catalogue import find_exercise
from course_lib.checks.engine.compare import difference
from course_lib.checks.engine.drive import described

PATIENCE = 20.0  # seconds of this process that all calls of one piece may take
SLOWER = 5.0  # times the library's: only then are they too many
LOOSER = 100.0  # times the exercise's tolerance: sums over more numbers round more
# They act on a model or run it, or round to whole numbers where two right ways may round apart.
NOT_COMPARED = (
    "accumulate_gradients",
    "clip_gradients",
    "parameter_groups",
    "validation_loss",
    "greedy_generate",
    "initial_distribution",
    "quantize_rows",
    "keep_or_replace",
)


class Watched:
    """A piece that is called like the learner's until it raises, is too slow, or gives something else than the library.

    library: the piece that then takes its place.   trouble: why it did; empty as long as it did not.
    patience: seconds that all its calls may take, if they are much slower than the library's.
    Calls number 1, 2, 4, 8, … are compared, but for those in `NOT_COMPARED`.
    """

    def __init__(self, part: Part, answer: Callable, library: Callable, patience: float = PATIENCE) -> None:
        self.part, self.answer, self.library, self.patience = part, answer, library, patience
        self.trouble = ""
        self.calls, self.seconds = 0, 0.0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the piece gives, or from a trouble on what the library's gives."""
        if self.trouble:
            return self.library(*args, **kwargs)
        self.calls += 1
        start = time.thread_time()
        try:
            result = self.answer(*args, **kwargs)
        except Exception as error:  # whatever a learner's code may raise
            return self._replaced(f"it raised {told(error)}", *args, **kwargs)
        own = time.thread_time() - start
        self.seconds += own
        if self.calls & (self.calls - 1) == 0 and self.part.name not in NOT_COMPARED:
            return self._compared(result, own, *args, **kwargs)
        return result

    def _compared(self, result: Any, own: float, *args: Any, **kwargs: Any) -> Any:
        start = time.thread_time()
        with torch.no_grad():
            expected = self.library(*args, **kwargs)
        theirs = time.thread_time() - start
        tolerance = LOOSER * find_exercise(self.part.name).tolerance
        if difference(_plain(expected), _plain(result), tolerance) is not None:
            return self._replaced(f"in call {self.calls} it gave something else than the library", *args, **kwargs)
        if self.seconds > self.patience and own > SLOWER * theirs:
            self.trouble = f"right, but {own / theirs:.0f} times slower than the library: {self.seconds:.0f} s"
        return result

    def _replaced(self, trouble: str, *args: Any, **kwargs: Any) -> Any:
        self.trouble = trouble
        if args and isinstance(args[0], torch.nn.Module):
            args[0].zero_grad(set_to_none=True)  # what it may have left there
        return self.library(*args, **kwargs)


def watched(parts: Parts, yours: Mapping[str, Part]) -> dict[str, Callable]:
    """The same parts, those of the learner watched; classes are left as they are: their models run in stages."""
    return {
        name: Watched(yours[name], piece, find_exercise(name).reference) if _can_be_watched(name, yours) else piece
        for name, piece in parts.items()
    }


def troubles(parts: Parts) -> dict[str, str]:
    """What went wrong until now, by the part's name."""
    return {name: piece.trouble for name, piece in parts.items() if isinstance(piece, Watched) and piece.trouble}


def told(error: BaseException) -> str:
    """An error in one line, with the learner's function that it came from, where that is known."""
    kind, message = (described(error)[key] for key in ("kind", "message"))
    functions, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.startswith("<cell "):
            functions.append(getattr(code, "co_qualname", code.co_name))
        trace = trace.tb_next
    place = f" (in your {functions[-1]})" if functions else ""
    return f"{kind}: {message.splitlines()[0] if message else 'no message'}{place}"


def _can_be_watched(name: str, yours: Mapping[str, Part]) -> bool:
    return name in yours and not yours[name].of_model


def _plain(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach()
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(one) for one in value) if type(value) in (list, tuple) else value
    return value
