"""The page's model computes what torch computes: logits, greedy texts, attention."""

from copy import deepcopy
from functools import cache

import pytest
import torch

from course_lib.config import GPTConfig, LlamaConfig, RopeScaling
from course_lib.corpus import load_stories
from course_lib.generation import encode_prompt, generate
from course_lib.gpt import GPT
from course_lib.inference import quantize_model
from course_lib.llama import Llama
from course_lib.tokenization import train_tokenizer
from course_tools.cli import main
from course_tools.share import Shared, read_shared
from course_tools.share.weights import pack
from tests.tools.share.node import ask, needs_node, page_data

PROMPTS = 6
TOKENS = 60
SMALL = {"seq_len": 24, "n_layer": 2, "n_embd": 24, "n_head": 4}
CONFIGS = {
    "GPT": GPTConfig(400, **SMALL),
    "GPT with biases": GPTConfig(400, **SMALL, bias=True),
    "GPT of an odd width": GPTConfig(403, seq_len=24, n_layer=1, n_embd=15, n_head=3),
    "Llama": LlamaConfig(400, **SMALL, n_kv_head=4, hidden_dim=40),
    "Llama with shared heads": LlamaConfig(400, **SMALL, n_kv_head=2, hidden_dim=37),
    "Llama, untied": LlamaConfig(400, **SMALL, n_kv_head=1, hidden_dim=40, tie_embeddings=False),
    "Llama, stretched": LlamaConfig(
        400, **SMALL, n_kv_head=1, hidden_dim=40, rope_scaling=RopeScaling(8.0, original_seq_len=16)
    ),
}


@cache
def a_tokenizer():
    return train_tokenizer(load_stories("sample", n=20)["text"], vocab_size=400)


def lively(model):
    """Weights as large as those of a trained model: fresh ones give nearly even chances, and small differences."""
    generator = torch.Generator().manual_seed(1)
    for parameter in model.parameters():
        parameter.data += 0.2 * torch.randn(parameter.shape, generator=generator)
    return model.eval()


@cache
def small(name: str) -> Shared:
    config = CONFIGS[name]
    model = (GPT if isinstance(config, GPTConfig) else Llama)(config, torch.Generator().manual_seed(0))
    return Shared(lively(model), a_tokenizer(), set(), None, {})


def twin(model, dtype: str):
    """The model whose numbers the page has, in torch: weights rounded to float16, or quantized; float32 products."""
    return quantize_model(model) if dtype == "int8" else deepcopy(model).half().float()


def greedy(model, tokenizer, prompts, count, stop_token=0):
    """Texts of the likeliest tokens; a full window moves up to half, as the page's does."""
    texts = []
    for prompt in prompts:
        idx = torch.tensor([encode_prompt(tokenizer, prompt)])
        keep = model.config.seq_len // 2
        texts.append(generate(model, idx, count, temperature=0, stop_token=stop_token, keep=keep)[0].tolist())
    return texts


@needs_node
@pytest.mark.parametrize("dtype", ["int8", "float16"])
@pytest.mark.parametrize("name", CONFIGS)
def test_logits_are_those_of_torch(name: str, dtype: str) -> None:
    shared = small(name)
    V, T = shared.model.config.vocab_size, shared.model.config.seq_len
    text = torch.randint(1, 400, (1, T), generator=torch.Generator().manual_seed(2))
    texts = [text[0, :length].tolist() for length in (1, 2, 7, T, 3)]  # back as well: the cache is cut then
    with torch.inference_mode():
        expected = twin(shared.model, dtype)(text)[0]
    for ids, logits in zip(texts, ask("logits", data=page_data(shared, dtype), texts=texts), strict=True):
        known = a_tokenizer().get_vocab_size()
        assert logits[known:] == [None] * (V - known)  # ids that no token has
        torch.testing.assert_close(torch.tensor(logits[:known]), expected[len(ids) - 1, :known], rtol=1e-4, atol=1e-4)


