"""A run's folder gives back the model and its tokenizer."""

from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from course_lib.config import GPTConfig, GPTNeoConfig, LlamaConfig, RopeScaling
from course_lib.gpt import GPT
from course_lib.llama import Llama
from course_lib.pretrained.gpt_neo import GPTNeo
from course_lib.tokenization import save_tokenizer, train_tokenizer
from course_lib.training import build_model, load_run, save_checkpoint

SMALL_GPT = GPTConfig(vocab_size=300, seq_len=16, n_layer=2, n_embd=24, n_head=3, bias=True, dropout=0.5)
SMALL_NEO = GPTNeoConfig(vocab_size=300, seq_len=16, n_layer=2, n_embd=24, n_head=3, window=4)
SMALL_LLAMA = LlamaConfig(vocab_size=300, seq_len=16, n_layer=2, n_embd=24, n_head=3, hidden_dim=40)
STRETCHED = LlamaConfig(
    vocab_size=300, seq_len=16, n_layer=1, n_embd=24, n_head=3, hidden_dim=40, rope_scaling=RopeScaling(factor=8.0)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a tokenizer of 300 tokens in it."""
    texts = [f"Lily had {n} red balls and Tom found the other {n * n} under a tree." for n in range(40)]
    save_tokenizer(train_tokenizer(texts, vocab_size=300), tmp_path / "tokenizer.json")
    return tmp_path


@pytest.mark.parametrize("config", [SMALL_GPT, SMALL_NEO, SMALL_LLAMA, STRETCHED])
def test_model_and_tokenizer_come_back(folder: Path, config: GPTConfig | GPTNeoConfig | LlamaConfig) -> None:
    saved = {GPTConfig: GPT, GPTNeoConfig: GPTNeo, LlamaConfig: Llama}[type(config)](config)
    save_checkpoint(folder, saved, step=3)
    model, tokenizer = load_run(folder)
    assert type(model) is type(saved)
    assert model.config == config
    assert not model.training
    idx = torch.tensor([tokenizer.encode("Lily had a ball.").ids[:8]])
    assert torch.equal(model(idx), saved.eval()(idx))


def test_the_newest_checkpoint_is_taken(folder: Path) -> None:
    save_checkpoint(folder, GPT(SMALL_GPT), step=3)
    newest = GPT(SMALL_GPT)
    save_checkpoint(folder, newest, step=20)
    model, _ = load_run(folder)
    assert torch.equal(model.head.weight, newest.head.weight)


def test_what_is_missing_is_named(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(
        FileNotFoundError,
        match=r"there is no checkpoint.*`course train` makes one; .* is called howsam",
    ):
        load_run(folder)
    save_checkpoint(folder, GPT(SMALL_GPT), step=3)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"no tokenizer\.json"):
        load_run(folder)


def test_a_tokenizer_of_another_size_is_refused(folder: Path) -> None:
    save_checkpoint(folder, GPT(GPTConfig(vocab_size=100, seq_len=8, n_layer=1, n_embd=8, n_head=1)), step=1)
    with pytest.raises(ValueError, match=r"has 300 tokens, the model only 100"):
        load_run(folder)


def test_models_that_are_no_gpt_and_no_llama_are_refused() -> None:
    with pytest.raises(ValueError, match="one of GPT, GPTNeo, Llama, ModernDecoder, got one of a 'Bigram'"):
        build_model("Bigram", {})
    with pytest.raises(ValueError, match=r"not one of this course's version.*wheels"):
        build_model("GPT", {**asdict(SMALL_GPT), "wheels": 4})
