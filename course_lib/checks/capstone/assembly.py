"""Which part is the learner's and which the library's, decided one by one, and the model that they make together."""

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_lib.checks.capstone.finding import NotUsable, define, exercise_folder, find_in_notebook
from course_lib.checks.capstone.parts import PARTS, Part, Parts, norm_of
from course_lib.checks.capstone.training import train_with
from course_lib.checks.engine.catalogue import find_exercise
from course_lib.checks.engine.drive import load_weights
from course_lib.checks.engine.examine import NOT_ATTEMPTED, RIGHT, examine
from course_lib.checks.engine.outcome import CALL_SECONDS, Raised, Returned, Runner
from course_lib.config import GPTConfig
from course_lib.data import BatchLoader, TokenDataset
from course_lib.gpt import GPT
from course_lib.initialization import start_by_copying
from course_lib.training import History, TrainConfig
from course_lib.util.topics import find_topic

SEED = 0  # of the checks' inputs: the same answers give the same table
SMALL = GPTConfig(vocab_size=11, seq_len=8, n_layer=2, n_embd=12, n_head=3)  # on which parts are tried together
TOLERANCE = 1e-4  # of logits and gradients, float32, against the library's GPT with the same weights


class Origin(NamedTuple):
    """Whose part it is. reason: why it is the library's; empty for the learner's."""

    part: Part
    yours: bool
    reason: str = ""


@dataclass(frozen=True)
class Assembly:
    """The parts by name, whose each of them is, and what can be made of them. Jupyter shows it as a table."""

    parts: Parts
    origins: tuple[Origin, ...]

    @property
    def yours(self) -> list[str]:
        """Names of the parts that are the learner's."""
        return [origin.part.name for origin in self.origins if origin.yours]

    def model(self, config: GPTConfig, seed: int = 0, scale: float = 1.0, copying: bool = False) -> nn.Module:
        """The GPT made of the parts, its weights drawn by `initial_distribution`, with `scale` times its deviations.

        copying: its heads begin by adding to the stream what they look at, see `initialization.start_by_copying`.
        """
        pattern = GPT(config)  # its names are those that the rule knows, an answer's may differ
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for name, parameter in pattern.named_parameters():
                mean, std = self.parts["initial_distribution"](name, config.n_layer)
                parameter.fill_(mean) if std == 0 else parameter.normal_(mean, scale * std, generator=generator)
        if copying:
            start_by_copying(pattern, generator)
        return build(self.parts, pattern)

    def windows(self, stories: Sequence[Sequence[int]], end_of_text: int, seq_len: int) -> TokenDataset:
        """The stories' ids as one stream, in windows, by `concatenate_stories` and `make_windows`."""
        stream = self.parts["concatenate_stories"](stories, end_of_text)  # (N,)
        x, y = self.parts["make_windows"](stream, seq_len)  # both (n, T)
        return TokenDataset(torch.cat([x.flatten(), y[-1, -1:]]), seq_len)  # windows that do not overlap, as x is

    def train(
        self, model: nn.Module, data: TokenDataset, config: TrainConfig, muon_rate: float | None = None
    ) -> History:
        """Train the model by the parts of lesson 11. Returns losses, gradient norms and learning rates.

        muon_rate: at the top, where the parts of lesson 18 move the matrices inside the model.
        """
        return train_with(self.parts, model, data, config, muon_rate)

    def validate(self, model: nn.Module, data: TokenDataset, batch_size: int, batches: int) -> float:
        """Mean loss over the first `batches` batches, by `validation_loss`."""
        loader = BatchLoader(data, batch_size, shuffle=False)
        return float(self.parts["validation_loss"](model, list(islice(loader, batches))))

    def write(self, model: nn.Module, idx: Tensor, max_new_tokens: int) -> Tensor:
        """`idx` (1, T) and what the model goes on with, by `greedy_generate`."""
        with torch.no_grad():
            return self.parts["greedy_generate"](model.eval(), idx, max_new_tokens)

    def __repr__(self) -> str:
        lines = [f"{len(self.yours)} of {len(self.origins)} parts are yours"]
        for origin in self.origins:
            whose = "yours" if origin.yours else f"the library's: {origin.reason}"
            lines.append(f"{find_topic(origin.part.topic).number:02d}  {origin.part.name:30} {whose}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{find_topic(o.part.topic).number:02d}</td><td><code>{o.part.name}</code></td>"
            f"<td>{'<b>yours</b>' if o.yours else 'the library’s'}</td><td>{html.escape(o.reason)}</td></tr>"
            for o in self.origins
        )
        head = "<tr><th>lesson</th><th>part</th><th>whose</th><th>why</th></tr>"
        title = f"<b>{len(self.yours)} of {len(self.origins)} parts are yours</b>"
        return f"{title}<table>{head}{rows}</table>"