@needs_node
@pytest.mark.parametrize("dtype", ["int8", "float16"])
@pytest.mark.parametrize("name", ["GPT", "Llama with shared heads"])
def test_greedy_texts_beyond_the_window_are_those_of_torch(name: str, dtype: str) -> None:
    shared = small(name)
    prompts = ["", "One", "One day, Tom", "The red kite flew"]
    texts = ask("greedy", data=page_data(shared, dtype), prompts=prompts, count=70)
    assert texts == greedy(twin(shared.model, dtype), shared.tokenizer, prompts, 70)
    assert max(map(len, texts)) > 2 * shared.model.config.seq_len


@needs_node
@pytest.mark.parametrize("dtype", ["int8", "float16"])
def test_the_course_s_model_writes_the_texts_of_torch(dtype: str) -> None:
    shared = read_shared("howsam")
    stories = load_stories("sample", "validation", PROMPTS)["text"]
    prompts = [story[: 20 + 27 * number] for number, story in enumerate(stories)]
    texts = ask("greedy", data=page_data(shared, dtype), prompts=prompts, count=TOKENS)
    assert texts == greedy(twin(shared.model, dtype), shared.tokenizer, prompts, TOKENS)


@needs_node
def test_the_page_writes_what_the_command_writes(capsys) -> None:
    prompt = "One day, a little girl"
    options = ["--prompt", prompt, "--tokens", str(TOKENS), "--temperature", "0", "--device", "cpu"]
    assert main(["generate", "howsam", "--quantize", "int8", *options]) == 0
    shared = read_shared("howsam")
    (ids,) = ask("greedy", data=page_data(shared, "int8"), prompts=[prompt], count=TOKENS)
    assert capsys.readouterr().out == shared.tokenizer.decode(ids) + "\n"


@needs_node
def test_a_long_story_of_the_course_s_model_is_that_of_torch() -> None:
    shared = read_shared("howsam")
    count = shared.model.config.seq_len + 30
    prompts = ["Once upon a time"]
    model = twin(shared.model, "int8")
    data = page_data(shared, "int8")
    data["model"]["stops"] = []
    (text,) = ask("greedy", data=data, prompts=prompts, count=count)
    assert [text] == greedy(model, shared.tokenizer, prompts, count, stop_token=None)


@needs_node
def test_attention_is_what_the_layer_gives() -> None:
    shared = small("GPT")
    ids = torch.randint(1, 400, (1, 9), generator=torch.Generator().manual_seed(3))
    model = twin(shared.model, "float16")
    first = model.blocks[0]
    x = model.token_embedding(ids) + model.position_embedding(torch.arange(9))
    expected = first.attention.weights(first.norm_1(x))[0]  # (H, T, T)
    seen = ask("attention", data=page_data(shared, "float16"), ids=ids[0].tolist(), queries=4)
    weights = torch.tensor(seen["weights"]).view(2, 4, 4, 9)  # (layer, head, query, token)
    assert (seen["start"], seen["queries"], seen["tokens"]) == (0, 4, 9)
    torch.testing.assert_close(weights[0], expected[:, -4:], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 4, 4), rtol=1e-4, atol=1e-4)


@needs_node
def test_the_window_moves_as_the_course_s_reader_moves_it() -> None:
    window, keep = 24, 12
    expected, start = [], 0
    for length in range(1, 100):
        start = length - keep if length - start > window else start
        expected.append(start)
    assert ask("windows", lengths=list(range(1, 100)), window=window, keep=keep) == expected


@pytest.mark.parametrize("dtype", ["int8", "float16"])
def test_a_damaged_model_is_refused(dtype: str) -> None:
    shared = deepcopy(small("GPT"))
    shared.model.blocks[1].mlp.up_proj.weight.data[0, 0] = torch.nan
    with pytest.raises(ValueError, match=r"blocks\.1\.mlp\.up_proj\.weight holds numbers that are not finite"):
        pack(shared.model, dtype)


def test_a_weight_that_float16_cannot_hold_is_named() -> None:
    shared = deepcopy(small("GPT"))
    shared.model.final_norm.weight.data[0] = 1e5
    with pytest.raises(ValueError, match=r"final_norm\.weight has a weight of 100000, too large for float16"):
        pack(shared.model, "float16")
    pack(shared.model, "int8")


def test_another_type_of_weights_is_refused() -> None:
    with pytest.raises(ValueError, match="int8 or float16, got 'int3'"):
        pack(small("GPT").model, "int3")
