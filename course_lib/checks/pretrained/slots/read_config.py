"""Where slips happen in the code of `read_config`."""

import json

from course_lib.checks.engine.variants import Slot, Variants
from course_lib.config import GPTConfig, LlamaConfig, RopeScaling

NAMES = {"json": json, "GPTConfig": GPTConfig, "LlamaConfig": LlamaConfig, "RopeScaling": RopeScaling}

VARIANTS = Variants(
    """
def read_config(text):
    c = json.loads(text)
    if <gpt2>:
        width = <width>
        return GPTConfig(
            vocab_size=c["vocab_size"], seq_len=<positions>, n_layer=c["n_layer"], n_embd=c["n_embd"],
            n_head=c["n_head"], mlp_ratio=<ratio>, bias=<bias>, dropout=<dropout>,
        )
    if <stranger>:
        raise <error>
    heads = <heads>
    theta = <theta>
    scaling = <scaling>
    tied = <tied>
    return LlamaConfig(
        vocab_size=c["vocab_size"], seq_len=c["max_position_embeddings"], n_layer=c["num_hidden_layers"],
        n_embd=c["hidden_size"], n_head=c["num_attention_heads"], n_kv_head=heads, hidden_dim=<hidden>,
        rope_theta=theta, rope_scaling=scaling, norm_eps=<eps>, tie_embeddings=tied,
    )
""",
    (
        Slot("gpt2", 'c["model_type"] == "gpt2"', ('c["model_type"] != "llama"', '"n_embd" not in c')),
        Slot(
            "width",
            'c.get("n_inner") or 4 * c["n_embd"]',
            ('c.get("n_inner", 4 * c["n_embd"])', 'c["n_inner"] or 4 * c["n_embd"]', '4 * c["n_embd"]', 'c["n_inner"]'),
        ),
        Slot("positions", 'c["n_positions"]', ('c["n_ctx"]', "1024", 'c["max_position_embeddings"]')),
        Slot(
            "ratio",
            'width / c["n_embd"]',
            ('width // c["n_embd"]', 'c["n_embd"] / width', "width", "4.0", "round(width / c['n_embd'])"),
        ),
        Slot("bias", "True", ("False", 'c.get("bias", False)')),
        Slot("dropout", 'c["resid_pdrop"]', ('c["embd_pdrop"]', 'c["attn_pdrop"]', "0.0", "0.1", 'c["dropout"]')),
        Slot(
            "stranger",
            'c["model_type"] != "llama"',
            ("False", '"hidden_size" not in c', '"llama" not in c["model_type"]', 'c["model_type"] == "mistral"'),
        ),
        Slot("error", "ValueError(c)", ("KeyError(c)", "TypeError(c)", "NotImplementedError(c)", "RuntimeError(c)")),
        Slot(
            "heads",
            'c.get("num_key_value_heads", c["num_attention_heads"])',
            (
                'c["num_key_value_heads"]',
                'c["num_attention_heads"]',
                'c.get("num_key_value_heads", 1)',
                'c.get("num_key_value_heads", 8)',
                'c.get("num_key_value_heads")',
            ),
        ),
        Slot(
            "theta",
            'c.get("rope_theta", 10_000.0)',
            ('c["rope_theta"]', 'c.get("rope_theta", 500_000.0)', "10_000.0", "500_000.0", 'c.get("rope_theta")'),
        ),
        Slot(
            "scaling",
            'RopeScaling(c["rope_scaling"]["factor"]) if c.get("rope_scaling") else None',
            (
                "None",
                'c.get("rope_scaling")',
                'RopeScaling(c["rope_scaling"]["factor"])',
                'RopeScaling(c["rope_scaling"]["factor"]) if "rope_scaling" in c else None',
                'RopeScaling() if c.get("rope_scaling") else None',
                'c["rope_scaling"]["factor"] if c.get("rope_scaling") else None',
            ),
        ),
        Slot(
            "tied",
            'c.get("tie_word_embeddings", False)',
            ('c["tie_word_embeddings"]', 'c.get("tie_word_embeddings", True)', "False", "True"),
        ),
        Slot("hidden", 'c["intermediate_size"]', ('4 * c["hidden_size"]', 'c["intermediate_size"] // 2')),
        Slot("eps", 'c["rms_norm_eps"]', ("1e-5", "1e-6")),
    ),
    NAMES,
    most=300,
)
