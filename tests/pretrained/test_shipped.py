"""The model that comes with the course is the one that its log tells of, and `transformers` reads it as well."""

import json
from itertools import islice
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from transformers import GPT2LMHeadModel

from course_lib.config import PRESETS, GPTConfig, TrainConfig
from course_lib.corpus.generator import generate, score
from course_lib.data import TokenDataset
from course_lib.gpt import GPT
from course_lib.pretrained import end_tokens, load, load_tokenizer
from course_lib.pretrained.shipped import read_log, read_written
from course_lib.pretrained.sources import shipped_folder
from course_lib.show.profiling import num_params
from course_lib.tokenization import END_OF_TEXT
from course_lib.training import evaluate
from course_tools.own_model.ship import as_gpt2, in_gpt2_names

BATCH, BATCHES = 64, 20  # of the training's own validation


def test_it_is_the_configuration_of_the_course_in_float32() -> None:
    model = load("howsam")
    assert isinstance(model, GPT)
    assert model.config == PRESETS["howsam"]
    assert not model.training
    assert num_params(model) == 2_457_800
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert {parameter.dtype for parameter in load("howsam", dtype=torch.bfloat16).parameters()} == {torch.bfloat16}


def test_the_shipped_weights_have_the_loss_that_the_log_ends_with() -> None:
    log, model, tokenizer = read_log(), load("howsam"), load_tokenizer("howsam")
    needed = BATCHES * BATCH * model.config.seq_len + 1
    ids: list[int] = []
    end = tokenizer.token_to_id(END_OF_TEXT)
    stories = (story.text for story in generate("validation"))
    while len(ids) < needed:
        for encoded in tokenizer.encode_batch_fast(list(islice(stories, 200)), add_special_tokens=False):
            ids += [end, *encoded.ids]
    windows = TokenDataset(torch.tensor(ids[:needed]), model.config.seq_len)
    config = TrainConfig(batch_size=BATCH, eval_batches=BATCHES)
    assert evaluate(model, windows, config) == pytest.approx(log.shipped_validation, abs=2e-4)
    assert log.validation[-1] == (20_000, pytest.approx(log.shipped_validation, abs=2e-3))


def test_the_log_tells_the_whole_training() -> None:
    log = read_log()
    assert log.steps[-1] == log.validation[-1][0] == 20_000
    assert len(log.losses) == len(log.gradient_norms) == len(log.learning_rates) == len(log.steps)
    assert log.tokens == 20_000 * 64 * 128
    assert log.losses[0] > 7 > 0.7 > log.losses[-1] > log.floor
    assert log.story.mean > log.story_floor.mean
    assert log.story.mean / log.story_floor.mean < 1.05


def test_what_it_wrote_are_stories_of_which_some_are_possible() -> None:
    stories = read_written()
    assert len(stories) == 12
    assert all(story.startswith("Once upon a time") for story in stories)
    assert score(stories[1]) is not None  # five of the twelve are; one wrong word makes a story impossible


def test_it_is_small_enough_to_come_with_the_course() -> None:
    assert sum(path.stat().st_size for path in shipped_folder().iterdir()) < 6e6


def test_transformers_reads_the_same_model() -> None:
    theirs = GPT2LMHeadModel.from_pretrained(shipped_folder(), dtype=torch.float32).eval()
    idx = torch.randint(10_000, (2, 50), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(load("howsam")(idx), theirs(idx).logits, atol=2e-4, rtol=1e-4)


def test_its_end_of_text_is_said() -> None:
    assert end_tokens("howsam") == {load_tokenizer("howsam").token_to_id(END_OF_TEXT)}


def test_config_and_names_of_another_model_come_back_too(tmp_path: Path) -> None:
    for bias in (False, True):
        shape = GPTConfig(vocab_size=60, seq_len=9, n_layer=2, n_embd=12, n_head=3, bias=bias, mlp_ratio=3)
        model = GPT(shape, torch.Generator().manual_seed(0))
        save_file(in_gpt2_names(model), tmp_path / "model.safetensors")
        (tmp_path / "config.json").write_text(json.dumps(as_gpt2(shape, 0)))
        again = load(tmp_path, dtype=torch.float32)
        assert again.config == shape
        for (name, one), (_, other) in zip(model.named_parameters(), again.named_parameters(), strict=True):
            torch.testing.assert_close(one.bfloat16().float(), other, msg=name)


def test_a_model_that_does_not_come_with_the_course_is_said() -> None:
    with pytest.raises(ValueError, match="'gpt2' does not come with the course; these do: howsam"):
        read_log("gpt2")
