"""Diagrams of heads, of a growing cache, and of layers on two devices."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from course_lib.config import GPTConfig, LlamaConfig
from course_lib.gpt import GPT
from course_lib.llama import Llama, SwiGLU
from course_lib.mlp import MLP
from course_lib.multi_head_attention import HeadByHeadAttention, MultiHeadAttention
from course_lib.pretrained.gpt_neo import GPTNeo
from course_lib.pretrained.masked_lm import MaskedLM
from course_lib.show import diagram
from course_lib.show.profiling import num_params
from tests.show.drawings import assert_well_drawn
from tests.show.test_diagram_model import LLAMA, NEO, SMALL

WORDS = ["Tom", "saw", "Lily", "and", "she"]
ATTENTIONS = {
    "fused": lambda: MultiHeadAttention(SMALL),
    "head by head": lambda: HeadByHeadAttention(SMALL),
    "biases": lambda: MultiHeadAttention(replace(SMALL, bias=True)),
    "grouped": lambda: Llama(LLAMA).blocks[0].attention,
    "one for all": lambda: Llama(replace(LLAMA, n_kv_head=1)).blocks[0].attention,
    "neo": lambda: GPTNeo(NEO).blocks[0].attention,
    "both sides": lambda: MaskedLM(SMALL).blocks[0].attention,
}


@pytest.mark.parametrize("name", ATTENTIONS)
def test_heads_are_drawn_well_and_their_parameters_add_up(name):
    attention = ATTENTIONS[name]()
    drawn = diagram.heads(attention)
    assert_well_drawn(drawn)
    assert sum(room.parameters for room in drawn.rooms) == num_params(attention)
    assert f"{num_params(attention):,} parameters" in drawn.title
    for room in drawn.rooms:
        assert f"{room.parameters:,}" in drawn.svg


def test_the_shapes_of_heads_are_those_of_the_forward_pass():
    lines = diagram.heads(Llama(LLAMA).blocks[0].attention, batch=3, tokens=5).lines
    assert "x (B, T, C) = (3, 5, 8)" in lines
    assert "queries (B, H, T, D) = (3, 4, 5, 2)" in lines
    assert "keys and values (B, H_kv, T, D) = (3, 2, 5, 2) each" in lines
    assert "merged (B, T, H · D) = (3, 5, 8)" in lines
    assert "out (B, T, C) = (3, 5, 8)" in lines


def test_keys_stand_below_the_queries_that_they_serve():
    drawn = diagram.heads(Llama(LLAMA).blocks[0].attention)
    assert "  k1 and v1 serve q1, q2" in drawn.lines
    assert "  k2 and v2 serve q3, q4" in drawn.lines
    place = {label.text: label.box.middle for label in drawn.labels}
    for letter in "kv":
        assert place[f"{letter}1"] == pytest.approx((place["q1"] + place["q2"]) / 2, abs=2)
        assert place[f"{letter}2"] == pytest.approx((place["q3"] + place["q4"]) / 2, abs=2)
    assert "RoPE turns queries and keys by their places" in drawn.lines
    assert "RoPE" not in repr(diagram.heads(MultiHeadAttention(SMALL)))


@pytest.mark.parametrize(("n_head", "n_kv_head"), [(32, 8), (32, 32), (32, 1), (12, 12), (16, 4)])
def test_many_heads_fit_and_the_last_is_among_them(n_head, n_kv_head):
    config = replace(LLAMA, n_embd=2 * n_head, n_head=n_head, n_kv_head=n_kv_head, n_layer=1)
    drawn = diagram.heads(Llama(config).blocks[0].attention)
    assert_well_drawn(drawn)
    texts = [label.text for label in drawn.labels]
    assert {"q1", f"q{n_head}", "k1", f"k{n_kv_head}", f"h{n_head}"} <= set(texts)
    assert f"  k{n_kv_head} and v{n_kv_head} serve" in repr(drawn)


def test_what_has_no_heads_is_refused():
    with pytest.raises(TypeError, match="Linear does not say how many heads it has: expected an attribute n_head"):
        diagram.heads(nn.Linear(2, 2))


@pytest.mark.parametrize("make", [lambda: GPT(SMALL), lambda: Llama(LLAMA)])
def test_a_cache_grows_by_one_slot_per_token(make):
    model = make()
    drawn = diagram.cache(model, WORDS)
    assert_well_drawn(drawn)
    kept = model.make_cache(1, len(WORDS))
    with torch.no_grad():
        model(torch.tensor([[0, 1, 2]]), kept)
    stored = 2 * kept.keys[:, :, :, : kept.length].numel()
    assert f"Lily: writes position 2, holds 0, 1, 2, {stored:,} numbers" in drawn.lines
    assert f"room for 5 tokens: {kept.num_bytes:,} bytes" in drawn.lines
    assert f"{stored // 3:,} numbers per token" in drawn.title


def test_a_cache_that_slides_writes_over_the_oldest():
    drawn = diagram.cache(Llama(LLAMA), WORDS, max_len=3, when_full="slide")
    assert_well_drawn(drawn)
    assert "and: writes position 3, holds 3, 1, 2, 48 numbers" in drawn.lines
    assert "she: writes position 4, holds 3, 4, 2, 48 numbers" in drawn.lines


def test_drawing_a_cache_leaves_mode_and_random_numbers_alone():
    model = GPT(replace(SMALL, dropout=0.5)).train()
    state = torch.get_rng_state()
    assert repr(diagram.cache(model, WORDS)) == repr(diagram.cache(model, WORDS))
    assert model.training
    assert torch.equal(torch.get_rng_state(), state)


def test_models_without_a_cache_and_words_without_room_are_refused():
    with pytest.raises(TypeError, match="GPTNeo has no make_cache"):
        diagram.cache(GPTNeo(NEO), WORDS)
    with pytest.raises(ValueError, match="at least one"):
        diagram.cache(GPT(SMALL), [])
    with pytest.raises(ValueError, match="room for 2 tokens"):
        diagram.cache(GPT(SMALL), WORDS, max_len=2)
    with pytest.raises(ValueError, match="meta device"):
        diagram.cache(GPT(SMALL).to("meta"), WORDS)


LAYERS = {
    "column": lambda: (nn.Linear(8, 12), "column"),
    "row": lambda: (nn.Linear(8, 12), "row"),
    "mlp": lambda: (MLP(8), None),
    "biased mlp": lambda: (MLP(8, bias=True), None),
    "swiglu": lambda: (SwiGLU(8, 12), None),
    "attention": lambda: (MultiHeadAttention(SMALL), None),
    "grouped": lambda: (Llama(LLAMA).blocks[0].attention, None),
    "large": lambda: (SwiGLU(4096, 14_336).to("meta"), None),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_on_two_devices_are_drawn_well_and_their_parts_add_up(name):
    layer, by = LAYERS[name]()
    drawn = diagram.sharded(layer, by)
    assert_well_drawn(drawn)
    last = layer if by else [module for module in layer.modules() if isinstance(module, nn.Linear)][-1]
    uncut = last.bias.numel() if by != "column" and last.bias is not None else 0
    assert sum(room.parameters for room in drawn.rooms) + uncut == num_params(layer)
    assert (uncut > 0) == ("the bias is whole" in repr(drawn))


def test_what_is_sent_is_what_the_sums_need():
    x, column, row = torch.randn(2, 3, 8), nn.Linear(8, 12, bias=False), nn.Linear(12, 8, bias=False)
    parts = [x @ part.T for part in column.weight.chunk(2, dim=0)]
    terms = [part @ weight.T for part, weight in zip(parts, row.weight.chunk(2, dim=1), strict=True)]
    assert torch.allclose(torch.cat(parts, dim=-1), column(x), atol=1e-6)
    assert torch.allclose(sum(terms), row(column(x)), atol=1e-6)
    lines = diagram.sharded(column, "column", batch=2, tokens=3).lines
    assert f"each device gets half, part of y: (B, T, 6) = {tuple(parts[0].shape)}" in lines
    assert "sent forward: nothing" in lines
    lines = diagram.sharded(row, "row", batch=2, tokens=3).lines
    assert f"each device gets one term of the sum: (B, T, 8) = {tuple(terms[0].shape)}" in lines
    assert f"sent forward: one all-reduce of B · T · 8 = {terms[0].numel()} numbers" in lines
    assert "sent backward: nothing" in lines


def test_what_cannot_be_cut_is_refused():
    with pytest.raises(ValueError, match='a linear layer is cut by "column" or by "row"; got None'):
        diagram.sharded(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="3 outputs of W cannot be shared out equally between 2 devices"):
        diagram.sharded(nn.Linear(2, 3), "column")
    with pytest.raises(ValueError, match="leave `by` out"):
        diagram.sharded(MLP(8), "row")
    with pytest.raises(ValueError, match="n_head = 5 cannot be shared out"):
        diagram.sharded(MultiHeadAttention(GPTConfig()))
    with pytest.raises(ValueError, match="n_kv_head = 1 cannot be shared out"):
        diagram.sharded(Llama(LlamaConfig(n_layer=1, n_head=10, vocab_size=5)).blocks[0].attention)
    with pytest.raises(TypeError, match="got LayerNorm, which has 0 linear layers"):
        diagram.sharded(nn.LayerNorm(4))
