"""A small model is trained to a reward, and comes near the best there is; tasks count their answers exactly."""

from collections.abc import Callable
from copy import deepcopy

import pytest
import torch

from course_lib.alignment import AlignConfig, Task, Trail, make_task, train_dpo, train_grpo, way_gone
from course_lib.config import GPTConfig
from course_lib.gpt import GPT
from course_lib.tokenization import train_tokenizer

STOP = 0
SHAPE = GPTConfig(vocab_size=4, seq_len=8, n_layer=1, n_embd=16, n_head=2)


def small_task() -> Task:
    """Behind the prompt 3: the stop at once, or 1 or 2 before it, or 1 1; 2 is what is wanted."""
    rows = ((STOP,), (2, STOP), (1, STOP), (1, 1, STOP))
    return Task((3,), rows, STOP, ("", "2", "1", "11"), torch.tensor([0.0, 1.0, 0.0, 0.5, 0.0], dtype=torch.float64))


def small_model() -> GPT:
    model = GPT(SHAPE, torch.Generator().manual_seed(0)).eval()
    for parameter in model.parameters():
        parameter.data.mul_(2)
    return model


def test_the_distribution_is_the_product_over_tokens_and_adds_up_to_one() -> None:
    task, model = small_task(), small_model()
    logs = task.distribution(model)
    assert logs.exp().sum().item() == pytest.approx(1, abs=1e-6)
    with torch.no_grad():
        by_hand = [
            sum(model(torch.tensor([[3, *row[:t]]]))[0, -1].log_softmax(-1)[row[t]].item() for t in range(len(row)))
            for row in task.rows
        ]
    torch.testing.assert_close(logs[:4], torch.tensor(by_hand, dtype=torch.float64), atol=1e-5, rtol=1e-5)


def test_what_is_drawn_is_named_and_masked_up_to_its_stop() -> None:
    task, model = small_task(), small_model()
    drawn = task.draw(model, 400, seed=1)
    assert drawn.tokens.shape == (400, 1 + 3)
    share = torch.bincount(drawn.which, minlength=5) / 400
    torch.testing.assert_close(share.double(), task.distribution(model).exp(), atol=0.1, rtol=0)
    for tokens, mask, which in zip(drawn.tokens[:50], drawn.mask, drawn.which, strict=False):
        answer = tuple(tokens[1:][mask].tolist())
        assert answer == task.rows[which] if which < 4 else answer not in task.rows
        assert STOP not in answer[:-1]


def test_equal_answers_are_read_once_and_give_what_reading_each_of_them_gives() -> None:
    task, model = small_task(), small_model()
    drawn = task.draw(model, 60, seed=1)
    rows: list[int] = []
    hook = model.token_embedding.register_forward_hook(lambda module, inputs, output: rows.append(len(inputs[0])))
    log_probs = task.log_probs(model, drawn)
    hook.remove()
    assert rows == [len({tuple(row) for row in drawn.tokens.tolist()})]
    weights = torch.arange(60.0).unsqueeze(1)  # each row counts differently
    (weights * log_probs).sum().backward()
    gradient = model.token_embedding.weight.grad.clone()
    model.zero_grad()
    each = torch.cat([task.log_probs(model, drawn._replace(tokens=row.unsqueeze(0))) for row in drawn.tokens])
    (weights * each).sum().backward()
    torch.testing.assert_close(log_probs, each, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(gradient, model.token_embedding.weight.grad, atol=1e-2, rtol=1e-4)


# DPO learns from pairs that the reference drew, in which what it seldom says is seldom compared: it arrives later.
@pytest.mark.parametrize(("train", "least"), [(train_grpo, 0.95), (train_dpo, 0.5)])
def test_training_goes_most_of_the_way_to_the_best_policy(train: Callable[..., Trail], least: float) -> None:
    task, policy = small_task(), small_model()
    start = task.distribution(policy)
    beta = 0.5
    config = AlignConfig(steps=120, group=128, beta=beta, learning_rate=3e-3, epochs=1, every=40)
    trail = train(policy, task, config)
    assert trail.places[0][1].kl == pytest.approx(0, abs=1e-9)
    assert way_gone(trail.last, trail.places[0][1], start, task.rewards, beta) > least


def test_another_reward_than_the_tasks_is_followed() -> None:
    task, policy = small_task(), small_model()
    before = task.distribution(policy).exp()
    other = torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0])
    train_grpo(policy, task, AlignConfig(steps=40, group=64, learning_rate=3e-3, epochs=1), rewards=other)
    assert task.distribution(policy).exp()[2] > before[2] + 0.2


def test_the_same_seed_gives_the_same_weights() -> None:
    policies = [small_model(), small_model()]
    for policy in policies:
        train_grpo(policy, small_task(), AlignConfig(steps=3, group=8))
    for one, other in zip(*(p.parameters() for p in policies), strict=True):
        assert torch.equal(one, other)
    changed = deepcopy(policies[0])
    train_grpo(changed, small_task(), AlignConfig(steps=3, group=8, kl_in="loss"))


def test_what_cannot_be_is_refused() -> None:
    tokenizer = train_tokenizer(["One day, Lily sat. One day, Tom sat."] * 3, vocab_size=300)
    task = make_task(tokenizer, "One day,", [" Lily", " Tom"], [1.0, 0.0], stop=".")
    assert task.rewards.tolist() == [1.0, 0.0, 0.0]
    assert all(row[-1] == task.stop for row in task.rows)
    with pytest.raises(ValueError, match="2 answers and 1 rewards"):
        make_task(tokenizer, "One day,", [" Lily", " Tom"], [1.0])
    with pytest.raises(ValueError, match="at least two answers, each of them once"):
        make_task(tokenizer, "One day,", [" Lily", " Lily"], [1.0, 0.0])
    with pytest.raises(ValueError, match="ends with one token"):
        make_task(tokenizer, "One day,", [" Lily", " Tom"], [1.0, 0.0], stop="!?!")
    with pytest.raises(ValueError, match="group must be at least 2, got 1"):
        AlignConfig(group=1)
    with pytest.raises(ValueError, match='kl_in must be "loss" or "reward"'):
        AlignConfig(kl_in="both")
