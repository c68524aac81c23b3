"""The exercises of lesson 02: answers as students type them."""

PRELUDE = """
import math
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset
"""


def windows_class(*, init: str, length: str, item: str) -> str:
    return f"""
class StoryWindows(Dataset):
    def __init__(self, stories, seq_len):
        self.seq_len = seq_len
        {init}
    def __len__(self):
        return {length}
    def __getitem__(self, index):
        start = index * self.seq_len
        return {item}
"""


SLICES = "self.tokens[start:start + self.seq_len], self.tokens[start + 1:start + 1 + self.seq_len]"


RIGHT_ANSWERS = {
    "concatenate_stories": [
        """
def concatenate_stories(stories, end_of_text):
    return torch.tensor([token for story in stories for token in [end_of_text] + list(story)])
""",
        """
def concatenate_stories(stories, end_of_text):
    return torch.cat([torch.tensor([end_of_text, *story], dtype=torch.long) for story in stories])
""",
        """
def concatenate_stories(stories, end_of_text):
    stream = torch.full((len(stories) + sum(map(len, stories)),), end_of_text)
    at = 0
    for story in stories:
        at += 1
        for token in story:
            stream[at] = token
            at += 1
    return stream
""",
        """
def concatenate_stories(stories, end_of_text):
    parts = []
    for story in stories:
        parts += [np.array([end_of_text]), np.array(story, dtype=np.int64)]
    return torch.from_numpy(np.concatenate(parts))
""",
    ],
    "shift_by_one": [
        "def shift_by_one(tokens): return tokens[..., :-1], tokens[..., 1:]",
        """
def shift_by_one(tokens):
    T = tokens.shape[-1] - 1
    return tokens.narrow(-1, 0, T), tokens.narrow(-1, 1, T)
""",
        """
def shift_by_one(tokens):
    x = torch.stack([tokens[..., t] for t in range(tokens.shape[-1] - 1)], dim=-1)
    y = torch.stack([tokens[..., t + 1] for t in range(tokens.shape[-1] - 1)], dim=-1)
    return [x, y]
""",
    ],
    "make_windows": [
        """
def make_windows(tokens, seq_len):
    n = (tokens.numel() - 1) // seq_len
    return tokens[:n * seq_len].reshape(-1, seq_len), tokens[1:n * seq_len + 1].reshape(-1, seq_len)
""",
        """
def make_windows(tokens, seq_len):
    pieces = tokens.unfold(0, seq_len + 1, seq_len)
    return pieces[:, :-1], pieces[:, 1:]
""",
        """
def make_windows(tokens, seq_len):
    xs, ys = [], []
    start = 0
    while start + seq_len < len(tokens):
        xs.append(tokens[start:start + seq_len])
        ys.append(tokens[start + 1:start + seq_len + 1])
        start += seq_len
    return torch.stack(xs), torch.stack(ys)
""",
        """
def make_windows(tokens, seq_len):
    starts = torch.arange(0, len(tokens) - seq_len, seq_len)
    positions = starts[:, None] + torch.arange(seq_len)
    return tokens[positions], tokens[positions + 1]
""",
    ],
    "choose_seq_len": [
        """
def choose_seq_len(lengths, share):
    T = 1
    while sum(length <= T for length in lengths) / len(lengths) < share:
        T *= 2
    return T
""",
        """
def choose_seq_len(lengths, share):
    needed = np.quantile(lengths, share, method="inverted_cdf")
    return 2 ** math.ceil(math.log2(needed))
""",
        """
def choose_seq_len(lengths, share):
    needed = sorted(lengths)[math.ceil(share * len(lengths)) - 1]
    return next(2 ** k for k in range(40) if 2 ** k >= needed)
""",
    ],
    "StoryWindows": [
        windows_class(
            init="self.tokens = torch.cat(stories)", length="(len(self.tokens) - 1) // self.seq_len", item=SLICES
        ),
        windows_class(
            init="self.x, self.y = (p := torch.cat(stories).unfold(0, seq_len + 1, seq_len))[:, :-1], p[:, 1:]",
            length="len(self.x)",
            item="self.x[index], self.y[index]",
        ),
        windows_class(
            init="self.tokens = torch.tensor([t for story in stories for t in story.tolist()])",
            length="max(0, (self.tokens.shape[0] - 1) // self.seq_len)",
            item="[self.tokens[start:start + self.seq_len], self.tokens[start + 1:start + 1 + self.seq_len]]",
        ),
    ],
    "predict_batches": [
        "def predict_batches(): return 245",
        "def predict_batches(): return math.ceil(((1_000_000 - 1) // 128) / 32)",
        "def predict_batches(): return torch.tensor(7812 // 32 + 1)",
    ],
}


