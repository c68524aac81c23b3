"""Where slips happen in the code of `StoryWindows`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
class StoryWindows:
    def __init__(self, stories, seq_len):
        self.tokens, self.seq_len = <stream>, seq_len

    def __len__(self):
        return <length>

    def __getitem__(self, index):
        start = <start>
        end = start + self.seq_len
        return <pair>
""",
    (
        Slot(
            "stream",
            "torch.cat(stories)",
            (
                "torch.cat(stories[:-1])",
                "torch.cat(stories[1:])",
                "torch.cat(stories[::-1])",
                "stories[0]",
                "stories[-1]",
                "torch.cat([story[1:] for story in stories])",
                "torch.cat([torch.cat([story[:1] * 0, story]) for story in stories])",
                "torch.cat([torch.cat([story, story[:1] * 0]) for story in stories])",
                "torch.nn.utils.rnn.pad_sequence(stories, batch_first=True).flatten()",
                "torch.cat(stories).unique()",
                "torch.cat(stories).float()",
            ),
        ),
        Slot(
            "length",
            "(len(self.tokens) - 1) // self.seq_len",
            (
                "len(self.tokens) // self.seq_len",
                "-(-(len(self.tokens) - 1) // self.seq_len)",
                "-(-len(self.tokens) // self.seq_len)",
                "len(self.tokens) // self.seq_len - 1",
                "(len(self.tokens) - 1) // self.seq_len - 1",
                "(len(self.tokens) - self.seq_len) // self.seq_len",
                "len(self.tokens) // (self.seq_len + 1)",
                "len(self.tokens) - self.seq_len",
                "len(self.tokens)",
            ),
        ),
        Slot("start", "index * self.seq_len", ("index", "index * (self.seq_len + 1)", "index * self.seq_len + 1")),
        Slot(
            "pair",
            "self.tokens[start:end], self.tokens[start + 1 : end + 1]",
            (
                "self.tokens[start:end], self.tokens[start:end]",
                "self.tokens[start:end], self.tokens[end : end + self.seq_len]",
                "self.tokens[start:end], self.tokens[end : end + 1]",
                "self.tokens[start:end], self.tokens[end]",
                "self.tokens[start:end], self.tokens[start + 1 : end]",
                "self.tokens[start:end], self.tokens[start + 2 : end + 2]",
                "self.tokens[start:end], self.tokens[start:end].roll(-1)",
                "self.tokens[start:end], self.tokens[start:end] + 1",
                "self.tokens[start : end + 1], self.tokens[start + 1 : end + 2]",
                "self.tokens[start : end - 1], self.tokens[start + 1 : end]",
                "self.tokens[start + 1 : end + 1], self.tokens[start:end]",
                "torch.stack([self.tokens[start:end], self.tokens[start + 1 : end + 1]])",
                "self.tokens[start : end + 1]",
                "[self.tokens[start:end], self.tokens[start + 1 : end + 1]][0]",
            ),
        ),
    ),
    {"torch": torch},
)
