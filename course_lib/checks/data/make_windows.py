"""Lesson 02, exercise 3: windows."""

import torch
from torch import Tensor

from course_lib.checks.data.inputs import draw
from course_lib.checks.data.slots.make_windows import VARIANTS
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.data import make_windows, shift_by_one


def window_cases(generator: torch.Generator) -> list[Case]:
    """Streams that end with a window, just before one, and somewhere in between."""

    def drawn() -> Case:
        seq_len = draw(5, 12, generator)
        length = seq_len * draw(8, 20, generator) + draw(2, seq_len - 1, generator)
        return Case(
            (torch.randint(1_000, (length,), generator=generator), seq_len), label=f"{length} tokens, seq_len {seq_len}"
        )

    return [
        Case((torch.arange(10), 3), label="10 tokens, seq_len 3: it ends with a window"),
        Case((torch.arange(9), 3), label="9 tokens, seq_len 3: the last window lacks the token after it"),
        Case((torch.arange(5), 4), label="5 tokens, seq_len 4: just one window"),
        *(drawn() for _ in range(draw(1, 3, generator))),
    ]


def pieces_of_one_more(tokens: Tensor, seq_len: int) -> tuple[Tensor, Tensor]:
    """Cuts the stream into pieces of seq_len + 1 and shifts within each."""
    n = len(tokens) // (seq_len + 1)
    pieces = tokens[: n * (seq_len + 1)].view(n, seq_len + 1)
    return pieces[:, :-1], pieces[:, 1:]


def windows_at_every_token(tokens: Tensor, seq_len: int) -> tuple[Tensor, Tensor]:
    """Each window starts one token after the one before."""
    return shift_by_one(tokens.unfold(0, seq_len + 1, 1))


def token_after_forgotten(tokens: Tensor, seq_len: int) -> tuple[Tensor, Tensor]:
    """Counts len(tokens) // seq_len windows, and has no target for the last one if they fit exactly."""
    n = len(tokens) // seq_len
    return tokens[: n * seq_len].view(n, seq_len), tokens[1 : n * seq_len + 1].view(n, seq_len)


def one_window_too_few(tokens: Tensor, seq_len: int) -> tuple[Tensor, Tensor]:
    """Leaves out the last window, to be on the safe side."""
    x, y = make_windows(tokens, seq_len)
    return x[:-1], y[:-1]


def rolled_within_windows(tokens: Tensor, seq_len: int) -> tuple[Tensor, Tensor]:
    """The last target of each window is its own first token."""
    x, _ = make_windows(tokens, seq_len)
    return x, x.roll(-1, dims=1)


def windows_not_shifted(tokens: Tensor, seq_len: int) -> tuple[Tensor, Tensor]:
    """y is x."""
    x, _ = make_windows(tokens, seq_len)
    return x, x


def windows_by_division(tokens: Tensor, seq_len: int) -> tuple[Tensor, Tensor]:
    """len(tokens) // seq_len - 1 windows, the 1 at the wrong place."""
    n = len(tokens) // seq_len - 1
    return tokens[: n * seq_len].view(n, seq_len), tokens[1 : n * seq_len + 1].view(n, seq_len)


def rows_for_columns(tokens: Tensor, seq_len: int) -> tuple[Tensor, Tensor]:
    """view(seq_len, n)."""
    x, y = make_windows(tokens, seq_len)
    return x.reshape(seq_len, -1), y.reshape(seq_len, -1)


def columns_of_the_stream(tokens: Tensor, seq_len: int) -> tuple[Tensor, Tensor]:
    """view(seq_len, n), turned: the right shape, and each window takes every n-th token."""
    x, y = rows_for_columns(tokens, seq_len)
    return x.T, y.T


def next_window_for_target(tokens: Tensor, seq_len: int) -> tuple[Tensor, Tensor]:
    """y is the window that follows."""
    n = len(tokens) // seq_len
    windows = tokens[: n * seq_len].view(n, seq_len)
    return windows[:-1], windows[1:]


def ends_one_token_early(tokens: Tensor, seq_len: int) -> tuple[Tensor, Tensor]:
    """`range(0, len(tokens) - seq_len - 1, seq_len)`."""
    n = (len(tokens) - 2) // seq_len
    return tokens[: n * seq_len].view(n, seq_len), tokens[1 : n * seq_len + 1].view(n, seq_len)


