"""Which part is the learner's and which the library's, decided one by one, and the model that they make together."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor, nn

from course_lib.checks.capstone.building import build
from course_lib.checks.capstone.deciding import Origin, choose
from course_lib.checks.capstone.finding import exercise_folder
from course_lib.checks.capstone.parts import PARTS, Part, Parts, norm_of
from course_lib.checks.capstone.training import train_with
from course_lib.checks.engine.outcome import CALL_SECONDS
from course_lib.config import GPTConfig
from course_lib.data import BatchLoader, TokenDataset
from course_lib.gpt import GPT
from course_lib.initialization import start_by_copying
from course_lib.training import History, TrainConfig
from course_lib.util.topics import find_topic


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
        origin, answer = choose(part, given.get(part.name), here, parts, seconds)
        if answer is not None:
            parts[part.name] = part.adapt(answer)
        origins.append(origin)
    return Assembly(parts, tuple(origins))
