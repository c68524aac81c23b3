"""Several processes do what one does: same losses, gradients, weights; they send what the formulas say; none hangs."""

import ast
import linecache
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch
from torch.nn import functional as F

from course_lib import parallel
from course_lib.config import PRESETS, GPTConfig
from course_lib.gpt import GPT
from course_lib.multi_head_attention import split_heads
from course_lib.parallel.portable import pack, unpack
from tests.parallel import parallel_jobs

ROOT = Path(__file__).parents[2]
PATIENCE = 240.0  # seconds; on a free machine each launch takes a few

# Differences are of float64: nothing but the order of additions differs. The largest found is 6e-14.
TOLERANCE = 1e-11
FLOAT32_TOLERANCE = 1e-6  # training adds its losses up in float32; they are about 2.4


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """With a run for each way that one process began, up to its second step."""
    folder = tmp_path_factory.mktemp("runs")
    for way in ("ddp", "fsdp"):
        begun = folder / f"begun-{way}"
        parallel_jobs.train_alone(begun, way)
        shutil.rmtree(begun / "step-00000004")
    return folder


@pytest.fixture(scope="module")
def two(folder):
    """What two processes found, each."""
    return parallel.launch(parallel_jobs.everything, 2, str(folder), time_limit=PATIENCE)


@pytest.fixture(scope="module")
def three():
    return parallel.launch(parallel_jobs.on_three, 3, time_limit=PATIENCE)


# Sharded = unsharded


@pytest.mark.parametrize("name", [*parallel_jobs.GPTS, "GPT, untied, biases", *parallel_jobs.LLAMAS])
def test_tensor_parallel_training_is_training_in_one_process(two, name):
    for found in (rank["tensor"][name] for rank in two):
        for what in ("losses", "norms", "gradients", "weights", "logits"):
            assert found[what] < TOLERANCE, what
        assert found["stays tied"]


def test_each_process_holds_its_part_of_the_matrices(two):
    found = [rank["tensor"]["GPT with biases"] for rank in two]
    assert found[0]["values here"] + found[1]["values here"] == found[0]["values in all"] + 2 * 2 * parallel_jobs.C
    # … + the biases after a row-parallel matrix, which both hold: they are added once, after the sum.
    assert abs(found[0]["values here"] - found[1]["values here"]) == parallel_jobs.C  # the odd token of the vocabulary


@pytest.mark.parametrize("how", ["ddp", "fsdp"])
@pytest.mark.parametrize("name", ["GPT with biases", "Llama, untied"])
def test_each_its_share_of_the_batch_is_training_on_the_whole_batch(two, how, name):
    for found in (rank[how][name] for rank in two):
        for what in ("losses", "norms", "gradients", "weights", "logits"):
            assert found[what] < TOLERANCE, what


@pytest.mark.parametrize("name", ["GPT", "Llama"])
def test_three_processes_split_a_vocabulary_that_three_does_not_divide(three, name):
    for found in (rank["tensor"][name] for rank in three):
        assert max(found[what] for what in ("losses", "norms", "gradients", "weights", "logits")) < TOLERANCE


