"""`course generate`: a run's folder, a checkpoint of another library, what is printed, what is refused."""

import types
from pathlib import Path

import pytest
import torch
import transformers

from course_lib.config import GPTConfig
from course_lib.corpus import load_stories
from course_lib.generation import encode_prompt, generate
from course_lib.gpt import GPT
from course_lib.inference import quantize_model
from course_lib.tokenization import load_tokenizer, save_tokenizer, train_tokenizer
from course_lib.training import save_checkpoint
from course_tools.cli import main
from course_tools.commands import generate as command

PROMPT = "One day"


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """The folder of a run that has hardly begun: every token is drawn from nearly even chances."""
    folder = tmp_path_factory.mktemp("run")
    save_tokenizer(train_tokenizer(load_stories("sample", n=20)["text"], vocab_size=400), folder / "tokenizer.json")
    V = load_tokenizer(folder / "tokenizer.json").get_vocab_size()
    config = GPTConfig(vocab_size=V, seq_len=16, n_layer=1, n_embd=16, n_head=2)
    save_checkpoint(folder, GPT(config, torch.Generator().manual_seed(0)), step=1)
    return folder


def printed(capsys, *arguments: object) -> str:
    assert main(["generate", *map(str, arguments)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_it_prints_the_prompt_and_what_generate_gives(capsys, run: Path) -> None:
    out = printed(capsys, run, "--prompt", PROMPT, "--tokens", 30, "--seed", 3, "--top-k", 50, "--device", "cpu")
    model, tokenizer = command.load(run)
    idx = torch.tensor([encode_prompt(tokenizer, PROMPT)])
    new = generate(model, idx, 30, seed=3, top_k=50, stop_token=0)[0, idx.shape[1] :].tolist()
    ids = new[: new.index(0)] if 0 in new else new
    assert out == PROMPT + tokenizer.decode(ids) + "\n"


def test_streaming_changes_nothing_but_when_it_is_seen(capsys, run: Path, monkeypatch) -> None:
    options = (run, "--tokens", 20, "--seed", 1)
    assert printed(capsys, *options) == printed(capsys, *options, "--no-stream")
    written: list[str] = []
    monkeypatch.setattr(command.sys, "stdout", types.SimpleNamespace(write=written.append, flush=lambda: None))
    command.generate_and_print(run, tokens=20, seed=1)
    whole = len(written)
    written.clear()
    command.generate_and_print(run, tokens=20, seed=1, show_as_written=False)
    assert whole > len(written) + 10


def test_each_story_has_the_next_seed(capsys, run: Path) -> None:
    two = printed(capsys, run, "--stories", 2, "--tokens", 10, "--seed", 5)
    first, second = (printed(capsys, run, "--tokens", 10, "--seed", seed) for seed in (5, 6))
    assert two == f"{first}\n{'-' * 40}\n\n{second}"


def test_beams_find_a_likely_text_and_need_no_seed(capsys, run: Path) -> None:
    options = (run, "--prompt", PROMPT, "--tokens", 8, "--beams", 3)
    assert printed(capsys, *options) == printed(capsys, *options)
    assert printed(capsys, run, "--prompt", PROMPT, "--tokens", 8, "--beams", 1) == printed(
        capsys, run, "--prompt", PROMPT, "--tokens", 8, "--temperature", 0
    )


def test_weights_may_be_halved(capsys, run: Path) -> None:
    assert printed(capsys, run, "--tokens", 5, "--seed", 0, "--dtype", "bfloat16").endswith("\n")


@pytest.mark.parametrize(("asked", "bits", "group_size"), [("int8", 8, None), ("int4", 4, 32)])
def test_weights_may_be_whole_numbers(capsys, run: Path, asked: str, bits: int, group_size: int | None) -> None:
    out = printed(capsys, run, "--tokens", 20, "--temperature", 0, "--quantize", asked, "--device", "cpu")
    model, tokenizer = command.load(run)
    idx = torch.tensor([encode_prompt(tokenizer, "")])
    new = generate(quantize_model(model, bits, group_size), idx, 20, temperature=0, stop_token=0)[0, 1:].tolist()
    assert out == tokenizer.decode(new[: new.index(0)] if 0 in new else new) + "\n"


def test_a_checkpoint_of_hugging_face_writes_as_it_does_there(capsys, run: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = transformers.GPT2Config(vocab_size=400, n_positions=32, n_embd=16, n_layer=2, n_head=2)
    theirs = transformers.GPT2LMHeadModel(config).eval()
    theirs.save_pretrained(tmp_path)
    (tmp_path / "tokenizer.json").write_bytes((run / "tokenizer.json").read_bytes())
    capsys.readouterr()
    out = printed(capsys, tmp_path, "--prompt", PROMPT, "--tokens", 12, "--temperature", 0, "--device", "cpu")
    tokenizer = load_tokenizer(tmp_path / "tokenizer.json")
    idx = torch.tensor([tokenizer.encode(PROMPT).ids])
    mask = torch.ones_like(idx)
    new = theirs.generate(idx, attention_mask=mask, max_new_tokens=12, do_sample=False, eos_token_id=0, pad_token_id=0)
    assert out == PROMPT + tokenizer.decode(new[0, idx.shape[1] :].tolist()) + "\n"


def test_the_name_of_a_released_model_is_handed_on(monkeypatch) -> None:
    asked = []
    monkeypatch.setattr("course_lib.pretrained.load", lambda name: asked.append(name) or "model")
    monkeypatch.setattr("course_lib.pretrained.load_tokenizer", lambda name: asked.append(name) or "tokenizer")
    assert command.load("tinystories-1m") == ("model", "tokenizer")
    assert asked == ["tinystories-1m"] * 2


def test_without_a_name_it_is_the_run_that_course_train_leaves(capsys, run: Path, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "run").symlink_to(run)
    monkeypatch.chdir(tmp_path)
    assert printed(capsys, "--tokens", 5, "--seed", 0) == printed(capsys, run, "--tokens", 5, "--seed", 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--top-p", "1.5"], "top_p must be above 0 and at most 1, got 1.5"),
        (["--temperature", "-1"], "temperature=-1.0"),
        (["--beams", "2", "--top-k", "5"], "--beams looks for the most likely text: leave out"),
        (["--beams", "2", "--stories", "2"], "--beams looks for the most likely text"),
    ],
)
def test_numbers_that_make_no_sense_are_one_line(capsys, run: Path, arguments: list[str], said: str) -> None:
    assert main(["generate", str(run), *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("course: ")
    assert err.count("\n") == 1
    assert said in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--beams", "2", "--seed", "1"], "--beams draws nothing"),
        (["--beams", "2", "--top-p", "0.5"], "leave out --stories"),
        (["--top-p", "1.5"], "top_p must be above 0 and at most 1"),
    ],
)
def test_what_contradicts_itself_is_refused_before_a_model_is_loaded(capsys, tmp_path, arguments, said) -> None:
    assert main(["generate", str(tmp_path / "no run here"), *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_second_end_of_text_of_a_checkpoint_ends_it_too(capsys, tmp_path: Path) -> None:
    tokenizer = train_tokenizer(load_stories("sample", n=20)["text"], vocab_size=300)
    tokenizer.add_special_tokens(["<|eot_id|>"])
    V = tokenizer.get_vocab_size()
    sizes = {"vocab_size": V, "n_positions": 32, "n_embd": 8, "n_layer": 1, "n_head": 1}
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**sizes, bos_token_id=0, eos_token_id=0))
    with torch.no_grad():  # whatever comes before, <|eot_id|> is the likeliest
        model.transformer.ln_f.weight.zero_()
        model.transformer.ln_f.bias.fill_(1.0)
        model.transformer.wte.weight.zero_()
        model.transformer.wte.weight[V - 1] = 1.0
    model.generation_config.eos_token_id = [0, V - 1]
    model.save_pretrained(tmp_path)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    capsys.readouterr()  # what saving said
    for how in (["--temperature", "0"], ["--beams", "2"]):
        assert printed(capsys, tmp_path, "--prompt", "One day", "--tokens", 9, *how) == "One day\n"


def test_a_folder_without_a_run_is_named(capsys, tmp_path: Path) -> None:
    assert main(["generate", str(tmp_path / "nothing")]) == 2
    assert f"there is no checkpoint in {tmp_path / 'nothing'}" in capsys.readouterr().err
