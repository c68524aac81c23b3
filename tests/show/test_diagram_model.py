import base64
import re
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from torch import nn

from course_lib.block import PostNormBlock
from course_lib.config import PRESETS, GPTConfig, GPTNeoConfig, LlamaConfig
from course_lib.gpt import GPT
from course_lib.llama import Llama
from course_lib.llama.steps import CHANGES, Hybrid
from course_lib.pretrained import build
from course_lib.pretrained.gpt_neo import GPTNeo
from course_lib.pretrained.masked_lm import MaskedLM
from course_lib.show import diagram
from course_lib.show.diagram.drawing import Drawing
from course_lib.show.profiling import num_params
from tests.show.drawings import assert_well_drawn

SMALL = GPTConfig(vocab_size=50, seq_len=6, n_layer=2, n_embd=8, n_head=2)
LIT = ("embeddings", "block", "attention", "mlp", "head")


LLAMA = LlamaConfig(vocab_size=50, seq_len=6, n_layer=2, n_embd=8, n_head=4, n_kv_head=2, hidden_dim=12)
NEO = GPTNeoConfig(vocab_size=50, seq_len=6, n_layer=2, n_embd=8, n_head=2, attention_pattern=["local"])
MODELS = {
    "gpt": lambda: GPT(SMALL),
    "biases": lambda: GPT(replace(SMALL, bias=True, dropout=0.1, n_layer=1)),
    "llama": lambda: Llama(LLAMA),
    "untied": lambda: Llama(replace(LLAMA, tie_embeddings=False)),
    "neo": lambda: GPTNeo(NEO),
    "masked": lambda: MaskedLM(SMALL),
    "hybrid": lambda: Hybrid(replace(SMALL, n_head=4), LLAMA, CHANGES[:3]),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("lit", [*LIT, None])
def test_every_model_of_the_course_is_drawn_well_with_exactly_one_room_lit(name, lit):
    drawn = diagram.model(MODELS[name](), lit)
    assert_well_drawn(drawn)
    assert drawn.lit == lit


@pytest.mark.parametrize("name", MODELS)
def test_the_counts_are_those_of_the_modules_and_add_up(name):
    model = MODELS[name]()
    rooms = {room.name: room.parameters for room in diagram.model(model).rooms}
    for part in ("norm_1", "attention", "norm_2", "mlp"):
        assert rooms[part] == num_params(model.get_submodule(f"blocks.0.{part}"))
    inside = sum(rooms[part] for part in ("norm_1", "attention", "norm_2", "mlp"))
    assert rooms["block"] == num_params(model.blocks[0]) == inside
    total = rooms["embeddings"] + num_params(model.blocks) + rooms["final norm"] + rooms["head"]
    assert total == num_params(model)
    assert f"{total:,} parameters" in diagram.model(model).title
    tables = [num_params(module) for module in model.children() if isinstance(module, nn.Embedding)]
    assert sum(tables) == rooms.pop("embeddings")
    for count in (*rooms.values(), *tables):
        assert f"{count:,}" in diagram.model(model).svg


def test_the_shapes_are_those_of_a_real_forward_pass():
    model, seen = GPT(SMALL), {}
    for name in ("blocks.0", "head"):
        model.get_submodule(name).register_forward_hook(lambda m, args, out, name=name: seen.update({name: out.shape}))
    model(torch.zeros(3, 5, dtype=torch.long))
    lines = diagram.model(model, batch=3, tokens=5).lines
    assert "tokens (B, T) = (3, 5)" in lines
    assert f"stream (B, T, C) = {tuple(seen['blocks.0'])}" in lines
    assert f"logits (B, T, V) = {tuple(seen['head'])}" in lines
    assert "sizes: B = 3, T = 5, C = 8, V = 50" in lines


def test_one_head_is_not_called_heads():
    words = repr(diagram.model(GPT(replace(SMALL, n_head=1))))
    assert "1 head," in words
    assert "1 heads" not in words


def test_it_is_drawn_as_the_module_is():
    words = {name: repr(diagram.model(make())) for name, make in MODELS.items()}
    for part in ("LayerNorm", "2 heads", "8 → 32 → 8", "position 48", "tied"):
        assert part in words["gpt"]
    for part in ("RMSNorm", "4 query heads, 2 key/value heads", "8 → 12 → 8, gate × up", "RoPE turns q, k", "no table"):
        assert part in words["llama"]
    assert "RoPE" not in words["gpt"]
    assert "position " not in words["llama"]
    assert "sees both sides" in words["masked"]
    assert "sees 256 tokens" in words["neo"]
    assert "tied" not in words["untied"]
    assert "RMSNorm" in words["hybrid"]
    assert "RoPE" in words["hybrid"]


def test_the_parts_stand_in_the_order_in_which_they_are_called():
    pre, post = GPT(SMALL), GPT(SMALL)
    post.blocks = nn.ModuleList(PostNormBlock(SMALL) for _ in range(2))
    assert order(diagram.model(pre)) == ["norm_1", "attention", "+", "norm_2", "mlp", "+"]
    drawn = diagram.model(post, "mlp")
    assert_well_drawn(drawn)
    assert order(drawn) == ["attention", "+", "norm_1", "mlp", "+", "norm_2"]


def order(drawn):
    first = [line.startswith("inside") for line in drawn.lines].index(True) + 1
    return [line.split()[0].rstrip(":") for line in drawn.lines[first : first + 6]]


@pytest.mark.parametrize("name", PRESETS)
def test_released_sizes_fit_and_need_no_memory(name):
    assert_well_drawn(diagram.model(build(PRESETS[name], device="meta"), "attention"))


def test_drawing_leaves_the_model_and_the_random_numbers_as_they_were():
    model = GPT(replace(SMALL, dropout=0.5)).train()
    before, state = [p.clone() for p in model.parameters()], torch.get_rng_state()
    diagram.model(model)
    assert model.training
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    assert model.head.weight is model.token_embedding.weight


def test_twice_gives_the_same_bytes():
    one, other = diagram.model(GPT(SMALL), "block"), diagram.model(GPT(SMALL), "block")
    assert one.svg == other.svg
    assert repr(one) == repr(other)
    assert one._repr_html_() == other._repr_html_()


def test_the_page_gets_an_image_that_fits_and_has_an_alt_text():
    drawn = diagram.model(GPT(SMALL), "head")
    page = drawn._repr_html_()
    data = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', page)[1]
    assert base64.b64decode(data).decode() == drawn.svg
    assert "max-width:100%" in page
    assert 'alt="GPT: ' in page
    assert "lit: head" in page


def test_what_answers_a_guess_can_be_folded():
    drawn = diagram.model(GPT(SMALL))
    folded = drawn.folded("How many parameters?")
    assert folded._repr_html_().startswith("<details><summary>How many parameters?</summary>")
    assert drawn._repr_html_() in folded._repr_html_()
    assert repr(folded) == repr(drawn)


def test_a_model_of_another_build_is_refused_by_what_it_lacks():
    with pytest.raises(TypeError, match=r"Linear has no token_embedding, blocks, final_norm, head"):
        diagram.model(nn.Linear(2, 2))
    with pytest.raises(TypeError, match="an instance of nn"):
        diagram.model(GPT)
    with pytest.raises(ValueError, match=r"lit must be one of 'embeddings', .* got 'kitchen'"):
        diagram.model(GPT(SMALL), "kitchen")
    model = GPT(SMALL)
    model.blocks = nn.ModuleList()
    with pytest.raises(ValueError, match="no blocks"):
        diagram.model(model)


def test_a_label_that_does_not_fit_is_an_error_and_no_smear():
    with pytest.raises(ValueError, match="does not fit"):
        Drawing("").text(10, 10, "a very long label", within=20)


def test_the_map_loads_no_matplotlib():
    code = "import sys, course_lib.show.diagram, course_lib.show.sentence; print('matplotlib' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert out.stdout.strip() == "False"
