"""What lies beside the weights that come with the course: how they were trained, and stories that they wrote.

howsam/config.json, model.safetensors, tokenizer.json   a GPT-2 checkpoint without biases, in bfloat16
       log.json                                         how it was trained, see `TrainingLog`
       stories.txt                                      written by it, a line of dashes between two
"""

from typing import NamedTuple

from course_lib.corpus import Estimate
from course_lib.pretrained.sources import shipped_folder
from course_lib.util.files import read_json

LOG, STORIES = "log.json", "stories.txt"
BETWEEN = "\n----\n"  # two stories


class TrainingLog(NamedTuple):
    """A training from its first step to its last; losses are in nats per token.

    command: what trained it.   device: on which machine.   seconds, tokens: of training.
    every: steps of which `losses`, `gradient_norms` and `learning_rates` hold one mean each.
    validation: pairs of (steps done, loss).   floor: nats per token that no model can stay below.
    shipped_validation: the validation loss of the weights as they are shipped, in bfloat16.
    story: what a story costs these, in nats, each token told from as many before it as the model reads.
    story_floor: what a story costs its own generator.
    """

    command: str
    device: str
    seconds: float
    tokens: int
    every: int
    losses: list[float]
    gradient_norms: list[float]
    learning_rates: list[float]
    validation: list[tuple[int, float]]
    floor: float
    shipped_validation: float
    story: Estimate
    story_floor: Estimate

    @property
    def steps(self) -> list[int]:
        """The last step of each mean."""
        return [self.every * (number + 1) for number in range(len(self.losses))]


def read_log(name: str = "howsam") -> TrainingLog:
    """How a shipped model was trained. Raises ValueError if there is no such model."""
    kept = read_json(shipped_folder(name) / LOG)
    pairs = [(step, loss) for step, loss in kept["validation"]]  # json knows no pairs
    estimates = {key: Estimate(**kept[key]) for key in ("story", "story_floor")}
    return TrainingLog(**{**kept, "validation": pairs, **estimates})


def read_written(name: str = "howsam") -> list[str]:
    """Stories that a shipped model wrote. Raises ValueError if there is no such model."""
    return (shipped_folder(name) / STORIES).read_text(encoding="utf-8").strip().split(BETWEEN)
