"""What a check counts while an answer runs: an answer cannot set it back, and who goes around it gets no mark."""

import pytest

from course_lib.checks.engine.drive.behind import behind
from tests.tools.grading.conftest import graded, with_answers

WITHOUT_A_CACHE = """
def write_with_cache(model, idx, max_new_tokens):
    for _ in range(max_new_tokens):
        idx = torch.cat([idx, {logits}[:, -1].argmax(-1, keepdim=True)], dim=1)
    {afterwards}
    return idx
"""
IN_NO_MODE = """
def validation_loss(model, batches):
    from torch.nn import functional as F
    total = count = 0
    for x, y in batches:
        logits = {logits}
        total += F.cross_entropy(logits.flatten(0, -2), y.flatten(), reduction="sum").item()
        count += y.numel()
    {afterwards}
    return total / count
"""
IN_ANY_MODE = """
def train_steps(model, batches, learning_rate):
    from torch.nn import functional as F
    losses = []
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
    for x, y in batches:
        loss = F.cross_entropy({logits}.flatten(0, -2), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    {afterwards}
    return losses
"""
ALONE = """
def vocab_parallel_loss(logits, targets, all_reduce):
    from torch.nn import functional as F
    loss = F.cross_entropy(torch.cat(list(logits), dim=-1), targets)
    all_reduce.numbers = 3 * len(targets)
    return loss
"""
SET_BACK = "for name in ('tokens_read', 'passes'): setattr(model, name, type(getattr(model, name, 0))())"


@pytest.mark.parametrize(
    ("topic", "name", "answer"),
    [
        ("generation", "write_with_cache", WITHOUT_A_CACHE.format(logits="model(idx)", afterwards=SET_BACK)),
        (
            "generation",
            "write_with_cache",
            WITHOUT_A_CACHE.format(logits="model.table[idx.cumsum(-1) % len(model.table)]", afterwards="pass"),
        ),
        ("training", "validation_loss", IN_NO_MODE.format(logits="model(x)", afterwards=SET_BACK)),
        ("training", "validation_loss", IN_NO_MODE.format(logits="model.head(model.embedding(x))", afterwards="pass")),
        ("training", "train_steps", IN_ANY_MODE.format(logits="model(x)", afterwards=SET_BACK)),
        ("training", "train_steps", IN_ANY_MODE.format(logits="model.head(model.embedding(x))", afterwards="pass")),
        ("parallel", "vocab_parallel_loss", ALONE),
    ],
)
def test_an_answer_that_does_not_what_is_counted_gets_no_mark(grader, topic, name, answer):
    grade = graded(grader, with_answers(topic, answer), topic)[name]
    assert (grade.status, grade.score) == ("wrong", 0)
    assert any("expected" in verdict.detail for verdict in grade.verdicts)


@pytest.mark.parametrize(
    "reaching",
    [
        "all_reduce.__closure__[0].cell_contents.numbers = 1",
        "import sys; sys._getframe(1).f_locals",
        "getattr(all_reduce, '__self__', None)",
    ],
)
def test_code_that_reaches_into_what_it_was_given_is_flagged(grader, reaching):
    answer = f"def causal_mask(T):\n    if T < 0:\n        {reaching}\n    return torch.ones(T, T).tril() > 0"
    grade = graded(grader, with_answers("attention", answer))["causal_mask"]
    assert (grade.status, grade.score) == ("flagged", 0)
    assert "with which code can reach anything" in grade.note


def test_what_stands_behind_a_function_is_none_of_its_attributes():
    class Counter:
        count = 0

        def add(self, number, *, times=1):
            self.count += number * times
            return self.count

    counter = Counter()
    add = behind(counter.add)
    assert (add(2), add(1, times=3), counter.count) == (2, 5, 5)
    assert not hasattr(add, "__self__")