def windows_are_the_stream(call: Call, generator: torch.Generator) -> None:
    """The targets, window after window, are the stream from its second token on."""
    seq_len = draw(2, 5, generator)
    tokens = torch.randint(1_000, (seq_len * 4 + 1,), generator=generator)
    _, y = call(tokens, seq_len)
    if y.flatten().tolist() != tokens[1:].tolist():
        raise Failed(
            f"with seq_len {seq_len} and the stream {tokens.tolist()} each token but the first should be a target, in "
            f"order and once; your targets are {y.flatten().tolist()}"
        )


EXERCISE = Exercise(
    name="make_windows",
    reference=make_windows,
    forbidden=("course_lib.data.TokenDataset",),
    variants=VARIANTS,
    cases=window_cases,
    properties=(Property("each token but the first is a target, in order and once", windows_are_the_stream),),
    misconceptions=(
        Misconception(
            "pieces of T + 1",
            pieces_of_one_more,
            "You cut the stream into pieces of seq_len + 1 tokens, so the first token of each piece is never "
            "predicted. Windows start every seq_len tokens; the token after a window is the first of the next.",
        ),
        Misconception(
            "a window at every token",
            windows_at_every_token,
            "Your windows start one token apart, so each token is predicted seq_len times and an epoch takes "
            "seq_len times as long. Here windows must not overlap: start every seq_len tokens.",
        ),
        Misconception(
            "the token after the last window forgotten",
            token_after_forgotten,
            "You count len(tokens) // seq_len windows. If they fit exactly, the last one has no token after it to "
            "predict. n windows need n · seq_len + 1 tokens.",
        ),
        Misconception(
            "one window too few",
            one_window_too_few,
            "You leave out the last window, although all its targets are there. n windows need n · seq_len + 1 "
            "tokens, so n is (len(tokens) - 1) // seq_len.",
        ),
        Misconception(
            "targets rolled within the window",
            rolled_within_windows,
            "The last target of each of your windows is its own first token. The right one is the token that "
            "follows the window in the stream: take y from the stream, not from x.",
        ),
        Misconception(
            "y not shifted",
            windows_not_shifted,
            "Your y is x. Take y from the stream, one token later than x.",
        ),
        Misconception(
            "the 1 taken from the wrong number",
            windows_by_division,
            "You count len(tokens) // seq_len - 1 windows. It is a token that is needed besides, not a window: "
            "(len(tokens) - 1) // seq_len.",
        ),
        Misconception(
            "rows and columns exchanged",
            rows_for_columns,
            "You return (seq_len, n). A row is a window: the shape is (n, seq_len).",
        ),
        Misconception(
            "every n-th token",
            columns_of_the_stream,
            "Your windows take every n-th token of the stream. Neighbours in the stream are neighbours in a window: "
            "reshape to (n, seq_len) at once, without a transpose.",
        ),
        Misconception(
            "the next window for the target",
            next_window_for_target,
            "Your y is the window after x, so each target is seq_len tokens away. y is x moved by one token.",
        ),
        Misconception(
            "the rest not dropped",
            lambda tokens, seq_len: (tokens[:-1].view(-1, seq_len), tokens[1:].view(-1, seq_len)),
            "What does not fill a window at the end must be dropped, or the tokens do not fit into rows: keep "
            "n · seq_len of them.",
        ),
        Misconception(
            "one long row",
            lambda tokens, seq_len: tuple(part.flatten() for part in make_windows(tokens, seq_len)),
            "These are the right tokens in one row. Cut them into windows: reshape to (n, seq_len).",
        ),
        Misconception(
            "a window that just fits is lost",
            ends_one_token_early,
            "Your loop ends one token too early: a window from i needs the tokens up to i + seq_len, so the last i is "
            "len(tokens) - seq_len - 1, and range leaves its end out.",
        ),
    ),
    hints=(
        "How many tokens do two windows of 3 touch, targets included? And n windows of seq_len?",
        "n = (len(tokens) - 1) // seq_len. x is the first n · seq_len tokens, reshaped; y as many, from token 1 on.",
        "`x = tokens[: n * seq_len].view(n, seq_len)` and `y = tokens[1 : n * seq_len + 1].view(n, seq_len)`.",
    ),
    review="lesson 02, section 9, 'Windows'",
)
