"""The exercises of lesson 02: right answers, and the mistakes that are really made between stories and batches."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property, single_case
from course_lib.data import choose_seq_len, concatenate_stories, count_windows, make_windows, shift_by_one

END_OF_TEXT = 0  # the id in cases drawn at random


def _draw(low: int, high: int, generator: torch.Generator) -> int:
    """A whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (1,), generator=generator))


def _draw_ids(count: int, generator: torch.Generator) -> list[int]:
    """Ids of which none is END_OF_TEXT."""
    return torch.randint(1, 1_000, (count,), generator=generator).tolist()


# Exercise 1: concatenate with end-of-text


def concatenation_cases(generator: torch.Generator) -> list[Case]:
    """Two stories to look at, one story, an empty one, and many of random lengths."""
    drawn = [_draw_ids(_draw(1, 9, generator), generator) for _ in range(8)]
    return [
        Case(([[5, 6], [7]], 0), label="two stories"),
        Case(([[3, 1, 4]], 9), label="one story"),
        Case(([[5], [], [6, 7]], 0), label="an empty story between two others"),
        Case((drawn, END_OF_TEXT), label="8 stories"),
    ]


def concatenated_by(pieces_of: Callable[[Sequence[int], int], list[int]]) -> Callable[..., Tensor]:
    """The stream made of what `pieces_of(story, end_of_text)` gives for each story."""

    def concatenate(stories: Sequence[Sequence[int]], end_of_text: int) -> Tensor:
        return torch.tensor([token for story in stories for token in pieces_of(story, end_of_text)])

    return concatenate


def separated_between_only(stories: Sequence[Sequence[int]], end_of_text: int) -> Tensor:
    """As `"<|endoftext|>".join(stories)` does."""
    return concatenate_stories(stories, end_of_text)[1:]


def padded(stories: Sequence[Sequence[int]], end_of_text: int) -> Tensor:
    """All stories made as long as the longest."""
    pieces = [torch.tensor([end_of_text, *story]) for story in stories]
    return pad_sequence(pieces, batch_first=True, padding_value=end_of_text).flatten()


def joined_with_empty_tensors(stories: Sequence[Sequence[int]], end_of_text: int) -> Tensor:
    """`torch.tensor([])` is a tensor of floats, and one of them makes floats of all."""
    return torch.cat([piece for story in stories for piece in (torch.tensor([end_of_text]), torch.tensor(story))])


def cutting_gives_the_stories_back(call: Call, generator: torch.Generator) -> None:
    """Split at the separators, the stream falls into the stories."""
    stories = [_draw_ids(_draw(1, 6, generator), generator) for _ in range(5)]
    pieces: list[list[int]] = []
    for token in call(stories, END_OF_TEXT).tolist():
        if token == END_OF_TEXT:
            pieces.append([])
        elif not pieces:
            raise Failed(f"the stream begins with {token}, and no separator says that a story starts there")
        else:
            pieces[-1].append(token)
    if pieces != stories:
        raise Failed(f"cut at each separator, the stream should be {stories}; yours falls into {pieces}")


# Exercise 2: the shift by one


def shift_cases(generator: torch.Generator) -> list[Case]:
    """A stream to look at, the shortest, and a batch of windows."""
    drawn = torch.randint(1_000, (4, 9), generator=generator)
    return [
        Case((torch.tensor([10, 11, 12, 13]),), label="4 tokens"),
        Case((torch.tensor([3, 1]),), label="2 tokens, the fewest there can be"),
        Case((torch.tensor([[1, 2, 3], [7, 8, 9]]),), label="a batch of 2 windows of 3 tokens"),
        Case((drawn,), label="a batch of 4 windows of 9 tokens"),
    ]


