"""Whether a part is the learner's or the library's, and why."""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import torch

from course_lib.checks.capstone.building import build
from course_lib.checks.capstone.finding import NotUsable, define, find_in_notebook
from course_lib.checks.capstone.parts import PARTS, Part, Parts
from course_lib.checks.engine.catalogue import find_exercise
from course_lib.checks.engine.examine import NOT_ATTEMPTED, RIGHT, examine
from course_lib.checks.engine.outcome import Raised, Returned, Runner
from course_lib.config import GPTConfig
from course_lib.gpt import GPT

SEED = 0  # of the checks' inputs: the same answers give the same table
SMALL = GPTConfig(vocab_size=11, seq_len=8, n_layer=2, n_embd=12, n_head=3)  # on which parts are tried together
TOLERANCE = 1e-4  # of logits and gradients, float32, against the library's GPT with the same weights


class Origin(NamedTuple):
    """Whose part it is. reason: why it is the library's; empty for the learner's.

    source: of the learner's, with all that stands in the notebook and belongs to it.
    """

    part: Part
    yours: bool
    reason: str = ""
    source: str = ""


def choose(
    part: Part, given: Callable | None, folder: Path, parts: Parts, seconds: float
) -> tuple[Origin, Callable | None]:
    """The learner's answer if it can be taken: with the parts so far inside it, else as it stands in its notebook."""
    reason = "not attempted yet"
    try:
        for answer, source in [(given, source_of(given))] if given else _found(part, folder, parts, seconds):
            reason = _problem(part, answer, parts, seconds)
            if not reason:
                return Origin(part, yours=True, source=source), answer
    except NotUsable as error:
        reason = str(error)
    return Origin(part, yours=False, reason=reason), None


def source_of(answer: Callable) -> str:
    """The text of an answer of this kernel; where Python does not know it, a text that no other answer has."""
    try:
        return inspect.getsource(answer)
    except (OSError, TypeError):
        return f"not known: {uuid4()}"


def _found(part: Part, folder: Path, parts: Parts, seconds: float) -> Iterator[tuple[Callable, str]]:
    answer = find_in_notebook(folder, part.topic, part.name)
    if answer is not None and not answer.is_stub:
        source = "\n".join(statement.text for statement in answer.written)
        yield define(answer, part.topic, parts, seconds), source
        yield define(answer, part.topic, {}, seconds), source


def _problem(part: Part, answer: Callable, parts: Parts, seconds: float) -> str:
    """Why the answer cannot be taken; empty if it can."""
    examination = examine(find_exercise(part.name), answer, SEED, seconds)
    if examination.status == NOT_ATTEMPTED:
        return "not attempted yet"
    if examination.status != RIGHT:
        mistake = f" ({examination.mistake.name})" if examination.mistake else ""
        return f"not right yet{mistake}"
    if not part.of_model:
        return ""
    runner = Runner(seconds)
    try:
        outcome = runner.run(_differs, (with_answer(parts, part, answer),))
    finally:
        runner.close()
    if isinstance(outcome, Returned):
        return "it passes its check, but the model with it computes something else" if outcome.value else ""
    said = f"{outcome.kind}: {outcome.message}" if isinstance(outcome, Raised) else f"not done in {outcome.seconds:g} s"
    return f"it passes its check, but the model with it fails: {said}"


def with_answer(parts: Parts, part: Part, answer: Callable) -> dict[str, Callable]:
    """All parts, those not decided yet by the library, with the answer in its place."""
    whole: dict[str, Callable] = {}
    for other in PARTS:
        whole[other.name] = answer if other is part else parts.get(other.name) or other.make(whole)
    return whole


def _differs(parts: Parts) -> bool:
    """Whether the model of these parts is another than the library's GPT, by logits and gradients of a batch."""
    pattern = GPT(SMALL, torch.Generator().manual_seed(SEED))
    model = build(parts, pattern)
    idx = torch.randint(SMALL.vocab_size, (3, SMALL.seq_len), generator=torch.Generator().manual_seed(SEED))
    logits = {"ours": pattern(idx), "theirs": model(idx)}  # each (B, T, V)
    if not torch.allclose(logits["ours"], logits["theirs"], atol=TOLERANCE):
        return True
    for values in logits.values():
        values.square().sum().backward()
    squares = [sum(p.grad.square().sum() for p in m.parameters() if p.grad is not None) for m in (pattern, model)]
    return not torch.allclose(torch.as_tensor(squares[0]), torch.as_tensor(squares[1]), rtol=10 * TOLERANCE)