WRONG_ANSWERS = [
    (
        "concatenate_stories",
        "no separator",
        "def concatenate_stories(stories, end_of_text): return torch.tensor(sum(stories, []))",
    ),
    (
        "concatenate_stories",
        "separator after each story",
        """
def concatenate_stories(stories, end_of_text):
    out = []
    for s in stories:
        out += s
        out.append(end_of_text)
    return torch.tensor(out)
""",
    ),
    (
        "concatenate_stories",
        "separator only between stories",
        """
def concatenate_stories(stories, end_of_text):
    out = list(stories[0])
    for s in stories[1:]:
        out = out + [end_of_text] + s
    return torch.tensor(out)
""",
    ),
    (
        "concatenate_stories",
        "an empty story makes floats of all ids",
        """
def concatenate_stories(stories, end_of_text):
    pieces = []
    for s in stories:
        pieces.append(torch.tensor([end_of_text]))
        pieces.append(torch.tensor(s))
    return torch.cat(pieces)
""",
    ),
    ("shift_by_one", "not shifted", "def shift_by_one(tokens): return (tokens[..., :-1],) * 2"),
    (
        "shift_by_one",
        "shifted the wrong way",
        """
def shift_by_one(tokens):
    y = tokens[..., :-1]
    x = tokens[..., 1:]
    return x, y
""",
    ),
    (
        "shift_by_one",
        "rolled around",
        """
def shift_by_one(tokens):
    return tokens, torch.cat([tokens[..., 1:], tokens[..., :1]], dim=-1)
""",
    ),
    ("shift_by_one", "sliced along the first dimension", "def shift_by_one(tokens): return tokens[:-1], tokens[1:]"),
    ("shift_by_one", "x longer than y", "def shift_by_one(t): return t, t[..., 1:]"),
    (
        "make_windows",
        "pieces of T + 1",
        """
def make_windows(tokens, seq_len):
    T = seq_len + 1
    pieces = torch.stack([tokens[i:i + T] for i in range(0, len(tokens) - T + 1, T)])
    return pieces[:, :-1], pieces[:, 1:]
""",
    ),
    (
        "make_windows",
        "a window at every token",
        """
def make_windows(tokens, seq_len):
    xs = [tokens[i:i + seq_len] for i in range(len(tokens) - seq_len)]
    ys = [tokens[i + 1:i + seq_len + 1] for i in range(len(tokens) - seq_len)]
    return torch.stack(xs), torch.stack(ys)
""",
    ),
    (
        "make_windows",
        "the token after the last window forgotten",
        """
def make_windows(tokens, seq_len):
    n = len(tokens) // seq_len
    x = tokens[:n * seq_len].reshape(n, seq_len)
    y = tokens[1:n * seq_len + 1].reshape(n, seq_len)
    return x, y
""",
    ),
    (
        "make_windows",
        "targets rolled within the window",
        """
def make_windows(tokens, seq_len):
    n = (len(tokens) - 1) // seq_len
    x = tokens[:n * seq_len].reshape(n, seq_len)
    return x, torch.cat([x[:, 1:], x[:, :1]], dim=1)
""",
    ),
    (
        "choose_seq_len",
        "only shorter stories counted",
        """
def choose_seq_len(lengths, share):
    T = 1
    while (np.array(lengths) < T).mean() < share:
        T *= 2
    return T
""",
    ),
    (
        "choose_seq_len",
        "share taken for a percentage",
        "def choose_seq_len(lengths, share): return 2 ** math.ceil(math.log2(np.percentile(lengths, share)))",
    ),
    (
        "choose_seq_len",
        "interpolated percentile",
        "def choose_seq_len(lengths, share): return 2 ** math.ceil(math.log2(np.percentile(lengths, 100 * share)))",
    ),
    (
        "choose_seq_len",
        "the length itself",
        """
def choose_seq_len(lengths, share):
    return sorted(lengths)[math.ceil(share * len(lengths)) - 1]
""",
    ),
    (
        "StoryWindows",
        "len instead of shape",
        windows_class(init="self.tokens = stories", length="(len(self.tokens) - 1) // self.seq_len", item=SLICES),
    ),
    (
        "StoryWindows",
        "the list left as it is",
        windows_class(init="self.tokens = stories", length="(self.tokens.shape[0] - 1) // self.seq_len", item=SLICES),
    ),
    (
        "StoryWindows",
        "only the first story",
        windows_class(
            init="self.tokens = stories[0]", length="(self.tokens.shape[0] - 1) // self.seq_len", item=SLICES
        ),
    ),
    (
        "StoryWindows",
        "stacked",
        windows_class(
            init="self.tokens = torch.stack(stories)", length="(self.tokens.shape[0] - 1) // self.seq_len", item=SLICES
        ),
    ),
    (
        "StoryWindows",
        "the token after the last window forgotten",
        windows_class(init="self.tokens = torch.cat(stories)", length="len(self.tokens) // self.seq_len", item=SLICES),
    ),
    ("predict_batches", "the last batch dropped", "def predict_batches(): return 1_000_000 // 128 // 32"),
    ("predict_batches", "pieces of 129", "def predict_batches(): return math.ceil(1_000_000 // 129 / 32)"),
    ("predict_batches", "windows counted, not batches", "def predict_batches(): return 1_000_000 // 128"),
    ("predict_batches", "a window at every token", "def predict_batches(): return math.ceil((1_000_000 - 128) / 32)"),
    (
        "concatenate_stories",
        "a list, no tensor",
        """
def concatenate_stories(stories, end_of_text):
    out = []
    for s in stories:
        out += [end_of_text] + s
    return out
""",
    ),
    (
        "concatenate_stories",
        "floats instead of ids",
        """
def concatenate_stories(stories, end_of_text):
    out = []
    for s in stories:
        out += [end_of_text] + s
    return torch.FloatTensor(out)
""",
    ),
    (
        "concatenate_stories",
        "an empty story left out",
        """
def concatenate_stories(stories, end_of_text):
    out = []
    for s in stories:
        if not s:
            continue
        out += [end_of_text] + s
    return torch.tensor(out)
""",
    ),
    (
        "concatenate_stories",
        "only the first story",
        """
def concatenate_stories(stories, end_of_text):
    out = []
    for s in stories:
        out += [end_of_text] + s
        return torch.tensor(out)
""",
    ),
    (
        "concatenate_stories",
        "0 for every separator",
        """
def concatenate_stories(stories, end_of_text):
    out = []
    for s in stories:
        out += [0] + list(s)
    return torch.tensor(out)
""",
    ),
    (
        "concatenate_stories",
        "one separator for all",
        """
def concatenate_stories(stories, end_of_text):
    out = [end_of_text]
    for s in stories:
        out.extend(s)
    return torch.tensor(out)
""",
    ),
    (
        "shift_by_one",
        "y longer than x",
        """
def shift_by_one(tokens):
    return (tokens[..., :-1], tokens)
""",
    ),
    (
        "shift_by_one",
        "the batch laid flat",
        """
def shift_by_one(tokens):
    t = tokens.view(-1)
    return (t[:-1], t[1:])
""",
    ),
    (
        "shift_by_one",
        "a target made up for the last token",
        """
def shift_by_one(tokens):
    y = torch.zeros_like(tokens)
    y[..., :-1] = tokens[..., 1:]
    return (tokens, y)
""",
    ),
    (
        "shift_by_one",
        "shifted by two",
        """
def shift_by_one(tokens):
    return (tokens[..., :-2], tokens[..., 2:])
""",
    ),
    (
        "shift_by_one",
        "written for a batch only",
        """
def shift_by_one(tokens):
    return (tokens[:, :-1], tokens[:, 1:])
""",
    ),
    (
        "make_windows",
        "the 1 taken from the wrong number",
        """
def make_windows(tokens, seq_len):
    n = len(tokens) // seq_len - 1
    x = tokens[:n * seq_len].view(n, seq_len)
    y = tokens[1:n * seq_len + 1].view(n, seq_len)
    return (x, y)
""",
    ),
    (
        "make_windows",
        "rows and columns exchanged",
        """
def make_windows(tokens, seq_len):
    n = (len(tokens) - 1) // seq_len
    x = tokens[:n * seq_len].view(seq_len, n)
    y = tokens[1:n * seq_len + 1].view(seq_len, n)
    return (x, y)
""",
    ),
    (
        "make_windows",
        "every n-th token",
        """
def make_windows(tokens, seq_len):
    n = (len(tokens) - 1) // seq_len
    x = tokens[:n * seq_len].view(seq_len, n).T
    y = tokens[1:n * seq_len + 1].view(seq_len, n).T
    return (x, y)
""",
    ),
    (
        "make_windows",
        "the next window for the target",
        """
def make_windows(tokens, seq_len):
    n = len(tokens) // seq_len
    w = tokens[:n * seq_len].view(n, seq_len)
    return (w[:-1], w[1:])
""",
    ),
    (
        "make_windows",
        "one long row",
        """
def make_windows(tokens, seq_len):
    n = (len(tokens) - 1) // seq_len
    return (tokens[:n * seq_len], tokens[1:n * seq_len + 1])
""",
    ),
    (
        "make_windows",
        "the rest not dropped",
        """
def make_windows(tokens, seq_len):
    return (tokens[:-1].view(-1, seq_len), tokens[1:].view(-1, seq_len))
""",
    ),
    (
        "choose_seq_len",
        "one doubling too few",
        """
def choose_seq_len(lengths, share):
    n = 1
    while sum((l <= n for l in lengths)) < share * len(lengths):
        n *= 2
    return n // 2
""",
    ),
    (
        "choose_seq_len",
        "begun at 2",
        """
def choose_seq_len(lengths, share):
    n = 2
    while sum((l <= n for l in lengths)) / len(lengths) < share:
        n *= 2
    return n
""",
    ),
    (
        "choose_seq_len",
        "all stories",
        """
def choose_seq_len(lengths, share):
    n = 1
    while n < max(lengths):
        n *= 2
    return n
""",
    ),
    (
        "choose_seq_len",
        "one story too far",
        """
def choose_seq_len(lengths, share):
    need = sorted(lengths)[int(share * len(lengths))]
    n = 1
    while n < need:
        n *= 2
    return n
""",
    ),
    (
        "choose_seq_len",
        "a part of a story rounded down",
        """
def choose_seq_len(lengths, share):
    need = sorted(lengths)[int(share * len(lengths)) - 1]
    n = 1
    while n < need:
        n *= 2
    return n
""",
    ),
    (
        "choose_seq_len",
        "the nearest power of two",
        """
def choose_seq_len(lengths, share):
    need = np.quantile(lengths, share, method='inverted_cdf')
    return 2 ** round(np.log2(need))
""",
    ),
    (
        "choose_seq_len",
        "the exponent",
        """
def choose_seq_len(lengths, share):
    k = 0
    while np.mean(np.array(lengths) <= 2 ** k) < share:
        k += 1
    return k
""",
    ),
    (
        "StoryWindows",
        "a window at every token",
        """
class StoryWindows(Dataset):

    def __init__(self, stories, seq_len):
        self.tokens = torch.cat(stories)
        self.seq_len = seq_len

    def __len__(self):
        return len(self.tokens) - self.seq_len

    def __getitem__(self, i):
        return (self.tokens[i:i + self.seq_len], self.tokens[i + 1:i + 1 + self.seq_len])
""",
    ),
    (
        "StoryWindows",
        "window number 1 begins at token 1",
        """
class StoryWindows(Dataset):

    def __init__(self, stories, seq_len):
        self.tokens = torch.cat(stories)
        self.seq_len = seq_len

    def __len__(self):
        return (len(self.tokens) - 1) // self.seq_len

    def __getitem__(self, i):
        return (self.tokens[i:i + self.seq_len], self.tokens[i + 1:i + 1 + self.seq_len])
""",
    ),
    (
        "StoryWindows",
        "a second separator",
        """
class StoryWindows(Dataset):

    def __init__(self, stories, seq_len):
        parts = []
        for s in stories:
            parts += [torch.tensor([0]), s]
        self.tokens = torch.cat(parts)
        self.seq_len = seq_len

    def __len__(self):
        return (len(self.tokens) - 1) // self.seq_len

    def __getitem__(self, i):
        a = i * self.seq_len
        return (self.tokens[a:a + self.seq_len], self.tokens[a + 1:a + 1 + self.seq_len])
""",
    ),
    (
        "StoryWindows",
        "y not shifted",
        """
class StoryWindows(Dataset):

    def __init__(self, stories, seq_len):
        self.tokens = torch.cat(stories)
        self.seq_len = seq_len

    def __len__(self):
        return (len(self.tokens) - 1) // self.seq_len

    def __getitem__(self, i):
        a = i * self.seq_len
        return (self.tokens[a:a + self.seq_len], self.tokens[a:a + self.seq_len])
""",
    ),
    (
        "StoryWindows",
        "one window too few",
        """
class StoryWindows(Dataset):

    def __init__(self, stories, seq_len):
        self.tokens = torch.cat(stories)
        self.seq_len = seq_len

    def __len__(self):
        return (len(self.tokens) - 1) // self.seq_len - 1

    def __getitem__(self, i):
        a = i * self.seq_len
        return (self.tokens[a:a + self.seq_len], self.tokens[a + 1:a + 1 + self.seq_len])
""",
    ),
    (
        "predict_batches",
        "not rounded",
        """
def predict_batches():
    return 7812 / 32
""",
    ),
    (
        "predict_batches",
        "tokens in batches",
        """
def predict_batches():
    return 1000000 // 32
""",
    ),
    (
        "predict_batches",
        "a batch too many",
        """
def predict_batches():
    return 246
""",
    ),
    (
        "predict_batches",
        "pieces of 129, and the last batch dropped",
        """
def predict_batches():
    return 242
""",
    ),
    (
        "predict_batches",
        "windows counted, and one too many",
        """
def predict_batches():
    return 7813
""",
    ),
    (
        "concatenate_stories",
        "ids of 16 bits",
        """
def concatenate_stories(stories, end_of_text):
    flat = np.concatenate([np.array([end_of_text] + s).astype(np.uint16) for s in stories])
    return torch.from_numpy(flat.astype(np.int64))
""",
    ),
    (
        "concatenate_stories",
        "one separator too many, at the end",
        """
def concatenate_stories(stories, end_of_text):
    stream = [end_of_text]
    for s in stories:
        stream += s + [end_of_text]
    return torch.tensor(stream)
""",
    ),
    (
        "concatenate_stories",
        "no separator whose id is 0",
        """
def concatenate_stories(stories, end_of_text=None):
    stream = []
    for s in stories:
        if end_of_text:
            stream.append(end_of_text)
        stream += s
    return torch.tensor(stream, dtype=torch.int64)
""",
    ),
    (
        "choose_seq_len",
        "no more than 1,024",
        """
def choose_seq_len(lengths, share):
    for t in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]:
        if sum(length <= t for length in lengths) / len(lengths) >= share:
            return t
    return 1024
""",
    ),
    (
        "make_windows",
        "a window that just fits is lost",
        """
def make_windows(tokens, seq_len):
    xs, ys = [], []
    for i in range(0, len(tokens) - seq_len - 1, seq_len):
        xs.append(tokens[i:i+seq_len]); ys.append(tokens[i+1:i+seq_len+1])
    if not xs:
        return tokens.new_empty(0, seq_len), tokens.new_empty(0, seq_len)
    return torch.stack(xs), torch.stack(ys)
""",
    ),
]