# training.train, each rank on its share


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The same runs by one process, by kind of model."""
    return {way: parallel_jobs.train_alone(tmp_path_factory.mktemp("alone"), way) for way in ("ddp", "fsdp")}


@pytest.mark.parametrize("way", ["ddp", "fsdp"])
@pytest.mark.parametrize("chunk_rows", [None, 16])
def test_a_run_on_two_processes_is_the_run_of_one(two, alone, way, chunk_rows):
    assert_same_run([rank["runs"][way, chunk_rows] for rank in two], alone[way])


@pytest.mark.parametrize("way", ["ddp", "fsdp"])
def test_two_processes_go_on_where_one_stopped(two, alone, way):
    assert_same_run([rank["gone on"][way] for rank in two], alone[way])


@pytest.mark.parametrize("way", ["ddp", "fsdp"])
def test_one_process_goes_on_where_two_stopped(two, folder, tmp_path, alone, way):
    shutil.copytree(folder / f"{way}-None" / "step-00000002", tmp_path / "step-00000002")
    assert_same_run([parallel_jobs.train_alone(tmp_path, way)], alone[way])


def test_gradients_are_sent_once_a_step_however_many_batches_add_up_to_one(two):
    sent, gradients = two[0]["gradients sent"]
    assert parallel_jobs.TRAIN.accumulate == 2
    assert sent == parallel_jobs.TRAIN.steps * gradients


def test_only_one_process_writes(two, folder):
    for way in ("ddp", "fsdp"):
        assert sorted(path.name for path in (folder / f"{way}-None").iterdir()) == ["step-00000002", "step-00000004"]


def assert_same_run(ours, expected):
    history, weights, sample = expected
    for own_history, own_weights, own_sample in ours:
        assert own_history.losses == pytest.approx(history.losses, abs=FLOAT32_TOLERANCE)
        assert own_history.gradient_norms == pytest.approx(history.gradient_norms, abs=FLOAT32_TOLERANCE)
        assert [step for step, _ in own_history.validation] == [2, 4]
        assert dict(own_history.validation) == pytest.approx(dict(history.validation), abs=FLOAT32_TOLERANCE)
        assert own_history.tokens == history.tokens  # of the whole batches
        assert parallel_jobs.largest_difference(own_weights, weights) < TOLERANCE
        assert own_sample == pytest.approx(sample, abs=TOLERANCE)


# What is sent


@pytest.mark.parametrize("how", ["ddp", "fsdp", "tensor"])
@pytest.mark.parametrize("name", ["GPT", "Llama"])
def test_what_a_step_sends_is_what_the_formula_says(two, how, name):
    for traffic, expected in (rank["traffic"][how, name] for rank in two):
        assert (traffic.payload, traffic.sent) == expected


@pytest.mark.parametrize("how", ["ddp", "tensor"])
def test_what_a_step_sends_among_three_is_what_the_formula_says(three, how):
    for traffic, expected in (rank["traffic"][how, "GPT"] for rank in three):
        assert (traffic.payload, traffic.sent) == expected


def test_when_it_is_sent(two):
    L = parallel_jobs.L
    tensor, _ = two[0]["traffic"]["tensor", "Llama"]
    # Megatron's count: two a block each way, and one for the vocabulary; and three numbers a position for the loss.
    assert [len(tensor.only(when=when).messages) for when in ("forward", "backward")] == [2 * L + 1 + 3, 2 * L + 1]
    ddp, _ = two[0]["traffic"]["ddp", "GPT"]
    assert {message.when for message in ddp.messages} == {"backward"}
    fsdp, _ = two[0]["traffic"]["fsdp", "GPT"]
    assert len(fsdp.only(when="forward", operation="all_gather").messages) == L + 1
    assert len(fsdp.only(when="backward", operation="all_gather").messages) == L
    assert len(fsdp.only(when="backward", operation="reduce_scatter").messages) == L + 1


def test_bytes_by_hand():
    # 1000 parameters of 4 bytes; two processes send each other one half of the sum, then the other.
    assert parallel.data_parallel_bytes(1000, 2) == (4000, 4000)
    assert parallel.data_parallel_bytes(1000, 4) == (4000, 6000)  # 2 · 3/4
    assert parallel.data_parallel_bytes(1000, 1) == (4000, 0)
    # All gathered, 900 of them again, all scattered: 2900 values, of which a process sends half.
    assert parallel.fsdp_bytes(1000, 100, 2) == (11_600, 5800)
    # 2 blocks: (4·2 + 2) all-reduces of 3·8 positions × 24, three of 3·8; 4 bytes each.
    config = GPTConfig(vocab_size=11, seq_len=8, n_layer=2, n_embd=24, n_head=6)
    assert parallel.tensor_parallel_bytes(config, 3, 2).payload == 4 * (10 * 3 * 8 * 24 + 3 * 3 * 8)
    assert parallel.tensor_parallel_bytes(config, 3, 2, seq_len=4).payload == 4 * (10 * 3 * 4 * 24 + 3 * 3 * 4)
    # At the same payload FSDP's two operations cost what an all-reduce does: it is made of them.
    both = parallel.sent_bytes("reduce_scatter", 900, 3) + parallel.sent_bytes("all_gather", 900, 3)
    assert both == parallel.sent_bytes("all_reduce", 900, 3) == 1200
    with pytest.raises(ValueError, match="unknown operation 'gossip'"):
        parallel.sent_bytes("gossip", 1, 2)


def test_all_reduce_by_hand_gives_what_gloo_gives(two, three):
    for n, ranks in ((2, two), (3, three)):
        for rank, results in enumerate(found["all-reduce"] for found in ranks):
            sends = dict(result for result in results if len(result) == 2)
            for name, size, error, unchanged in (result for result in results if len(result) == 4):
                assert error < TOLERANCE, (name, size)
                assert unchanged, "the tensor that was given was changed"
            size = 2 * 3 * 5 * 8  # bytes in float64, and 30 values are divided by 2 and by 3
            assert sends["ring_all_reduce sends"] == 2 * (n - 1) * size // n
            assert sends["naive_all_reduce sends"] == (size * (n - 1) if rank == 0 else size)


def has_network_namespaces():
    """Whether a network of one's own can be made here: where only the test's messages pass."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return False
    return subprocess.run(["unshare", "-rn", "ip", "link", "set", "lo", "up"], capture_output=True).returncode == 0


