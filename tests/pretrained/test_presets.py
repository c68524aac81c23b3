"""The table of presets, each counted against `transformers`' model of the same configuration."""

import pytest
import torch
import transformers
from torch import nn

from course_lib import pretrained
from course_lib.config import PRESETS, GPTConfig, GPTNeoConfig, LlamaConfig, ModelConfig, ModernConfig
from course_lib.gpt import GPT
from course_lib.llama import Llama
from course_lib.pretrained import PresetRow
from tests.llama.test_llama import their_config as their_llama
from tests.pretrained.test_gpt_neo import their_config as their_gpt_neo

ROWS = {row.name: row for row in pretrained.presets_table()}


def their_modern(config: ModernConfig) -> nn.Module:
    sizes = {
        "vocab_size": config.vocab_size,
        "hidden_size": config.n_embd,
        "intermediate_size": config.hidden_dim,
        "num_hidden_layers": config.n_layer,
        "num_attention_heads": config.n_head,
        "num_key_value_heads": config.n_kv_head,
        "head_dim": config.head_dim,
        "tie_word_embeddings": config.tie_embeddings,
    }
    if config.gemma:
        return transformers.Gemma3ForCausalLM(transformers.Gemma3TextConfig(**sizes))
    if config.n_expert > 1:
        return transformers.MixtralForCausalLM(transformers.MixtralConfig(**sizes))
    return transformers.Qwen3ForCausalLM(transformers.Qwen3Config(**sizes))


def their_model(config: ModelConfig) -> nn.Module:
    with torch.device("meta"):
        if isinstance(config, GPTNeoConfig):
            return transformers.GPTNeoForCausalLM(their_gpt_neo(config))
        if isinstance(config, ModernConfig):
            return their_modern(config)
        if isinstance(config, LlamaConfig):
            return transformers.LlamaForCausalLM(their_llama(config))
        return transformers.GPT2LMHeadModel(
            transformers.GPT2Config(
                vocab_size=config.vocab_size,
                n_positions=config.seq_len,
                n_embd=config.n_embd,
                n_layer=config.n_layer,
                n_head=config.n_head,
                n_inner=config.hidden_dim,
                bos_token_id=0,
                eos_token_id=0,
            )
        )


def without_biases(config: GPTConfig) -> int:
    """The parameters that `transformers`' GPT-2 has more: a block's linear layers put out 3C + C + hidden + C."""
    return 0 if config.bias else config.n_layer * (5 * config.n_embd + config.hidden_dim)


@pytest.mark.parametrize("name", PRESETS)
def test_counts_equal_transformers(name: str) -> None:
    config, row, theirs = PRESETS[name], ROWS[name], their_model(PRESETS[name])
    absent = without_biases(config) if isinstance(config, GPTConfig) else 0
    assert row.parameters == theirs.num_parameters() - absent
    # Theirs leaves out embeddings, and a tied head with them; an untied head it counts.
    tied = theirs.config.tie_word_embeddings
    head = 0 if tied else theirs.get_output_embeddings().weight.numel()
    assert row.without_embeddings == theirs.num_parameters(exclude_embeddings=True) - head - absent


def test_the_table_has_every_preset_in_order() -> None:
    assert list(ROWS) == list(PRESETS)
    for name, row in ROWS.items():
        config = PRESETS[name]
        shape = (config.n_layer, config.n_embd, config.n_head, config.vocab_size, config.seq_len)
        assert (row.n_layer, row.n_embd, row.n_head, row.vocab_size, row.seq_len) == shape


def test_rows_by_hand() -> None:
    # C = 64: a block has q, k, v, out (64² each, one bias of 64), an MLP of 64 · 256 twice with 256 + 64 biases, and
    # two norms of 128; the embeddings are tables of 50,257 tokens and 2,048 positions.
    block = 4 * 64**2 + 64 + 2 * 64 * 256 + 256 + 64 + 2 * 128
    tables = (50_257 + 2048) * 64
    assert ROWS["tinystories-1m"] == PresetRow(
        "tinystories-1m", "GPTNeo", 8, 64, 16, 50_257, 2048, 8 * block + 128 + tables, tables
    )
    assert ROWS["tinystories-1m"].without_embeddings == 8 * block + 128 == 398_464
    assert ROWS["gpt2"].parameters == 124_439_808
    assert ROWS["llama-3.1-8b"].embeddings == 2 * 128_256 * 4096  # the head is another table of that size


def test_what_is_built_takes_no_memory_on_the_meta_device_and_starts_by_the_rules_elsewhere() -> None:
    assert all(parameter.is_meta for parameter in pretrained.build(PRESETS["llama-3.1-8b"], device="meta").parameters())
    small = (
        GPTConfig(vocab_size=99, n_layer=1),
        GPTNeoConfig(vocab_size=99, n_layer=1, n_embd=64),
        LlamaConfig(vocab_size=99, n_layer=1),
    )
    for config in small:
        model = pretrained.build(config)
        assert model.config == config
        assert 0.018 < model.token_embedding.weight.std().item() < 0.022  # 0.02, of 6,000 numbers or more
        assert model.final_norm.weight.eq(1).all()


def test_building_draws_as_the_class_does() -> None:
    torch.manual_seed(5)
    built = pretrained.build(GPTConfig(n_layer=1)), pretrained.build(LlamaConfig(n_layer=1))
    torch.manual_seed(5)
    for model, same in zip(built, (GPT(GPTConfig(n_layer=1)), Llama(LlamaConfig(n_layer=1))), strict=True):
        for (name, ours), other in zip(model.named_parameters(), same.parameters(), strict=True):
            assert torch.equal(ours, other), name
