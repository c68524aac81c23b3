"""The capstone takes what is right of a learner's answers, says why it leaves the rest, and leaks nothing."""

import json
import math
import time
from pathlib import Path

import pytest
import torch

import course_lib.attention
import course_lib.multi_head_attention
from course_lib.checks.capstone import PARTS, assemble
from course_lib.checks.capstone.training import train_with
from course_lib.checks.engine.catalogue import exercises_of, find_exercise
from course_lib.config import GPTConfig
from course_lib.data import BatchLoader, TokenDataset
from course_lib.gpt import GPT
from course_lib.training import TrainConfig, train
from course_lib.util.topics import find_topic

ROOT = Path(__file__).parents[3]
CONFIG = GPTConfig(vocab_size=13, seq_len=8, n_layer=2, n_embd=12, n_head=3)
IMPORTS = {
    "attention": "import math\nimport torch\nfrom course_lib import attention",
    "multi_head_attention": (
        "import torch\nfrom torch import nn\nfrom course_lib import multi_head_attention\n"
        "from course_lib.attention import scaled_dot_product_attention"
    ),
    "gpt": (
        "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n"
        "from course_lib.block import DecoderBlock, LayerNorm"
    ),
    "mlp": "import torch\nimport math",
}
SOFTMAX = """
def softmax(x, dim=-1):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
"""
HEADS = """
class MultiHeadAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.n = config.n_head
        self.qkv_proj = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.out_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
    def forward(self, x):
        q, k, v = (multi_head_attention.split_heads(p, self.n) for p in self.qkv_proj(x).chunk(3, -1))
        return self.out_proj(merge_heads(scaled_dot_product_attention(q, k, v)))
"""
MERGE = "def merge_heads(x): return x.transpose(1, 2).flatten(2)"


@pytest.fixture
def write(tmp_path):
    """Writes an exercise notebook with the topic's imports and these cells; returns the folder."""

    def write(topic, *cells):
        sources = [IMPORTS.get(topic, ""), *cells]
        notebook = {
            "nbformat": 4,
            "cells": [{"cell_type": "code", "metadata": {}, "source": source} for source in sources],
        }
        (tmp_path / f"{find_topic(topic).stem}.ipynb").write_text(json.dumps(notebook))
        return tmp_path

    return write


def reason(assembly, name):
    return next(origin.reason for origin in assembly.origins if origin.part.name == name)


def test_every_part_is_an_exercise_of_its_topic():
    for part in PARTS:
        assert find_exercise(part.name) in exercises_of(part.topic)