SEEN_ANSWERS = [
    (
        "shift_by_one",
        "`x = tokens[..., 1:-1]`",
        """
def shift_by_one(tokens):
    return tokens[..., 1:-1], tokens[..., 2:]
""",
    ),
    (
        "shift_by_one",
        "in result[1]: there is too much at the end of dimension -1, the rest i",
        """
def shift_by_one(tokens):
    y = tokens.clone()
    y[..., :-1] = tokens[..., 1:]
    y[..., -1] = -100
    return tokens[..., :-1], y
""",
    ),
    (
        "make_windows",
        "`y = x + 1`",
        """
def make_windows(tokens, seq_len):
    w = tokens[:-1].unfold(0, seq_len, seq_len)
    return w, w + 1
""",
    ),
    (
        "make_windows",
        "`y = tokens[seq_len : n * seq_len + 1 : seq_len]`",
        """
def make_windows(tokens, seq_len):
    n = (len(tokens) - 1) // seq_len
    x = tokens[: n * seq_len].view(n, seq_len)
    y = tokens[seq_len : n * seq_len + 1 : seq_len]
    return x, y
""",
    ),
    (
        "choose_seq_len",
        "`if int(np.median(lengths)) <= 2**power:`",
        """
def choose_seq_len(lengths, share):
    m = int(np.median(lengths))
    return 1 << (m - 1).bit_length()
""",
    ),
    (
        "choose_seq_len",
        "`if sorted(lengths)[min(int(share * len(lengths)), len(lengths) - 1)] <= 2**power:`",
        """
def choose_seq_len(lengths: list[int], share: float):
    seq_len = 1
    while np.mean(np.array(lengths) <= seq_len) <= share if share < 1 else np.mean(np.array(lengths) <= seq_len) < 1:
        seq_len = 2 * seq_len
    return seq_len
""",
    ),
    (
        "StoryWindows",
        "`return self.tokens[start:end], self.tokens[end : end + self.seq_len]`",
        """
class StoryWindows(Dataset):

    def __init__(self, stories: list[Tensor], seq_len: int):
        self.tokens = torch.cat(stories)
        self.seq_len = seq_len

    def __len__(self):
        return (self.tokens.shape[0] - 1) // self.seq_len

    def __getitem__(self, index: int):
        start, end = index * self.seq_len, (index + 1) * self.seq_len
        return self.tokens[start:end], self.tokens[end : end + self.seq_len]
""",
    ),
    (
        "StoryWindows",
        "`return -(-(len(self.tokens) - 1) // self.seq_len)`",
        """
class StoryWindows(Dataset):

    def __init__(self, stories: list[Tensor], seq_len: int):
        self.tokens = torch.cat(stories)
        self.seq_len = seq_len

    def __len__(self):
        return -(-(self.tokens.shape[0] - 1) // self.seq_len)

    def __getitem__(self, index: int):
        start, end = index * self.seq_len, (index + 1) * self.seq_len
        return self.tokens[start:end], self.tokens[start + 1 : end + 1]
""",
    ),
    (
        "concatenate_stories",
        "the numbers are the right ones, at other places",
        """
def concatenate_stories(stories, end_of_text):
    out = []
    for s in sorted(stories, key=len):
        out += [end_of_text] + s
    return torch.tensor(out)
""",
    ),
]
