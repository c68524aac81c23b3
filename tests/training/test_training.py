"""The training loop: its schedule, its arithmetic, and runs that go on as if they had never stopped."""

import json
import math
import os
import signal
import sys
from pathlib import Path

import pytest
import torch

from course_lib.config import GPTConfig
from course_lib.data import TokenDataset
from course_lib.gpt import GPT, next_token_loss
from course_lib.training import (
    History,
    TrainConfig,
    decay_groups,
    evaluate,
    learning_rate,
    load_checkpoint,
    restore_model,
    save_checkpoint,
    train,
)

MODEL = GPTConfig(vocab_size=50, seq_len=16, n_layer=2, n_embd=24, n_head=3, dropout=0.1)
CONFIG = TrainConfig(steps=12, batch_size=4, warmup_steps=3, checkpoint_every=4, eval_every=6, eval_batches=2)


@pytest.fixture(autouse=True)
def same_random_state_for_dropout() -> None:
    torch.manual_seed(0)


def model() -> GPT:
    return GPT(MODEL, torch.Generator().manual_seed(0))


def windows() -> TokenDataset:
    return TokenDataset(torch.arange(3_000) % 50, seq_len=16)


# Schedule and groups


def test_the_learning_rate_by_hand() -> None:
    config = TrainConfig(steps=101, warmup_steps=1, learning_rate=1.0, final_fraction=0.2)
    assert learning_rate(0, config) == 1.0
    assert learning_rate(1, config) == pytest.approx(1.0)
    # Half-way through the cosine: the mean of top and bottom, and at its end the bottom.
    assert learning_rate(1 + 99 // 3, config) == pytest.approx(0.2 + 0.8 * (1 + math.cos(math.pi / 3)) / 2)
    assert learning_rate(100, config) == pytest.approx(0.2)


def test_the_warm_up_moves_at_once_and_is_linear() -> None:
    config = TrainConfig(steps=100, warmup_steps=4, learning_rate=8.0)
    assert [learning_rate(step, config) for step in range(4)] == [2.0, 4.0, 6.0, 8.0]


def test_matrices_decay_and_vectors_do_not() -> None:
    gpt = GPT(GPTConfig(vocab_size=50, seq_len=16, n_layer=1, n_embd=24, n_head=3, bias=True))
    decayed, kept = decay_groups(gpt, 0.1)
    assert (decayed["weight_decay"], kept["weight_decay"]) == (0.1, 0.0)
    names = {id(parameter): name for name, parameter in gpt.named_parameters()}
    assert all(names[id(parameter)].endswith("weight") for parameter in decayed["params"])
    assert {names[id(p)] for p in kept["params"]} >= {"final_norm.weight", "blocks.0.mlp.up_proj.bias"}
    assert len(decayed["params"]) + len(kept["params"]) == len(names)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"steps": 0}, "steps must be a positive whole number, got 0"),
        ({"batch_size": 2.0}, "batch_size"),
        ({"warmup_steps": 1_000}, "below steps = 1000"),
        ({"learning_rate": 0.0}, "above 0"),
        ({"beta2": 1.5}, "beta2 must lie between 0 and 1, got 1.5"),
        ({"precision": "half"}, "one of float32, float32-fast, bfloat16, bfloat16-fast, auto, got 'half'"),
        ({"patience": 0}, "patience"),
        ({"chunk_rows": 0}, "chunk_rows must be at least 1, or None, got 0"),
    ],
)
def test_impossible_configurations_name_the_value(changes: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TrainConfig(**changes)


# Arithmetic


def test_k_micro_batches_are_one_large_batch() -> None:
    def trained(batch_size: int, accumulate: int) -> GPT:
        gpt = GPT(
            GPTConfig(vocab_size=50, seq_len=16, n_layer=2, n_embd=24, n_head=3), torch.Generator().manual_seed(0)
        )
        train(gpt, windows(), TrainConfig(steps=5, batch_size=batch_size, accumulate=accumulate, warmup_steps=1))
        return gpt

    for one, other in zip(trained(8, 1).parameters(), trained(2, 4).parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=2e-5, rtol=1e-4)


def test_a_step_equals_one_by_hand() -> None:
    config = TrainConfig(steps=2, batch_size=4, warmup_steps=1, clip=0.5, learning_rate=1e-2, weight_decay=0.0)
    plain = GPTConfig(vocab_size=50, seq_len=16, n_layer=1, n_embd=24, n_head=3)
    ours, theirs = (GPT(plain, torch.Generator().manual_seed(0)) for _ in range(2))
    seen: list[History] = []
    train(ours, windows(), config, on_step=seen.append)
    from course_lib.data import BatchLoader

    optimizer = torch.optim.AdamW(theirs.parameters(), betas=(config.beta1, config.beta2), weight_decay=0.0)
    for step, (x, y) in zip(range(2), BatchLoader(windows(), 4, seed=0, drop_last=True), strict=False):
        optimizer.param_groups[0]["lr"] = learning_rate(step, config)
        loss = next_token_loss(theirs(x), y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(theirs.parameters(), 0.5)
        optimizer.step()
        optimizer.zero_grad()
    assert len(seen) == 2
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-5)


def test_validation_changes_neither_weights_nor_mode_nor_dropout() -> None:
    gpt = model()
    before = torch.get_rng_state()
    assert evaluate(gpt, windows(), CONFIG) == evaluate(gpt, windows(), CONFIG)
    assert gpt.training
    assert torch.equal(torch.get_rng_state(), before)
    assert all(parameter.grad is None for parameter in gpt.parameters())


def test_training_learns() -> None:
    history = train(model(), windows(), TrainConfig(steps=60, batch_size=8, warmup_steps=5, learning_rate=5e-3))
    assert history.losses[-1] < history.losses[0] / 2
    assert len(history.losses) == len(history.gradient_norms) == len(history.learning_rates) == history.step == 60
    assert history.tokens == 60 * 8 * 16


def test_training_stops_when_validation_stops_improving() -> None:
    # Nothing can be learned about random tokens that holds for other random tokens.
    noise = [torch.randint(50, (2_000,), generator=torch.Generator().manual_seed(seed)) for seed in (1, 2)]
    config = TrainConfig(steps=400, batch_size=8, warmup_steps=5, learning_rate=1e-2, eval_every=10, patience=3)
    history = train(model(), TokenDataset(noise[0], 16), config, validation=TokenDataset(noise[1], 16))
    losses = [loss for _, loss in history.validation]
    assert history.step < 400
    assert min(losses[-3:]) >= min(losses[:-3])


def test_bfloat16_trains_and_keeps_float32_weights() -> None:
    gpt = model()
    history = train(gpt, windows(), TrainConfig(steps=3, batch_size=4, warmup_steps=1, precision="bfloat16"))
    assert all(math.isfinite(loss) for loss in history.losses)
    assert all(parameter.dtype == torch.float32 for parameter in gpt.parameters())


# Going on


class Stop(Exception):
    """Ends a run from outside, as a crash would."""


def stop_after(step: int) -> object:
    def on_step(history: History) -> None:
        if history.step == step:
            raise Stop

    return on_step


@pytest.mark.parametrize("crash", [3, 4, 7, 11])
def test_going_on_equals_not_having_stopped_bit_for_bit(tmp_path: Path, crash: int) -> None:
    whole = model()
    expected = train(whole, windows(), CONFIG, validation=windows())
    torch.manual_seed(0)
    with pytest.raises(Stop):
        train(model(), windows(), CONFIG, validation=windows(), folder=tmp_path, on_step=stop_after(crash))
    again = GPT(MODEL)  # other weights; those of the checkpoint replace them
    torch.manual_seed(0 if crash < CONFIG.checkpoint_every else 99)  # before the first checkpoint it begins anew
    if crash < CONFIG.checkpoint_every:
        again = model()
    history = train(again, windows(), CONFIG, validation=windows(), folder=tmp_path)
    assert history.losses == expected.losses
    assert history.validation == expected.validation
    for one, other in zip(again.parameters(), whole.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows this signal would end the test's own process")
def test_ctrl_c_ends_after_the_step_with_a_checkpoint(tmp_path: Path) -> None:
    def interrupt(history: History) -> None:
        if history.step == 2:
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    history = train(model(), windows(), CONFIG, folder=tmp_path, on_step=interrupt)
    assert history.interrupted
    assert load_checkpoint(tmp_path).step == history.step == 3
    assert signal.getsignal(signal.SIGINT) is before
    assert train(model(), windows(), CONFIG, folder=tmp_path).step == CONFIG.steps


def test_the_newest_two_checkpoints_are_kept_and_the_last_good_one_is_found(tmp_path: Path) -> None:
    train(model(), windows(), CONFIG, folder=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000008", "step-00000012"]
    (tmp_path / "step-00000012" / "model.safetensors").write_bytes(b"cut short")
    assert load_checkpoint(tmp_path).step == 8
    with pytest.raises(ValueError, match=r"step-00000012.*changed after it was written.*delete its folder"):
        load_checkpoint(tmp_path / "step-00000012")


class Counting(GPT):
    """A GPT that counts its passes, and has a table that is made anew."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.register_buffer("passes", torch.zeros((), dtype=torch.int64))
        self.register_buffer("table", torch.arange(3.0), persistent=False)


def test_a_checkpoint_holds_what_a_state_dict_holds_buffers_too(tmp_path: Path) -> None:
    counting = Counting(MODEL)
    counting.passes += 7
    checkpoint = load_checkpoint(save_checkpoint(tmp_path, counting, step=1))
    assert set(checkpoint.model) == set(dict(counting.named_parameters())) | {"passes"}
    again = Counting(MODEL)
    restore_model(again, checkpoint)
    assert again.passes == 7


def test_a_checkpoint_with_other_tensors_is_refused(tmp_path: Path) -> None:
    class GPT(Counting):
        """Of the same name, with more in it."""

    checkpoint = load_checkpoint(save_checkpoint(tmp_path, model(), step=1))
    with pytest.raises(ValueError, match="not in both are passes"):
        restore_model(GPT(MODEL), checkpoint)


def test_an_interrupted_write_leaves_no_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(tmp_path, model(), step=1)

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(json, "dump", fail)
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(tmp_path, model(), step=2)
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001"]


def test_foreign_and_missing_checkpoints_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no checkpoint"):
        load_checkpoint(tmp_path)
    save_checkpoint(tmp_path, model(), step=1)
    other = GPT(GPTConfig(vocab_size=50, seq_len=16, n_layer=1, n_embd=24, n_head=3))
    with pytest.raises(ValueError, match="is of another model"):
        restore_model(other, load_checkpoint(tmp_path))
    state = tmp_path / "step-00000001" / "state.json"
    state.write_text(state.read_text().replace("course checkpoint 1", "something else"))
    with pytest.raises(ValueError, match="not a checkpoint of this course"):
        load_checkpoint(tmp_path)


def test_going_on_with_another_configuration_is_refused(tmp_path: Path) -> None:
    train(model(), windows(), CONFIG, folder=tmp_path)
    with pytest.raises(ValueError, match="was begun with learning_rate = 0"):
        train(
            model(),
            windows(),
            TrainConfig(
                steps=12,
                batch_size=4,
                warmup_steps=3,
                checkpoint_every=4,
                eval_every=6,
                eval_batches=2,
                learning_rate=1e-2,
            ),
            folder=tmp_path,
        )


def test_a_loss_that_is_no_number_leaves_the_weights_as_they_were() -> None:
    ours = model()

    class Overflowing(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inside, self.config, self.calls = ours, ours.config, 0

        def forward(self, idx: torch.Tensor) -> torch.Tensor:
            self.calls += 1
            return self.inside(idx) * (1.0 if self.calls < 3 else math.nan)

    kept: dict[str, torch.Tensor] = {}

    def keep(history: object) -> None:
        kept.update({name: p.detach().clone() for name, p in ours.named_parameters()})

    config = TrainConfig(steps=5, batch_size=2, warmup_steps=1)
    with pytest.raises(FloatingPointError, match="the loss of step 3 is nan, which is not a number to learn from"):
        train(Overflowing(), windows(), config, on_step=keep)
    for name, parameter in ours.named_parameters():
        assert torch.equal(parameter, kept[name]), name