def rolled(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Keeps all tokens of x, so that the last target is the first token."""
    return tokens, tokens.roll(-1, dims=-1)


# Exercise 3: windows


def window_cases(generator: torch.Generator) -> list[Case]:
    """Streams that end with a window, just before one, and somewhere in between."""
    seq_len = _draw(5, 9, generator)
    drawn = torch.randint(1_000, (seq_len * 12 + _draw(2, seq_len - 1, generator),), generator=generator)
    return [
        Case((torch.arange(10), 3), label="10 tokens, seq_len 3: it ends with a window"),
        Case((torch.arange(9), 3), label="9 tokens, seq_len 3: the last window lacks the token after it"),
        Case((torch.arange(5), 4), label="5 tokens, seq_len 4: just one window"),
        Case((drawn, seq_len), label=f"{len(drawn)} tokens, seq_len {seq_len}"),
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


def windows_are_the_stream(call: Call, generator: torch.Generator) -> None:
    """The targets, window after window, are the stream from its second token on."""
    seq_len = _draw(2, 5, generator)
    tokens = torch.randint(1_000, (seq_len * 4 + 1,), generator=generator)
    _, y = call(tokens, seq_len)
    if y.flatten().tolist() != tokens[1:].tolist():
        raise Failed(
            f"with seq_len {seq_len} and the stream {tokens.tolist()} each token but the first should be a target, in "
            f"order and once; your targets are {y.flatten().tolist()}"
        )


# Exercise 4: a seq_len from percentiles


def seq_len_cases(generator: torch.Generator) -> list[Case]:
    """Lengths on both sides of powers of two, then many drawn ones."""
    drawn = (60 + 40 * torch.randn(40, generator=generator).abs()).long().tolist()
    return [
        Case(([60, 100, 120, 128, 130], 0.8), label="4 of 5 stories have at most 128 tokens"),
        Case(([60, 100, 120, 128, 130], 1.0), label="all 5 stories"),
        Case(([4, 5], 0.5), label="half of 2 stories"),
        Case(([10, 10, 10, 1_000], 0.75), label="3 short stories and a very long one"),
        Case((drawn, 0.9), label="36 of 40 stories"),
    ]


def next_power_of_two(length: float) -> int:
    """The smallest power of two that is not below `length`."""
    return 1 << max(0, int(np.ceil(length)) - 1).bit_length()


def strictly_shorter(lengths: Sequence[int], share: float) -> int:
    """A story of exactly seq_len tokens does not count."""
    return choose_seq_len([length + 1 for length in lengths], share)


def rounded_down(lengths: Sequence[int], share: float) -> int:
    """The power of two below the percentile."""
    length = int(np.quantile(lengths, share, method="inverted_cdf"))
    return 1 << (length.bit_length() - 1)


def share_of_the_tokens(lengths: Sequence[int], share: float) -> int:
    """A long story counts for more."""
    seq_len = 1
    while sum(length for length in lengths if length <= seq_len) < share * sum(lengths):
        seq_len *= 2
    return seq_len


# Exercise 5 (debug): the list that should have been a stream


class StoryWindows(Dataset):
    """Windows of the stream that a list of stories makes."""

    def __init__(self, stories: list[Tensor], seq_len: int) -> None:
        self.tokens = torch.cat(stories)
        self.seq_len = seq_len

    def __len__(self) -> int:
        return count_windows(len(self.tokens), self.seq_len)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        start = index * self.seq_len
        return shift_by_one(self.tokens[start : start + self.seq_len + 1])


class ListOfStories(StoryWindows):
    """`shape[0]` replaced by `len`: windows of stories instead of tokens."""

    def __init__(self, stories: list[Tensor], seq_len: int) -> None:
        self.tokens = stories  # type: ignore[assignment]
        self.seq_len = seq_len

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        start = index * self.seq_len
        return self.tokens[start : start + self.seq_len], self.tokens[start + 1 : start + self.seq_len + 1]


class LeftAsItIs(ListOfStories):
    """The broken class."""

    def __len__(self) -> int:
        return (self.tokens.shape[0] - 1) // self.seq_len


class FirstStory(StoryWindows):
    """`stories[0]` has a shape, so the error is gone."""

    def __init__(self, stories: list[Tensor], seq_len: int) -> None:
        super().__init__(stories[:1], seq_len)


class Stacked(StoryWindows):
    """`torch.stack` wants tensors of one length."""

    def __init__(self, stories: list[Tensor], seq_len: int) -> None:
        super().__init__(stories, seq_len)
        self.tokens = torch.stack(stories)


class WithinStories(StoryWindows):
    """Each story cut by itself, its rest thrown away."""

    def __init__(self, stories: list[Tensor], seq_len: int) -> None:
        super().__init__(stories, seq_len)
        self.pairs = [
            pair
            for story in stories
            if len(story) > seq_len
            for pair in zip(*make_windows(story, seq_len), strict=True)
        ]

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.pairs[index]


class TokenAfterForgotten(StoryWindows):
    """Counts a window whose last target does not exist."""

    def __len__(self) -> int:
        return len(self.tokens) // self.seq_len

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        start = index * self.seq_len
        return self.tokens[start : start + self.seq_len], self.tokens[start + 1 : start + self.seq_len + 1]


def story_cases(generator: torch.Generator) -> list[Case]:
    """Stories shorter and longer than a window; a stream that ends just before a window does."""
    drawn = [torch.randint(1_000, (_draw(3, 12, generator),), generator=generator) for _ in range(8)]
    return [
        Case(([torch.tensor([0, 5, 6]), torch.tensor([0, 7, 8, 9])], 2), label="stories of 3 and 4 tokens, seq_len 2"),
        Case(([torch.arange(6), torch.arange(6)], 4), label="two stories of 6 tokens, seq_len 4"),
        Case((drawn, 5), label="8 stories, seq_len 5"),
    ]


# Exercise 6: predict the number of batches

TOKENS, SEQ_LEN, BATCH_SIZE = 1_000_000, 128, 32


def predict_batches() -> int:
    """999,999 // 128 = 7,812 windows; 7,812 / 32 = 244.125, and the last batch is smaller."""
    return -(-count_windows(TOKENS, SEQ_LEN) // BATCH_SIZE)


EXERCISES = (
    Exercise(
        name="concatenate_stories",
        reference=concatenate_stories,
        cases=concatenation_cases,
        properties=(Property("cut at the separators, it gives the stories back", cutting_gives_the_stories_back),),
        misconceptions=(
            Misconception(
                "no separator",
                concatenated_by(lambda story, end_of_text: list(story)),
                "Your stories run into each other. Nothing tells the model that a new one begins, so it learns that "
                "the second story continues the first. Put `end_of_text` before each story.",
            ),
            Misconception(
                "separator after each story",
                concatenated_by(lambda story, end_of_text: [*story, end_of_text]),
                "You put the separator after each story. In this course it goes before each one, as the tokenizer's "
                "template does it, so that a story can be asked for by giving the separator alone.",
            ),
            Misconception(
                "separator only between stories",
                separated_between_only,
                "You put separators between stories, like `join`, so the first story has none. The rule is one "
                "before each story, the first included.",
            ),
            Misconception(
                "separator on both sides",
                concatenated_by(lambda story, end_of_text: [end_of_text, *story, end_of_text]),
                "You put a separator before and after each story, so two stand between neighbours, and the model "
                "learns that an empty story follows each story. One separator a story is enough.",
            ),
            Misconception(
                "stories padded to one length",
                padded,
                "You made all stories as long as the longest. A stream needs no padding: windows are cut from it "
                "wherever they fall, and padding would only waste computation.",
            ),
            Misconception(
                "an empty story makes floats of all ids",
                joined_with_empty_tensors,
                "`torch.tensor([])` is a tensor of floating point numbers, and concatenated with whole numbers it "
                "turns all of them into floats. Collect the ids in one list first, or give dtype=torch.int64.",
            ),
        ),
        hints=(
            "Begin with an empty Python list and go through the stories one by one.",
            "For each story, first append `end_of_text`, then extend the list by the story's ids.",
            "`for story in stories: stream.append(end_of_text); stream.extend(story)`, and at the end one "
            "`torch.tensor(stream)`.",
        ),
        review="lesson 02, section 7, 'One stream of tokens'",
    ),
    Exercise(
        name="shift_by_one",
        reference=shift_by_one,
        cases=shift_cases,
        misconceptions=(
            Misconception(
                "not shifted",
                lambda tokens: (tokens[..., :-1], tokens[..., :-1]),
                "Your y is x. A model that may look at x[t] would only have to copy it, and its loss would fall to "
                "zero without it learning anything. y[t] must be the token after x[t].",
            ),
            Misconception(
                "shifted the wrong way",
                lambda tokens: (tokens[..., 1:], tokens[..., :-1]),
                "Your y[t] is the token before x[t], so the model would learn to write backwards. Exchange the two.",
            ),
            Misconception(
                "rolled around",
                rolled,
                "`roll` keeps all tokens, so after the last one comes the first one again. Nothing follows the last "
                "token: it can only be a target, and x and y have one token fewer than the stream.",
            ),
            Misconception(
                "sliced along the first dimension",
                lambda tokens: (tokens[:-1], tokens[1:]),
                "You slice the first dimension. In a batch this is the windows: y became the next window instead of "
                "the next token. Slice the last dimension, `tokens[..., :-1]`.",
            ),
            Misconception(
                "x longer than y",
                lambda tokens: (tokens, tokens[..., 1:]),
                "Your x still holds the last token, for which there is no target. x and y must have the same length.",
            ),
        ),
        hints=(
            "Write four tokens on paper and below each the token that follows it. Which token has nothing below it?",
            "x is all tokens but the last, y all tokens but the first. `...` in an index stands for all dimensions "
            "before.",
            "`tokens[..., :-1]` and `tokens[..., 1:]`.",
        ),
        review="lesson 02, section 9, 'Windows'",
    ),
    Exercise(
        name="make_windows",
        reference=make_windows,
        forbidden=("course_lib.data.TokenDataset",),
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
        ),
        hints=(
            "How many tokens do two windows of 3 touch, targets included? And n windows of seq_len?",
            "n = (len(tokens) - 1) // seq_len. x is the first n · seq_len tokens, reshaped; y as many, from token 1 "
            "on.",
            "`x = tokens[: n * seq_len].view(n, seq_len)` and `y = tokens[1 : n * seq_len + 1].view(n, seq_len)`.",
        ),
        review="lesson 02, section 9, 'Windows'",
    ),
    Exercise(
        name="choose_seq_len",
        reference=choose_seq_len,
        cases=seq_len_cases,
        misconceptions=(
            Misconception(
                "only shorter stories counted",
                strictly_shorter,
                "You count stories with fewer than T tokens. One with exactly T tokens fits, too: compare with <=.",
            ),
            Misconception(
                "share taken for a percentage",
                lambda lengths, share: next_power_of_two(float(np.percentile(lengths, share))),
                "`np.percentile` wants 90 for nine in ten, and you gave it 0.9, which is less than one in a hundred. "
                "Use `np.quantile`, or multiply by 100.",
            ),
            Misconception(
                "interpolated percentile",
                lambda lengths, share: next_power_of_two(float(np.quantile(lengths, share))),
                "By default numpy interpolates between two stories, and can ask for more than is needed: of the "
                "lengths 4 and 5, half are at most 4, but the quantile is 4.5. Count instead, or say "
                "method='inverted_cdf'.",
            ),
            Misconception(
                "the mean",
                lambda lengths, share: next_power_of_two(float(np.mean(lengths))),
                "You went by the mean, which takes no notice of `share` and follows a few very long stories. Sort the "
                "stories by length and see where the wanted share is reached.",
            ),
            Misconception(
                "rounded down",
                rounded_down,
                "You took the power of two below the length that is needed, so fewer stories fit than were asked for. "
                "Round up.",
            ),
            Misconception(
                "the length itself",
                lambda lengths, share: int(np.quantile(lengths, share, method="inverted_cdf")),
                "This is the length that the share needs. Asked for is the smallest power of two that holds it.",
            ),
            Misconception(
                "share of the tokens",
                share_of_the_tokens,
                "You count tokens, so one long story outweighs many short ones. Asked for is a share of the stories.",
            ),
        ),
        hints=(
            "Which share of the stories fits into 1 token? Into 2? Into 4? Go on until it is enough.",
            "`np.mean(np.array(lengths) <= seq_len)` is the share that fits: the mean of True and False.",
            "Begin with seq_len = 1, and while the share that fits is below `share`, double it.",
        ),
        review="lesson 02, section 5, 'What fits into seq_len?'",
    ),
    Exercise(
        name="StoryWindows",
        reference=StoryWindows,
        forbidden=("course_lib.data.TokenDataset",),
        cases=story_cases,
        drive=drive.read_dataset,
        misconceptions=(
            Misconception(
                "the list left as it is",
                LeftAsItIs,
                "tokens is still the list of stories, and a list has no shape. The class wants one stream of tokens: "
                "make it of the list in __init__.",
            ),
            Misconception(
                "len instead of shape",
                ListOfStories,
                "The error is gone, but tokens is still a list of stories: its length is the number of stories, and a "
                "slice of it is a few whole stories. Make one stream of the list in __init__: torch.cat(stories).",
            ),
            Misconception(
                "only the first story",
                FirstStory,
                "You kept stories[0] and lost all the others. Join them: torch.cat(stories).",
            ),
            Misconception(
                "stacked",
                Stacked,
                "`torch.stack` puts tensors of equal shape beside each other along a new dimension, and stories have "
                "different lengths. `torch.cat` puts them one after the other.",
            ),
            Misconception(
                "windows within each story",
                WithinStories,
                "You cut each story by itself and throw away its rest, so stories shorter than a window are never "
                "seen. Join the stories first; a window may begin in one and end in the next.",
            ),
            Misconception(
                "the token after the last window forgotten",
                TokenAfterForgotten,
                "You count len(tokens) // seq_len windows. If they fit exactly, the last one lacks its last target. "
                "n windows need n · seq_len + 1 tokens.",
            ),
        ),
        hints=(
            "The message is about `shape`, but what is the mistake: the line that fails, or what it was given?",
            "The class wants one stream of tokens. Make it in __init__, so that the other two methods can stay.",
            "`self.tokens = torch.cat(stories)`, and nothing else has to change.",
        ),
        review="lesson 02, section 10, 'The mistake everybody makes once'",
    ),
    Exercise(
        name="predict_batches",
        reference=predict_batches,
        cases=single_case,
        misconceptions=(
            Misconception(
                "the last batch dropped",
                lambda: count_windows(TOKENS, SEQ_LEN) // BATCH_SIZE,
                "244 full batches leave 4 windows over. They make a 245th, smaller batch, unless drop_last=True.",
            ),
            Misconception(
                "pieces of 129",
                lambda: -(-(TOKENS // (SEQ_LEN + 1)) // BATCH_SIZE),
                "You let windows start every 129 tokens. A window touches 129, but the next one starts after 128.",
            ),
            Misconception(
                "windows counted, not batches",
                lambda: count_windows(TOKENS, SEQ_LEN),
                "7,812 is the number of windows. A batch holds 32 of them.",
            ),
            Misconception(
                "a window at every token",
                lambda: -(-count_windows(TOKENS, SEQ_LEN, stride=1) // BATCH_SIZE),
                "You let a window start at every token. By default windows do not overlap: they start every 128 "
                "tokens.",
            ),
        ),
        hints=(
            "First count the windows, then the batches.",
            "A window starts every 128 tokens, and the last one needs a token after it: (1,000,000 - 1) // 128 "
            "windows.",
            "7,812 windows in batches of 32; what is left over makes one more batch.",
        ),
        review="lesson 02, sections 9 and 11",
    ),
)
