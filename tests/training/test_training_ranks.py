"""Two processes that share every batch train the model that one process trains."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from course_lib.config import GPTConfig
from course_lib.data import TokenDataset
from course_lib.gpt import GPT
from course_lib.training import TrainConfig, train
from course_lib.training.ranks import ALONE, Ranks, whole

SCRIPT = """
import json, os, sys
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from course_lib.config import GPTConfig
from course_lib.data import TokenDataset
from course_lib.gpt import GPT
from course_lib.training import Ranks, TrainConfig, train

rank, size, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
ranks, wrap = Ranks(rank, size), None
if size > 1:
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=size)
    wrap = DistributedDataParallel
model = GPT(GPTConfig(vocab_size=50, seq_len=16, n_layer=1, n_embd=24, n_head=3), torch.Generator().manual_seed(0))
data = TokenDataset(torch.arange(1_000) % 50, seq_len=16)
config = TrainConfig(steps=6, batch_size=4, accumulate=2, warmup_steps=1, eval_every=3, eval_batches=2,
                     checkpoint_every=3, chunk_rows=16)
history = train(model, data, config, validation=data, folder=f"{folder}/run{size}", wrap=wrap, ranks=ranks)
if rank == 0:
    norm = sum(p.detach().double().norm().item() for p in model.parameters())
    print(json.dumps([history.losses, history.gradient_norms, history.validation, history.tokens, norm]))
if size > 1:
    dist.barrier()
    dist.destroy_process_group()
"""


def started(folder: Path, rank: int, size: int) -> subprocess.Popen:
    command = [sys.executable, "-c", SCRIPT, str(rank), str(size), str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_ranks_equal_one(tmp_path: Path) -> None:
    processes = [started(tmp_path, 0, 2), started(tmp_path, 1, 2), started(tmp_path, 0, 1)]
    outputs = [process.communicate(timeout=200) for process in processes]
    for process, (_, errors) in zip(processes, outputs, strict=True):
        assert process.returncode == 0, errors
    losses, norms, validation, tokens, weights = json.loads(outputs[0][0])
    assert outputs[1][0] == ""  # only rank 0 speaks
    expected = json.loads(outputs[2][0])
    assert losses == pytest.approx(expected[0], rel=1e-5)
    assert norms == pytest.approx(expected[1], rel=1e-4)
    assert [loss for _, loss in validation] == pytest.approx([loss for _, loss in expected[2]], rel=1e-5)
    assert tokens == expected[3]
    assert weights == pytest.approx(expected[4], rel=1e-5)
    assert sorted(path.name for path in (tmp_path / "run2").iterdir()) == ["step-00000003", "step-00000006"]


def test_each_rank_drops_units_of_its_own_and_the_same_ones_again() -> None:
    def dropped(rank: int, step: int) -> list[float]:
        torch.manual_seed(0)  # as `course train` does on every rank
        Ranks(rank, 3).draw_own(seed=0, step=step)
        return torch.nn.functional.dropout(torch.ones(64)).tolist()

    torch.manual_seed(0)
    without_other_ranks = torch.nn.functional.dropout(torch.ones(64)).tolist()
    assert dropped(0, step=5) == without_other_ranks
    drawn = [dropped(rank, step) for rank, step in ((0, 0), (1, 0), (2, 0), (1, 1), (2, 1))]
    assert len(set(map(tuple, drawn))) == 5
    assert dropped(2, step=1) == drawn[-1]  # after going on from a checkpoint


def test_dropout_of_two_ranks_differs_while_they_train(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: dict[int, list[int]] = {}
    config = TrainConfig(steps=2, batch_size=4, warmup_steps=1)
    data = TokenDataset(torch.arange(200) % 50, seq_len=16)
    for rank in (0, 1):
        states = seeds[rank] = []
        monkeypatch.setattr(Ranks, "mean", lambda self, values: values)  # the other rank is not there to ask
        monkeypatch.setattr(Ranks, "from_leader", lambda self, value: value)
        torch.manual_seed(0)
        gpt = GPT(GPTConfig(vocab_size=50, seq_len=16, n_layer=1, n_embd=24, n_head=3), torch.Generator())
        gpt.register_forward_pre_hook(lambda *_, states=states: states.append(hash(bytes(torch.get_rng_state()))))
        train(gpt, data, config, ranks=Ranks(rank, 2))
    assert len(set(seeds[1])) == len(seeds[1])
    assert not set(seeds[0]) & set(seeds[1])


def test_the_shares_of_a_batch_are_the_batch() -> None:
    batch = torch.arange(12).view(6, 2)
    assert torch.equal(torch.cat([Ranks(rank, 3).share(batch) for rank in range(3)]), batch)
    assert torch.equal(ALONE.share(batch), batch)


def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a batch of 6 cannot be divided among 4 devices.*multiple of 4"):
        Ranks(0, 4).share(torch.zeros(6, 2))
    with pytest.raises(ValueError, match="the first is 0 and the last 1, got 2"):
        Ranks(2, 2)


def test_a_tensor_in_one_piece_is_itself() -> None:
    tensor = torch.ones(2)
    assert whole(tensor) is tensor