def assemble(
    *answers: Callable,
    folder: str | Path | None = None,
    seconds: float = CALL_SECONDS,
    wanted: Sequence[Part] = PARTS,
) -> Assembly:
    """Take each part from the learner if there is an answer to its exercise that is right, else from the library.

    answers: functions and classes of this kernel, taken by their names.   folder: where the exercise notebooks are that
    hold the others; None for the folder of this notebook. They are read as they were last saved.
    seconds: longest that one call of an answer, or the cells that define it, may take.
    wanted: which parts, those of the model among them.

    An answer is executed in a namespace of its own, in which the parts before it stand for the library's. It is taken
    if it passes its exercise's check and the model with it is the library's GPT, in logits and gradients.

    Raises FileNotFoundError if a folder is given and there is no exercise notebook in it.
    """
    here = exercise_folder(folder)
    given = {getattr(answer, "__name__", ""): answer for answer in answers}
    parts: dict[str, Callable] = {}
    origins = []
    for part in wanted:
        parts[part.name] = part.make(parts)
        if part.name == "layer_norm":
            parts["LayerNorm"] = norm_of(parts)  # no exercise of its own: the function with its parameters
        origin, answer = _choose(part, given.get(part.name), here, parts, seconds)
        if answer is not None:
            parts[part.name] = part.adapt(answer)
        origins.append(origin)
    return Assembly(parts, tuple(origins))


def build(parts: Parts, pattern: GPT) -> nn.Module:
    """The GPT of the parts, with the weights and the configuration of the library's.

    own_names: what it calls each of the library's parameters.
    """
    model = parts["TinyGPT"](pattern.config)
    model.own_names = load_weights(model, {name: value.detach() for name, value in pattern.named_parameters()})
    model.config = pattern.config
    return model


@torch.no_grad()
def twin_of(model: nn.Module) -> GPT:
    """The library's GPT with a copy of the weights that a model of `build` has now, in eval mode."""
    twin = GPT(model.config)  # type: ignore[arg-type]
    twin.own_names = {name: name for name, _ in twin.named_parameters()}  # type: ignore[assignment]
    own = dict(model.named_parameters())
    for name, parameter in twin.named_parameters():
        parameter.copy_(own[model.own_names[name]])  # type: ignore[index]
    return twin.eval()


def _choose(
    part: Part, given: Callable | None, folder: Path, parts: Parts, seconds: float
) -> tuple[Origin, Callable | None]:
    """The learner's answer if it can be taken: with the parts so far inside it, else as it stands in its notebook."""
    reason = "not attempted yet"
    try:
        for answer in [given] if given else _found(part, folder, parts, seconds):
            reason = _problem(part, answer, parts, seconds)
            if not reason:
                return Origin(part, yours=True), answer
    except NotUsable as error:
        reason = str(error)
    return Origin(part, yours=False, reason=reason), None


def _found(part: Part, folder: Path, parts: Parts, seconds: float) -> Iterator[Callable]:
    answer = find_in_notebook(folder, part.topic, part.name)
    if answer is not None and not answer.is_stub:
        yield define(answer, part.topic, parts, seconds)
        yield define(answer, part.topic, {}, seconds)


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
