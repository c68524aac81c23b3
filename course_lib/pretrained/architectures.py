"""What each tensor of a checkpoint is called with us: one table an architecture, and nothing but the table.

{layer} stands for the number of a block, {expert} for that of an expert in it. A row says whether the matrix is stored
the other way round. Nothing has to be split, merged or reordered: our modules keep queries, keys and values together
where GPT-2 does and apart where GPT-Neo and Llama do, and our RoPE turns the pairs that Hugging Face's checkpoints were
converted to, half-split.
"""

from dataclasses import dataclass

from course_lib.config import GPTConfig, GPTNeoConfig, LlamaConfig, ModelConfig, ModernConfig


@dataclass(frozen=True)
class Row:
    """A tensor's name in the checkpoint, and the parameter that it becomes.

    transposed: theirs is (in, out), as GPT-2's Conv1D has it; ours is nn.Linear's (out, in).
    """

    theirs: str
    ours: str
    transposed: bool = False

    def of_layer(self, layer: int, expert: int = 0) -> "Row":
        """The row with {layer} and {expert} filled in."""
        theirs, ours = (name.format(layer=layer, expert=expert) for name in (self.theirs, self.ours))
        return Row(theirs, ours, self.transposed)


@dataclass(frozen=True)
class Architecture:
    """How checkpoints of one `model_type` name their tensors.

    prefix: before every name but the head's; left out if the checkpoint was saved without its head.
    ignored: tensors that may be there and are not weights: masks and angles, which we compute.
    """

    model_type: str
    prefix: str
    rows: tuple[Row, ...]
    ignored: tuple[str, ...]


EMBEDDING = "token_embedding.weight"
HEAD = Row("lm_head.weight", "head.weight")  # in the file only if it is not the embedding; never prefixed

_GPT2 = Architecture(
    model_type="gpt2",
    prefix="transformer.",
    rows=(
        Row("wte.weight", EMBEDDING),
        Row("wpe.weight", "position_embedding.weight"),
        Row("h.{layer}.ln_1.weight", "blocks.{layer}.norm_1.weight"),
        Row("h.{layer}.ln_1.bias", "blocks.{layer}.norm_1.bias"),
        Row("h.{layer}.attn.c_attn.weight", "blocks.{layer}.attention.qkv_proj.weight", transposed=True),
        Row("h.{layer}.attn.c_attn.bias", "blocks.{layer}.attention.qkv_proj.bias"),
        Row("h.{layer}.attn.c_proj.weight", "blocks.{layer}.attention.out_proj.weight", transposed=True),
        Row("h.{layer}.attn.c_proj.bias", "blocks.{layer}.attention.out_proj.bias"),
        Row("h.{layer}.ln_2.weight", "blocks.{layer}.norm_2.weight"),
        Row("h.{layer}.ln_2.bias", "blocks.{layer}.norm_2.bias"),
        Row("h.{layer}.mlp.c_fc.weight", "blocks.{layer}.mlp.up_proj.weight", transposed=True),
        Row("h.{layer}.mlp.c_fc.bias", "blocks.{layer}.mlp.up_proj.bias"),
        Row("h.{layer}.mlp.c_proj.weight", "blocks.{layer}.mlp.down_proj.weight", transposed=True),
        Row("h.{layer}.mlp.c_proj.bias", "blocks.{layer}.mlp.down_proj.bias"),
        Row("ln_f.weight", "final_norm.weight"),
        Row("ln_f.bias", "final_norm.bias"),
    ),
    ignored=("h.{layer}.attn.bias", "h.{layer}.attn.masked_bias"),
)

_GPT_NEO = Architecture(
    model_type="gpt_neo",
    prefix="transformer.",
    rows=(
        Row("wte.weight", EMBEDDING),
        Row("wpe.weight", "position_embedding.weight"),
        Row("h.{layer}.ln_1.weight", "blocks.{layer}.norm_1.weight"),
        Row("h.{layer}.ln_1.bias", "blocks.{layer}.norm_1.bias"),
        Row("h.{layer}.attn.attention.q_proj.weight", "blocks.{layer}.attention.q_proj.weight"),
        Row("h.{layer}.attn.attention.k_proj.weight", "blocks.{layer}.attention.k_proj.weight"),
        Row("h.{layer}.attn.attention.v_proj.weight", "blocks.{layer}.attention.v_proj.weight"),
        Row("h.{layer}.attn.attention.out_proj.weight", "blocks.{layer}.attention.out_proj.weight"),
        Row("h.{layer}.attn.attention.out_proj.bias", "blocks.{layer}.attention.out_proj.bias"),
        Row("h.{layer}.ln_2.weight", "blocks.{layer}.norm_2.weight"),
        Row("h.{layer}.ln_2.bias", "blocks.{layer}.norm_2.bias"),
        Row("h.{layer}.mlp.c_fc.weight", "blocks.{layer}.mlp.up_proj.weight"),
        Row("h.{layer}.mlp.c_fc.bias", "blocks.{layer}.mlp.up_proj.bias"),
        Row("h.{layer}.mlp.c_proj.weight", "blocks.{layer}.mlp.down_proj.weight"),
        Row("h.{layer}.mlp.c_proj.bias", "blocks.{layer}.mlp.down_proj.bias"),
        Row("ln_f.weight", "final_norm.weight"),
        Row("ln_f.bias", "final_norm.bias"),
    ),
    ignored=("h.{layer}.attn.attention.bias", "h.{layer}.attn.attention.masked_bias"),
)

