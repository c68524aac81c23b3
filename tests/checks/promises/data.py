"""What the statements of lesson 02's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "concatenate_stories": [
        Promise(
            "as a tensor of int64",
            "lambda stories, end_of_text: right(stories, end_of_text).int()",
            "asked for is a tensor of int64",
        ),
        Promise(
            "as a tensor of int64",
            "lambda stories, end_of_text: right(stories, end_of_text).tolist()",
            "a list, no tensor",
        ),
        Promise(
            "the first included",
            "lambda stories, end_of_text: right(stories, end_of_text)[1:]",
            "separator only between stories",
        ),
        Promise(
            "A story may be empty",
            "lambda stories, end_of_text: right([s for s in stories if s], end_of_text)",
            "an empty story left out",
        ),
    ],
    "shift_by_one": [
        Promise(
            "always shift along the **last** dimension",
            "lambda tokens: (tokens[:-1], tokens[1:])",
            "sliced along the first dimension",
        ),
        Promise(
            "both have one position fewer",
            "lambda tokens: (tokens, tokens.roll(-1, -1))",
            "rolled around",
        ),
        Promise(
            "what the model reads, `x`, and what it should say, `y`",
            "lambda tokens: right(tokens)[::-1]",
            "shifted the wrong way",
        ),
    ],
    "make_windows": [
        Promise(
            "both of shape `(n, seq_len)`",
            "lambda tokens, seq_len: tuple(part.flatten() for part in right(tokens, seq_len))",
            "one long row",
        ),
        Promise(
            "drop what does not fill a window",
            "def make_windows(tokens, seq_len):\n"
            "    n = -(-(len(tokens) - 1) // seq_len)\n"
            "    padded = torch.nn.functional.pad(tokens, (0, n * seq_len + 1 - len(tokens)))\n"
            "    return padded[:-1].view(n, seq_len), padded[1:].view(n, seq_len)",
            "expected shape",
        ),
        Promise(
            "that do not overlap",
            "lambda tokens, seq_len: (tokens[:-1].unfold(0, seq_len, 1), tokens[1:].unfold(0, seq_len, 1))",
            "a window at every token",
        ),
        Promise(
            "No target may be lost at a border",
            "def make_windows(tokens, seq_len):\n"
            "    n = len(tokens) // (seq_len + 1)\n"
            "    rows = tokens[: n * (seq_len + 1)].view(n, seq_len + 1)\n"
            "    return rows[:, :-1], rows[:, 1:]",
            "pieces of T + 1",
        ),
    ],
    "choose_seq_len": [
        Promise(
            "A story of exactly that length fits",
            "lambda lengths, share: right([n + 1 for n in lengths], share)",
            "only shorter stories counted",
        ),
        Promise(
            "**the smallest power of two",
            "lambda lengths, share: 2 * right(lengths, share)",
            "one doubling too many",
        ),
        Promise(
            "at least this share of the stories",
            "lambda lengths, share: next(2**i for i in range(40) if sum(n <= 2**i for n in lengths) / "
            "len(lengths) > share or all(n <= 2**i for n in lengths))",
            "half of 2 stories",
        ),
        Promise(
            "smallest power of two",
            "lambda lengths, share: sorted(lengths)[math.ceil(share * len(lengths)) - 1]",
            "the length itself",
        ),
    ],
    "StoryWindows": [
        Promise(
            "its windows do not overlap",
            "class StoryWindows(Dataset):\n"
            "    def __init__(self, stories, seq_len):\n"
            "        self.tokens, self.seq_len = torch.cat(stories), seq_len\n"
            "    def __len__(self): return len(self.tokens) - self.seq_len\n"
            "    def __getitem__(self, i): return self.tokens[i:i + self.seq_len], self.tokens[i + 1:i + "
            "1 + self.seq_len]",
            "a window at every token",
        ),
        Promise(
            "the stories one after the other are one stream",
            "class StoryWindows(Dataset):\n"
            "    def __init__(self, stories, seq_len):\n"
            "        self.tokens, self.seq_len = torch.cat(stories[::-1]), seq_len\n"
            "    def __len__(self): return (len(self.tokens) - 1) // self.seq_len\n"
            "    def __getitem__(self, i):\n"
            "        i *= self.seq_len\n"
            "        return self.tokens[i:i + self.seq_len], self.tokens[i + 1:i + 1 + self.seq_len]",
            "values differs in windows",
        ),
    ],
    "predict_batches": [
        Promise(
            "Nothing is left out unless you ask for it",
            "lambda: right() - 1",
            "the last batch dropped",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {}