@pytest.mark.skipif(not has_network_namespaces(), reason="no network of its own can be made here")
def test_the_formula_is_what_goes_over_the_network():
    script = "from course_lib import parallel; from tests.parallel import parallel_jobs as jobs\n"
    script += "print(parallel.launch(jobs.bytes_over_the_network, 3)[0])"
    command = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", sys.executable, "-c", script]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=True)
    for operation, (counted, expected) in ast.literal_eval(ended.stdout).items():
        assert expected <= counted < 1.03 * expected, operation  # headers, acknowledgements, and the barriers' messages


# The pieces, in one process


def test_grouped_by_process_a_fused_projection_is_again_one_of_the_heads_of_each_process():
    C, H, n = 12, 6, 3
    weight = torch.arange(3 * C * C, dtype=torch.float64).view(3 * C, C)
    x = torch.randn(1, 2, C, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = [split_heads(part, H) for part in F.linear(x, weight).chunk(3, dim=-1)]  # each (B, H, T, D)
    for rank, rows in enumerate(parallel.group_qkv(weight, n).chunk(n)):
        for part, heads in zip(F.linear(x, rows).chunk(3, dim=-1), expected, strict=True):
            assert torch.equal(split_heads(part, H // n), heads[:, rank * H // n : (rank + 1) * H // n])


@pytest.mark.parametrize("shape", [(12, 5), (12,)])
@pytest.mark.parametrize("n", [1, 2, 4])
def test_grouping_is_undone(shape, n):
    rows = torch.randn(shape)
    assert torch.equal(parallel.ungroup_qkv(parallel.group_qkv(rows, n), n), rows)


def test_what_cannot_be_shared_out_is_refused():
    with pytest.raises(ValueError, match="n_head = 5 cannot be shared out equally among 2 processes"):
        parallel.check_divisible(GPT(PRESETS["howsam"]), 2)
    with pytest.raises(ValueError, match=r"n_kv_head = 2 cannot .* from \[1, 2\]"):
        parallel.check_divisible(parallel_jobs.llama(n_head=4, n_kv_head=2), 4)
    with pytest.raises(ValueError, match="hidden_dim = 35"):
        parallel.check_divisible(parallel_jobs.llama(hidden_dim=35), 2)
    with pytest.raises(ValueError, match=r"dropout = 0.1.*dataclasses.replace"):
        parallel.check_divisible(parallel_jobs.gpt(dropout=0.1), 2)
    with pytest.raises(ValueError, match="a GPT or a Llama, got Linear"):
        parallel.check_divisible(torch.nn.Linear(2, 2), 2)
    parallel.check_divisible(parallel_jobs.llama(), 3)


def test_shares_of_a_batch_are_equal_and_together_the_batch():
    batch = torch.arange(12).view(6, 2)
    assert torch.equal(torch.cat([parallel.share_of_batch(batch, rank, 3) for rank in range(3)]), batch)
    with pytest.raises(ValueError, match="a batch of 6 cannot be divided among 4 devices"):
        parallel.share_of_batch(batch, 0, 4)


def test_what_is_cut_can_be_put_together(two):
    assert all(rank["cut"][0] for rank in two)
    total = two[0]["cut"][2]
    assert sum(rank["cut"][1] for rank in two) == total  # nothing twice, nothing missing
    tensor = torch.ones(3)
    assert torch.equal(parallel.split_like(tensor, torch.empty(3)), tensor)  # what is whole stays whole
    assert parallel.whole(tensor) is tensor


def test_joining_needs_torchrun(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    assert not parallel.started_by_torchrun()
    with (
        pytest.raises(ValueError, match="torchrun --standalone --nproc-per-node 2 -m course_tools train"),
        parallel.joined(),
    ):
        pass


@pytest.mark.skipif(torch.cuda.device_count() >= 8, reason="there are GPUs enough")
def test_more_processes_than_gpus_are_refused(monkeypatch):
    for name, value in {"RANK": 0, "LOCAL_RANK": 0, "WORLD_SIZE": 8, "LOCAL_WORLD_SIZE": 8}.items():
        monkeypatch.setenv(name, str(value))
    with pytest.raises(ValueError, match="a CUDA device for each of 8 processes"), parallel.joined(gpu=True):
        pass


# Processes: what they print and return, and how they end

needs_sigkill = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that ends a process at once")


def children():
    return [process for process in psutil.Process().children(recursive=True) if "worker" in " ".join(process.cmdline())]


def test_an_error_in_one_process_ends_all_and_is_told(capsys):
    with pytest.raises(parallel.ProcessFailed) as failure:
        parallel.launch(parallel_jobs.raise_on_one, 2, time_limit=PATIENCE)
    lines = str(failure.value).splitlines()
    assert failure.value.rank == 1
    assert lines[0] == "rank 1 of 2 failed with exit status 1; all processes have ended"
    assert "    ValueError: no such luck" in lines
    assert any("raise_on_one" in line for line in lines)  # where
    assert "worker.py" not in str(failure.value)
    assert capsys.readouterr().out == "[rank 0] before, on 0\n[rank 1] before, on 1\n"
    assert children() == []


@needs_sigkill
def test_a_killed_process_ends_all_and_is_named():
    start = time.monotonic()
    with pytest.raises(parallel.ProcessFailed, match=r"rank 1 of 2 was ended by SIGKILL; all processes have ended"):
        parallel.launch(parallel_jobs.die_on_one, 2, time_limit=10 * PATIENCE)
    assert time.monotonic() - start < PATIENCE  # rank 0 would have waited for the whole limit
    assert children() == []


def test_a_process_that_waits_for_ever_is_ended_and_told_where():
    with pytest.raises(TimeoutError) as failure:
        parallel.launch(parallel_jobs.forget_one, 2, time_limit=2.0)
    message = str(failure.value)
    assert "had not ended after 2 seconds" in message
    assert "rank 1 had returned from the function" in message
    assert "in forget_one" in message
    assert children() == []


def test_processes_end_with_the_one_that_launched_them(tmp_path):
    script = "import sys; from course_lib import parallel; from tests.parallel import parallel_jobs as jobs\n"
    script += "parallel.launch(jobs.sleep_long, 2, sys.argv[1], time_limit=900)"
    launcher = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT)
    files = [tmp_path / f"{rank}.pid" for rank in range(2)]
    wait_until(lambda: all(file.exists() and file.read_text() for file in files))
    workers = [int(file.read_text()) for file in files]
    launcher.kill()
    launcher.wait()
    wait_until(lambda: not any(alive(worker) for worker in workers))


def wait_until(holds):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@needs_sigkill
def test_torchrun_ends_all_when_one_is_killed():
    ended = subprocess.run(
        parallel.torchrun(["-m", "tests.parallel.parallel_jobs"], 2),
        cwd=ROOT,
        env=parallel.launch_environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ended.returncode != 0
    assert "SIGKILL" in ended.stderr
    assert "rank      : 1" in ended.stderr  # torchrun's own report


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_nccl_without_a_gpu_says_what_to_do():
    with pytest.raises(parallel.ProcessFailed, match=r"nccl needs a CUDA device .* use backend=\"gloo\""):
        parallel.launch(parallel_jobs.on_one_gpu, 1, backend="nccl", time_limit=PATIENCE)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_nccl_on_one_gpu():
    (found,) = parallel.launch(parallel_jobs.on_one_gpu, 1, backend="nccl", time_limit=PATIENCE)
    assert max(found) < 1e-9


@pytest.mark.parametrize("n", [0, -1, 1.5, True])
def test_the_number_of_processes_is_checked(n):
    with pytest.raises(ValueError, match="n_processes must be a positive whole number"):
        parallel.launch(parallel_jobs.sleep_long, n)


# Functions of a notebook


def cell(text, **names):
    """What a notebook's cell defines, as IPython runs it: in __main__, its text known to linecache."""
    file = f"<cell {hash(text)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace = {"__name__": "__main__", **names}
    exec(compile(text, file, "exec"), namespace)
    return namespace


def test_a_function_of_a_notebook_takes_along_what_it_uses():
    names = cell(
        "import math\n"
        "from torch import Tensor\n"
        "STEPS = 3\n"
        "UNUSED = (x for x in [])\n"
        "def helper(n: int = STEPS) -> Tensor:\n"
        "    return torch.full((n,), math.pi)\n"
        "def job(scale: float):\n"
        "    return [scale * float(value) for value in helper()]\n",
        torch=torch,
    )
    assert unpack(pack(names["job"]))(2.0) == pytest.approx([2 * 3.14159265] * 3)  # though UNUSED could not be sent


def test_a_class_of_a_notebook_travels_and_so_does_what_is_made_of_it():
    names = cell(
        "class Mine(torch.nn.Module):\n"
        "    def __init__(self, n: int):\n"
        "        super().__init__()\n"
        "        self.linear = torch.nn.Linear(n, n)\n"
        "    def forward(self, x):\n"
        "        return scale * self.linear(x)\n"
        "scale = 3\n"
        "thing = Mine(2)\n"
        "def job(other):\n"
        "    return thing(torch.ones(1, 2)), Mine(4)(torch.ones(1, 4)).shape, other, isinstance(other, Mine)\n",
        torch=torch,
    )
    for there, shape, back, known in parallel.launch(names["job"], 2, names["thing"], time_limit=PATIENCE):
        assert torch.equal(there, names["thing"](torch.ones(1, 2)))
        assert shape == (1, 4)
        assert known
        assert type(back) is names["Mine"]


def test_a_local_name_may_be_that_of_something_that_cannot_be_sent():
    names = cell("rows = (n for n in range(3))\ndef job():\n    rows = [1, 2]\n    return sum(rows)\n")
    assert unpack(pack(names["job"]))() == 3


def test_lambdas_and_functions_made_by_functions_travel():
    names = cell(
        "def outer(n):\n    def inner():\n        return n\n    return inner\ninner, short = outer(7), lambda: 1\n"
    )
    assert unpack(pack(names["outer"](7)))() == 7
    assert unpack(pack(names["short"]))() == 1


def test_functions_of_a_notebook_may_call_each_other_and_themselves():
    names = cell(
        "def even(n):\n    return n == 0 or odd(n - 1)\n"
        "def odd(n):\n    return n != 0 and even(n - 1)\n"
        "def factorial(n):\n    return 1 if n < 2 else n * factorial(n - 1)\n"
    )
    assert unpack(pack(names["even"]))(10)
    assert unpack(pack(names["factorial"]))(5) == 120


def test_what_cannot_be_sent_is_named():
    names = cell(
        "numbers = (n for n in range(3))\n"
        "def uses_generator():\n    return list(numbers)\n"
        "def calls():\n    return answers()\n"
        "def answers():\n    return calls() + uses_generator()\n"
        "def outer(n):\n    def inner():\n        return n\n    return inner\n"
        "holds = outer((n for n in range(3)))\n"
    )
    for function, name in {"uses_generator": "numbers", "calls": "numbers", "holds": "n"}.items():
        message = rf"^{name} cannot be sent to another process \(.*generator.*\); make it inside the function"
        with pytest.raises(ValueError, match=message):
            parallel.launch(names[function], 2)
    with pytest.raises(ValueError, match=r"^a generator cannot be sent"):
        parallel.launch(parallel_jobs.sleep_long, 2, names["numbers"])


def test_a_result_that_cannot_be_sent_is_named():
    names = cell("def job():\n    return (n for n in range(3))\n")
    with pytest.raises(
        parallel.ProcessFailed, match=r"ValueError: a generator cannot be sent .*; return tensors, numbers, or lists"
    ):
        parallel.launch(names["job"], 1, time_limit=PATIENCE)


def test_an_error_in_a_function_of_a_notebook_shows_its_line():
    function = unpack(pack(cell("def job():\n    return 1 / 0\n")["job"]))
    with pytest.raises(ZeroDivisionError) as failure:
        function()
    assert "return 1 / 0" in str(failure.traceback[-1].statement)


def test_it_shows_its_line_across_processes_without_a_file_name_that_differs_from_run_to_run():
    job = cell("def job():\n    return 1 / 0\n")["job"]
    with pytest.raises(parallel.ProcessFailed) as failure:
        parallel.launch(job, 1, time_limit=PATIENCE)
    assert '  File "<a cell of the notebook>", line 2, in job\n        return 1 / 0' in str(failure.value)
    assert job.__code__.co_filename not in str(failure.value)