# What Llama and those that came after it call alike.
_ATTENTION = (
    Row("embed_tokens.weight", EMBEDDING),
    Row("layers.{layer}.input_layernorm.weight", "blocks.{layer}.norm_1.weight"),
    Row("layers.{layer}.self_attn.q_proj.weight", "blocks.{layer}.attention.q_proj.weight"),
    Row("layers.{layer}.self_attn.k_proj.weight", "blocks.{layer}.attention.k_proj.weight"),
    Row("layers.{layer}.self_attn.v_proj.weight", "blocks.{layer}.attention.v_proj.weight"),
    Row("layers.{layer}.self_attn.o_proj.weight", "blocks.{layer}.attention.out_proj.weight"),
    Row("norm.weight", "final_norm.weight"),
)
_QK_NORM = (
    Row("layers.{layer}.self_attn.q_norm.weight", "blocks.{layer}.attention.q_norm.weight"),
    Row("layers.{layer}.self_attn.k_norm.weight", "blocks.{layer}.attention.k_norm.weight"),
)
_NORM_2 = (Row("layers.{layer}.post_attention_layernorm.weight", "blocks.{layer}.norm_2.weight"),)
_GATED = (
    Row("layers.{layer}.mlp.gate_proj.weight", "blocks.{layer}.mlp.gate_proj.weight"),
    Row("layers.{layer}.mlp.up_proj.weight", "blocks.{layer}.mlp.up_proj.weight"),
    Row("layers.{layer}.mlp.down_proj.weight", "blocks.{layer}.mlp.down_proj.weight"),
)
_ANGLES = ("layers.{layer}.self_attn.rotary_emb.inv_freq", "rotary_emb.inv_freq")

_LLAMA = Architecture("llama", "model.", _ATTENTION + _NORM_2 + _GATED, _ANGLES)

_QWEN3 = Architecture("qwen3", "model.", _ATTENTION + _QK_NORM + _NORM_2 + _GATED, _ANGLES)

_GEMMA3 = Architecture(
    model_type="gemma3_text",
    prefix="model.",
    rows=(
        *_ATTENTION,
        *_QK_NORM,
        Row("layers.{layer}.post_attention_layernorm.weight", "blocks.{layer}.norm_after_attention.weight"),
        Row("layers.{layer}.pre_feedforward_layernorm.weight", "blocks.{layer}.norm_2.weight"),
        *_GATED,
        Row("layers.{layer}.post_feedforward_layernorm.weight", "blocks.{layer}.norm_after_mlp.weight"),
    ),
    ignored=_ANGLES,
)

_MOE, _EXPERT = "layers.{layer}.block_sparse_moe.", "blocks.{layer}.mlp.experts.{expert}."
_MIXTRAL = Architecture(
    model_type="mixtral",
    prefix="model.",
    rows=(
        *_ATTENTION,
        *_NORM_2,
        Row(_MOE + "gate.weight", "blocks.{layer}.mlp.router.weight"),
        Row(_MOE + "experts.{expert}.w1.weight", _EXPERT + "gate_proj.weight"),
        Row(_MOE + "experts.{expert}.w3.weight", _EXPERT + "up_proj.weight"),
        Row(_MOE + "experts.{expert}.w2.weight", _EXPERT + "down_proj.weight"),
    ),
    ignored=_ANGLES,
)

ARCHITECTURES = {
    architecture.model_type: architecture for architecture in (_GPT2, _GPT_NEO, _LLAMA, _QWEN3, _GEMMA3, _MIXTRAL)
}


def architecture_of(config: ModelConfig) -> Architecture:
    """The architecture whose checkpoints a configuration describes."""
    if isinstance(config, ModernConfig):
        return _GEMMA3 if config.gemma else _MIXTRAL if config.n_expert > 1 else _QWEN3
    return {GPTConfig: _GPT2, GPTNeoConfig: _GPT_NEO, LlamaConfig: _LLAMA}[type(config)]


def name_map(config: ModelConfig) -> tuple[Row, ...]:
    """The table with every block's rows written out, without the prefix; the head is not in it.

    A GPT of ours may do without the biases of its linear layers, which GPT-2 always has.
    """
    rows: list[Row] = []
    without_biases = isinstance(config, GPTConfig) and not config.bias
    for row in architecture_of(config).rows:
        if without_biases and row.ours.endswith("_proj.bias"):
            continue
        layers = range(config.n_layer) if "{layer}" in row.theirs else range(1)
        experts = range(config.n_expert) if "{expert}" in row.theirs else range(1)  # type: ignore[union-attr]
        rows += [row.of_layer(layer, expert) for layer in layers for expert in experts]
    return tuple(rows)


def ignored_names(config: ModelConfig) -> set[str]:
    """Names of tensors that may be in the file and are not weights, without the prefix."""
    patterns = architecture_of(config).ignored
    return {pattern.format(layer=layer) for pattern in patterns for layer in range(config.n_layer)}
