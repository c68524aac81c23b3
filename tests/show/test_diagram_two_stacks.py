from dataclasses import replace

import pytest
from torch import nn
from torch.nn import functional as F

from course_lib.block import LayerNorm
from course_lib.gpt import GPT
from course_lib.mlp import MLP
from course_lib.multi_head_attention import MultiHeadAttention, merge_heads, split_heads
from course_lib.pretrained.masked_lm import MaskedLM
from course_lib.show import diagram
from course_lib.show.profiling import num_params
from tests.show.drawings import assert_well_drawn
from tests.show.test_diagram_model import SMALL


class CrossAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        C = config.n_embd
        self.n_head = config.n_head
        self.q_proj = nn.Linear(C, C, bias=False)
        self.kv_proj = nn.Linear(C, 2 * C, bias=False)
        self.out_proj = nn.Linear(C, C, bias=False)

    def forward(self, x, memory):
        parts = self.q_proj(x), *self.kv_proj(memory).chunk(2, dim=-1)
        return self.out_proj(merge_heads(F.scaled_dot_product_attention(*(split_heads(p, self.n_head) for p in parts))))


class CrossBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.norm_1, self.attention = LayerNorm(config.n_embd), MultiHeadAttention(config)
        self.norm_2, self.cross_attention = LayerNorm(config.n_embd), CrossAttention(config)
        self.norm_3, self.mlp = LayerNorm(config.n_embd), MLP(config)

    def forward(self, x, memory):
        x = x + self.attention(self.norm_1(x))
        x = x + self.cross_attention(self.norm_2(x), memory)
        return x + self.mlp(self.norm_3(x))


class Translator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.encoder = MaskedLM(config).blocks
        self.decoder = nn.ModuleList(CrossBlock(config) for _ in range(3))


def test_a_model_with_both_is_drawn_from_its_own_blocks():
    model = Translator(SMALL)
    drawn = diagram.encoder_decoder(model, lit="cross-attention")
    assert_well_drawn(drawn)
    assert drawn.lit == "cross_attention"
    assert f"{num_params(model):,} parameters" in drawn.title
    assert f"decoder: 3 blocks (CrossBlock), {num_params(model.decoder):,} parameters" in drawn.lines
    rooms = {room.name: room.parameters for room in drawn.rooms}
    assert rooms["cross_attention"] == num_params(model.decoder[0].cross_attention)
    assert rooms["decoder block"] == num_params(model.decoder[0])
    assert rooms["encoder block"] == num_params(model.encoder[0])


def test_cross_attention_stands_where_it_is_called():
    model = Translator(SMALL)
    drawn = diagram.encoder_decoder(model.encoder, model.decoder)
    lines = [line.split(":")[0].strip() for line in drawn.lines]
    start = lines.index("decoder")
    inside = [line for line in lines[start + 1 : start + 10] if not line.startswith("+")]
    assert inside == ["norm_1", "attention", "norm_2", "cross_attention", "norm_3", "mlp"]


def test_two_stacks_of_ours_and_a_cross_attention():
    encoder, decoder, cross = MaskedLM(SMALL), GPT(replace(SMALL, n_layer=1)), CrossAttention(SMALL)
    drawn = diagram.encoder_decoder(encoder, decoder, cross, batch=2, source=6, target=4)
    assert_well_drawn(drawn)
    assert f"{num_params(nn.ModuleList([encoder, decoder, cross])):,} parameters" in drawn.title
    assert "sees both sides" in repr(drawn)
    assert any(line.startswith("memory (B, S, C) = (2, 6, 8)") for line in drawn.lines)
    assert "decoder head: tied to the token embedding" in drawn.lines
    assert not any(room.name == "encoder head" for room in drawn.rooms)


def test_what_is_missing_is_named():
    with pytest.raises(ValueError, match="the blocks of GPT have no cross-attention; give one as cross="):
        diagram.encoder_decoder(MaskedLM(SMALL), GPT(SMALL))
    with pytest.raises(TypeError, match="GPT has no encoder and decoder: give both"):
        diagram.encoder_decoder(GPT(SMALL))
    with pytest.raises(TypeError, match="Linear has no `blocks`"):
        diagram.encoder_decoder(nn.Linear(2, 2), GPT(SMALL))
    with pytest.raises(ValueError, match="lit must be"):
        diagram.encoder_decoder(Translator(SMALL), lit="attention")
