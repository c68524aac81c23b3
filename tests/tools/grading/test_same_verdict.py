"""Where an answer runs makes no difference: `check` beside the student and the grader apart say the same of it."""

import math

import pytest
import torch
from torch import nn

from course_lib.checks.engine.catalogue import find_exercise
from course_lib.checks.engine.examine import examine
from tests.tools.grading.conftest import graded, with_answers

CHANGED_INPUTS = {
    "softmax": ("attention", "x"),
    "keep_top_k": ("generation", "logits"),
    "count_pairs": ("tokenization", "words"),
    "MLP": ("mlp", "x"),
}
ANSWERS = {
    "softmax": """
def softmax(x, dim=-1):
    x -= x.amax(dim, keepdim=True)
    e = x.exp()
    return e / e.sum(dim, keepdim=True)
""",
    "keep_top_k": """
def keep_top_k(logits, k):
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    logits[logits < kth] = -math.inf
    return logits
""",
    "count_pairs": """
def count_pairs(words):
    from collections import Counter
    counts = Counter()
    for word, count in words.items():
        for pair in zip(word, word[1:]):
            counts[pair] += count
    words.clear()
    return counts
""",
    "MLP": """
class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.up = nn.Linear(config.n_embd, 4 * config.n_embd)
        self.down = nn.Linear(4 * config.n_embd, config.n_embd)
        self.dropout = nn.Dropout(config.dropout)
    def forward(self, x):
        hidden = nn.functional.gelu(self.up(x.clone()), approximate="tanh")
        x.data.zero_()
        return self.dropout(self.down(hidden))
""",
}


def here(name: str, source: str, seed: int) -> object:
    """The examination in this process."""
    namespace = {"torch": torch, "nn": nn, "math": math}
    exec(source, namespace)
    return examine(find_exercise(name), namespace[name], seed)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_input_that_was_changed_is_told_here_and_there(name, grader):
    topic, changed = CHANGED_INPUTS[name]
    there = graded(grader, with_answers(topic, ANSWERS[name]), topic)[name]
    assert there.status == "wrong"
    assert f"changed its input `{changed}`" in there.verdicts[-1].detail
    assert there.verdicts == here(name, ANSWERS[name], there.seed).verdicts


@pytest.mark.parametrize(
    "value", ["x.to_sparse()", "x.to('meta')", "x.to(torch.complex64)", "10**400", "iter(x)", "x ^ 3", "x.numpy()"]
)
def test_a_strange_value_is_explained_alike_here_and_there(value, grader):
    source = f"def softmax(x, dim=-1):\n    return {value}"
    there = graded(grader, with_answers("attention", source), "attention")["softmax"]
    assert there.status == "wrong"
    assert [verdict.detail for verdict in there.verdicts if "line" not in verdict.detail] == [
        verdict.detail for verdict in here("softmax", source, there.seed).verdicts if "line" not in verdict.detail
    ]
