"""What can be said about a run, each thing once: as a field, and with it as an option of `course train`."""

from dataclasses import dataclass

from course_tools.options import above_zero, option, positive


@dataclass(frozen=True)
class TrainOptions:
    """What can be said about a run; None leaves it to the preset."""

    stories: str | None = option("sample (default), tinystories, or a file or folder", metavar="SOURCE")
    n: int | None = option("take only the first N stories", type=positive, metavar="N")
    preset: str | None = option("of course_lib.config.PRESETS (default: howsam-2min)", metavar="NAME")
    vocab_size: int | None = option("tokens (default: the preset's)", type=positive, metavar="V")
    seq_len: int | None = option("tokens a window (default: the preset's)", type=positive, metavar="T")
    steps: int | None = option("optimizer steps (default: the preset's)", group="length", type=positive, metavar="N")
    minutes: float | None = option(
        "as many steps as these minutes hold here", group="length", type=above_zero, metavar="M"
    )
    batch_size: int | None = option("windows at a time", type=positive, metavar="B")
    accumulate: int | None = option("batches an optimizer step", type=positive, metavar="K")
    learning_rate: float | None = option("at the top of its schedule", type=above_zero, metavar="LR")
    seed: int | None = option("of weights, order and dropout (default: 0)", type=int, metavar="N")
    precision: str | None = option(
        "float32, float32-fast, bfloat16, bfloat16-fast, or auto: the fastest", metavar="NAME"
    )
    compile: bool = option("through torch.compile, where there is a compiler", default=False, action="store_true")