def test_without_any_answer_all_parts_are_the_librarys(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assembly = assemble()
    assert assembly.yours == []
    assert {origin.reason for origin in assembly.origins} == {"not attempted yet"}
    assert f"0 of {len(PARTS)} parts are yours" in repr(assembly)


def test_the_librarys_parts_make_the_librarys_gpt(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = assemble().model(CONFIG, seed=3)
    theirs = GPT(CONFIG, torch.Generator().manual_seed(3))
    idx = torch.randint(CONFIG.vocab_size, (2, 8))
    torch.testing.assert_close(own(idx), theirs(idx), atol=1e-5, rtol=1e-4)


def test_the_parts_train_as_the_library_does(tmp_path, monkeypatch):
    # One step each of: schedule, accumulation, clipping, AdamW with decay groups; 12 times.
    monkeypatch.chdir(tmp_path)
    assembly = assemble()
    data = TokenDataset(torch.randint(CONFIG.vocab_size, (400,), generator=torch.Generator().manual_seed(0)), 8)
    config = TrainConfig(steps=12, batch_size=4, accumulate=2, learning_rate=1e-2, warmup_steps=3, clip=0.5)
    own, theirs = assembly.model(CONFIG), GPT(CONFIG, torch.Generator().manual_seed(0))
    ours, library = train_with(assembly.parts, own, data, config), train(theirs, data, config)
    # In float32, and AdamW divides by the gradient's size: small differences of order 1e-6 are magnified.
    assert ours.losses == pytest.approx(library.losses, abs=1e-3)
    assert ours.gradient_norms == pytest.approx(library.gradient_norms, rel=1e-2)
    assert ours.learning_rates == pytest.approx(library.learning_rates)
    assert ours.tokens == library.tokens


def test_training_goes_on_after_an_epoch(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assembly = assemble()
    data = TokenDataset(torch.randint(CONFIG.vocab_size, (8 * 5 + 1,)), 8)  # 5 windows, 2 batches an epoch
    history = assembly.train(assembly.model(CONFIG), data, TrainConfig(steps=7, batch_size=2, warmup_steps=1))
    assert history.step == 7


def test_windows_lose_nothing_but_the_rest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    windows = assemble().windows([[1, 2, 3], [4, 5, 6, 7], [8, 9]], end_of_text=0, seq_len=5)
    x, y = next(iter(BatchLoader(windows, 2, shuffle=False)))
    assert x.tolist() == [[0, 1, 2, 3, 0], [4, 5, 6, 7, 0]]
    assert y.tolist() == [[1, 2, 3, 0, 4], [5, 6, 7, 0, 8]]


def test_it_validates_and_writes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assembly = assemble()
    model = assembly.model(CONFIG)
    data = TokenDataset(torch.randint(CONFIG.vocab_size, (200,)), 8)
    assert assembly.validate(model, data, batch_size=4, batches=3) == pytest.approx(math.log(13), abs=0.2)
    text = assembly.write(model, torch.tensor([[1, 2]]), max_new_tokens=11)
    assert text.shape == (1, 13)
    assert text[0, :2].tolist() == [1, 2]


def test_an_answer_is_found_by_name_and_used_inside_others(write):
    called = "def note():\n    calls.append(1)\ncalls = []"
    folder = write("attention", called, SOFTMAX.replace("    e =", "    note()\n    e =", 1))
    assembly = assemble(folder=folder)
    assert assembly.yours == ["softmax"]
    calls = assembly.parts["softmax"].__globals__["calls"]
    before = len(calls)
    assembly.model(CONFIG)(torch.zeros(1, 8, dtype=torch.long))
    assert len(calls) == before + CONFIG.n_layer  # by the library's attention, once a block


def test_answers_call_the_learners_own_earlier_answers_in_place_of_the_librarys(write):
    write("attention", SOFTMAX, "def causal_mask(T):\n    return torch.ones(T, T).tril() > 0")
    folder = write("multi_head_attention", MERGE, HEADS)
    assembly = assemble(folder=folder)
    assert assembly.yours == ["softmax", "causal_mask", "merge_heads", "MultiHeadAttention"]
    model = assembly.model(CONFIG)
    assert model(torch.zeros(1, 8, dtype=torch.long)).shape == (1, 8, CONFIG.vocab_size)
    inside = assembly.parts["MultiHeadAttention"].forward.__globals__
    assert inside["merge_heads"] is assembly.parts["merge_heads"]
    assert inside["scaled_dot_product_attention"] is assembly.parts["scaled_dot_product_attention"]
    assert inside["multi_head_attention"].split_heads is assembly.parts["split_heads"]


def test_the_library_is_left_alone(write):
    before = dict(vars(course_lib.multi_head_attention)), dict(vars(course_lib.attention))
    write("attention", SOFTMAX)
    assemble(folder=write("multi_head_attention", MERGE, HEADS))
    assert (dict(vars(course_lib.multi_head_attention)), dict(vars(course_lib.attention))) == before


def test_names_of_one_notebook_do_not_reach_another(write):
    write("attention", "helper = 3", SOFTMAX)
    folder = write("multi_head_attention", MERGE.replace("flatten(2)", "flatten(helper - 1)"))
    assembly = assemble(folder=folder)
    assert assembly.yours == ["softmax"]
    assert reason(assembly, "merge_heads").startswith("not right yet")


def test_a_wrong_answer_is_named_and_replaced(write):
    folder = write("attention", "def causal_mask(T):\n    return torch.ones(T, T, dtype=torch.bool).triu()")
    assembly = assemble(folder=folder)
    assert reason(assembly, "causal_mask") == "not right yet (transposed)"
    assert assembly.parts["causal_mask"](2).tolist() == [[True, False], [True, True]]


def test_an_answer_that_leans_on_a_wrong_one_is_taken_with_the_librarys_in_its_place(write):
    folder = write("multi_head_attention", "def merge_heads(x): return x.flatten(2)", HEADS)
    assembly = assemble(folder=folder)
    assert assembly.yours == ["MultiHeadAttention"]


def test_stubs_are_not_attempted(write):
    model = """
class TinyGPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        raise NotImplementedError()
"""
    function = "def embed(idx, token_table, position_table):\n    raise NotImplementedError()"
    assembly = assemble(folder=write("gpt", model, function))
    assert reason(assembly, "TinyGPT") == reason(assembly, "embed") == "not attempted yet"


def test_a_learners_whole_model_is_built_and_trained(write):
    gpt = """
class TinyGPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.wpe = nn.Embedding(config.seq_len, config.n_embd)
        self.blocks = nn.Sequential(*[DecoderBlock(config) for _ in range(config.n_layer)])
        self.ln = LayerNorm(config.n_embd)
        self.head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.head.weight = self.wte.weight
    def forward(self, idx):
        x = self.wte(idx) + self.wpe.weight[:idx.shape[1]]
        return self.head(self.ln(self.blocks(x)))
"""
    assembly = assemble(folder=write("gpt", gpt))
    assert assembly.yours == ["TinyGPT"]
    model = assembly.model(CONFIG, seed=1)
    idx = torch.randint(CONFIG.vocab_size, (2, 8))
    torch.testing.assert_close(model(idx), GPT(CONFIG, torch.Generator().manual_seed(1))(idx), atol=1e-5, rtol=1e-4)


def test_an_answer_that_passes_its_check_but_not_in_the_model_is_left_out(write):
    # The model that parts are tried in is the only one here with 3 texts of 8 tokens and a width of 12.
    gelu = """
def gelu_tanh(x):
    y = 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return 2 * y if x.shape == (3, 8, 48) else y
"""
    assembly = assemble(folder=write("mlp", gelu))
    assert assembly.yours == []
    assert reason(assembly, "gelu_tanh") == "it passes its check, but the model with it computes something else"


def test_an_answer_that_fails_in_the_model_only_is_left_out(write):
    gelu = """
def gelu_tanh(x):
    if x.shape == (3, 8, 48): raise ValueError("too large")
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
"""
    said = reason(assemble(folder=write("mlp", gelu)), "gelu_tanh")
    assert said == "it passes its check, but the model with it fails: ValueError: too large"


def test_answers_of_this_kernel_are_given_directly(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def clip_gradients(parameters, max_norm):
        return float(torch.nn.utils.clip_grad_norm_(list(parameters), max_norm))

    def cosine_rate(step, steps, warmup_steps, peak, final_fraction):
        raise NotImplementedError

    assembly = assemble(clip_gradients, cosine_rate)
    assert assembly.yours == ["clip_gradients"]
    assert assembly.parts["clip_gradients"] is clip_gradients


def test_an_endless_cell_is_ended(write):
    folder = write("attention", "while True:\n    softmax = 1")
    start = time.monotonic()
    assembly = assemble(folder=folder, seconds=0.5)
    assert time.monotonic() - start < 30
    assert reason(assembly, "softmax") == "its cells were still running after 0.5 seconds"


def test_an_endless_answer_is_ended(write):
    assembly = assemble(folder=write("attention", "def softmax(x, dim=-1):\n    while True: pass"), seconds=0.5)
    assert reason(assembly, "softmax").startswith("not right yet")


def test_a_cell_that_raises_is_told(write):
    assembly = assemble(folder=write("attention", "base = 1 / 0\ndef softmax(x, dim=-1):\n    return base"))
    assert reason(assembly, "softmax") == "its cells raise ZeroDivisionError: division by zero"


def test_a_file_that_is_no_notebook_is_told(tmp_path):
    (tmp_path / "03_attention.ipynb").write_text("not json")
    assembly = assemble(folder=tmp_path)
    assert reason(assembly, "softmax").startswith("03_attention.ipynb: the file is not JSON")


def test_a_name_that_is_no_function_is_not_right(write):
    assembly = assemble(folder=write("attention", "softmax = 3"))
    assert reason(assembly, "softmax").startswith("not right yet")


def test_a_notebook_that_is_saved_again_is_read_again(write):
    folder = write("multi_head_attention", "def merge_heads(x): return x")
    assert assemble(folder=folder).yours == []
    write("multi_head_attention", MERGE)
    assert assemble(folder=folder).yours == ["merge_heads"]


def test_a_folder_without_exercises_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no exercise notebook such as 01_tokenization.ipynb in"):
        assemble(folder=tmp_path)


def test_in_the_solutions_folder_the_exercises_beside_it_are_read(write, tmp_path, monkeypatch):
    course = tmp_path / "course"
    (course / "solutions").mkdir(parents=True)
    write("attention", SOFTMAX).joinpath("03_attention.ipynb").rename(course / "elsewhere.ipynb")
    (course / "exercises").mkdir()
    (course / "elsewhere.ipynb").rename(course / "exercises" / "03_attention.ipynb")
    monkeypatch.chdir(course / "solutions")
    assert assemble().yours == ["softmax"]


def test_the_table_escapes_what_it_shows(write):
    raising = "base = [].index('<b>')\ndef softmax(x, dim=-1):\n    return base"
    shown = assemble(folder=write("attention", raising))._repr_html_()
    assert "<td><code>softmax</code></td>" in shown
    assert "&lt;b&gt;" in shown
    assert "'<b>'" not in shown


def test_first_weights_can_be_scaled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assembly = assemble()
    plain, scaled = assembly.model(CONFIG), assembly.model(CONFIG, scale=3)
    for one, other in zip(plain.parameters(), scaled.parameters(), strict=True):
        torch.testing.assert_close(other, one if one.dim() == 1 else 3 * one)  # the scales of norms stay at one


def test_the_courses_own_solutions_are_taken_whole_and_train_as_the_library_does():
    assembly = assemble(folder=ROOT / "solutions")
    assert assembly.yours == [part.name for part in PARTS]
    data = assembly.windows([[1, 2, 3, 4, 5, 6, 7, 8, 9]] * 20, end_of_text=0, seq_len=8)
    config = TrainConfig(steps=8, batch_size=4, accumulate=2, learning_rate=1e-2, warmup_steps=2)
    own, theirs = assembly.model(CONFIG), GPT(CONFIG, torch.Generator().manual_seed(0))
    ours, library = assembly.train(own, data, config), train(theirs, data, config)
    assert ours.losses == pytest.approx(library.losses, abs=1e-3)
    assert ours.losses[-1] < ours.losses[0]
