"""Exercise 2 of lesson 09: the model of torch's layers."""

import torch
from torch.nn import functional as F

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.torch_builtin.inputs import drawn_size
from course_lib.checks.torch_builtin.masks import blocked_mask
from course_lib.checks.torch_builtin.models import BuiltinGPT, HeadWithBias, UntiedHead, WithoutFinalNorm, model_with
from course_lib.checks.torch_builtin.slots.BuiltinGPT import VARIANTS
from course_lib.config import GPTConfig


def model_cases(generator: torch.Generator) -> list[Case]:
    """Two small shapes, with weights large enough for every part to matter; square, so that axes can be confused."""

    def drawn(config: GPTConfig, B: int, T: int, label: str) -> Case:
        with torch.random.fork_rng(devices=[]):  # only the shapes are wanted; what is drawn for them was not drawn
            shapes = {name: value.shape for name, value in BuiltinGPT(config).named_parameters()}
        weights = {name: torch.randn(shape, generator=generator) * 0.3 for name, shape in shapes.items()}
        idx = torch.randint(config.vocab_size, (B, T), generator=generator)
        return Case(((config,), weights, idx), label=label)

    small = GPTConfig(vocab_size=7, seq_len=3, n_layer=1, n_embd=4, n_head=2, bias=True)
    heads = drawn_size(generator, 2, 4)
    any_size = GPTConfig(
        vocab_size=drawn_size(generator, 11, 30),
        seq_len=drawn_size(generator, 5, 8),
        n_layer=drawn_size(generator, 1, 2),
        n_embd=heads * drawn_size(generator, 2, 4),
        n_head=heads,
        bias=True,
    )
    larger = GPTConfig(vocab_size=20, seq_len=6, n_layer=2, n_embd=6, n_head=3, bias=True)
    return [
        drawn(small, 3, 3, "7 tokens, 1 layer, C = 4, three texts of three tokens"),
        drawn(larger, 4, 4, "20 tokens, 2 layers, C = 6, four texts of four tokens"),
        drawn(any_size, 2, any_size.seq_len, f"{any_size.n_layer} layers, C = {any_size.n_embd}, T = seq_len"),
    ]


def future_tokens_change_nothing_before(call: Call, generator: torch.Generator) -> None:
    """Two texts with the same beginning have the same logits there."""
    config, weights, idx = model_cases(generator)[1].args
    changed = idx.clone()
    changed[:, 2] = (changed[:, 2] + 1) % 20
    before, after = (call(config, weights, tokens)["output"][:, :2] for tokens in (idx, changed))
    if not torch.allclose(before, after, atol=1e-6):
        raise Failed("another token at position 2 should leave the logits of positions 0 and 1 as they are")


EXERCISE = Exercise(
    name="BuiltinGPT",
    reference=BuiltinGPT,
    variants=VARIANTS,
    forbidden=(
        "course_lib.torch_builtin.TorchGPT",
        "course_lib.gpt.GPT",
    ),
    cases=model_cases,
    drive=drive.call_with_and_without_hint,
    properties=(Property("a later token changes nothing before it", future_tokens_change_nothing_before),),
    misconceptions=(
        Misconception(
            "no mask",
            model_with(mask=lambda self, T: None),
            "An encoder lets every position see all others. Give it a causal mask.",
        ),
        Misconception(
            "mask inverted",
            model_with(mask=lambda self, T: ~blocked_mask(T)),
            "For these layers True means blocked. Yours blocks the past and shows the future.",
        ),
        Misconception(
            "a mask of ones and zeros",
            model_with(mask=lambda self, T: blocked_mask(T).float()),
            "A floating point mask is added to the scores, and + 1 blocks nothing: use True and False.",
        ),
        Misconception(
            "post-norm by default",
            model_with(norm_first=False),
            "The norms stand after the sums, torch's default. Our blocks are pre-norm: norm_first=True.",
        ),
        Misconception(
            "ReLU by default",
            model_with(activation=staticmethod(F.relu)),
            "The default activation is ReLU; GPT-2's is GELU in its tanh form.",
        ),
        Misconception(
            "exact GELU",
            model_with(activation=staticmethod(F.gelu)),
            'activation="gelu" is the exact form. Ours is the tanh form: partial(F.gelu, approximate="tanh").',
        ),
        Misconception(
            "batch taken for time",
            model_with(batch_first=False),
            "The default order is (T, B, C): yours attends from text to text in the batch. Use batch_first=True.",
        ),
        Misconception(
            "dropout on by default",
            model_with(dropout=lambda self, config: 0.1),
            "The default dropout is 0.1, so that two calls disagree. Say dropout=config.dropout.",
        ),
        Misconception(
            "an MLP 2048 wide by default",
            model_with(width=lambda self, config: 2048),
            "dim_feedforward is 2048 unless you say otherwise; this model's is config.hidden_dim.",
        ),
        Misconception(
            "a width with a point in it",
            model_with(width=lambda self, config: config.mlp_ratio * config.n_embd),
            "config.mlp_ratio is a floating point number, and so is its product with C: torch wants a whole number as "
            "a width, which is config.hidden_dim.",
        ),
        Misconception(
            "no final norm",
            WithoutFinalNorm,
            "nn.TransformerEncoder ends without a norm unless you give it one: norm=nn.LayerNorm(config.n_embd).",
        ),
        Misconception(
            "head not tied",
            UntiedHead,
            "The head has a weight of its own. Tie it: self.head.weight = self.token_embedding.weight.",
        ),
        Misconception("a head with a bias", HeadWithBias, "The head has a bias. Say nn.Linear(…, bias=False)."),
        Misconception(
            "positions never added",
            model_with(embedded=lambda self, idx: self.token_embedding(idx)),
            "The position embedding is there but forward does not use it: add it to the token embedding.",
        ),
        Misconception(
            "the diagonal blocked too",
            model_with(mask=lambda self, T: torch.ones(T, T, dtype=torch.bool).triu()),
            "Every position may see itself: triu(diagonal=1), not triu(). Yours leaves the first position nothing to "
            "look at.",
        ),
        Misconception(
            "the next token seen",
            model_with(mask=lambda self, T: torch.ones(T, T, dtype=torch.bool).triu(diagonal=2)),
            "Each position sees the one after it: triu(diagonal=1), not 2.",
        ),
        Misconception(
            "probabilities returned",
            model_with(result=lambda self, logits: logits.softmax(dim=-1)),
            "You return probabilities. The model returns logits: the loss does the softmax itself.",
        ),
        Misconception(
            "the last position only",
            model_with(result=lambda self, logits: logits[:, -1]),
            "Logits are wanted at every position, (B, T, V): training learns from all of them.",
        ),
        Misconception(
            "mask inverted, and not read",
            model_with(mask=lambda self, T: ~blocked_mask(T), is_causal=True),
            "With is_causal=True torch need not read the mask, so today nobody sees that yours is inverted: for these "
            "layers True means blocked. The hint must tell the truth about the mask that you give.",
        ),
        Misconception(
            "the diagonal blocked, and not read",
            model_with(mask=lambda self, T: torch.ones(T, T, dtype=torch.bool).triu(), is_causal=True),
            "With is_causal=True torch need not read the mask, so today nobody sees that yours blocks the diagonal as "
            "well: triu(diagonal=1). The hint must tell the truth about the mask that you give.",
        ),
    ),
    hints=(
        "Build one layer and hand it to nn.TransformerEncoder. Go through the layer's arguments one by one: "
        "which defaults are not ours?",
        "dim_feedforward=config.hidden_dim, dropout=config.dropout, batch_first=True, norm_first=True, "
        'activation=partial(F.gelu, approximate="tanh"); and norm=nn.LayerNorm(config.n_embd) for the encoder.',
        "forward: x = token rows + position rows; "
        "blocked = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1); "
        "return self.head(self.encoder(x, mask=blocked))",
    ),
    review="lesson 09, 'Eight defaults'",
)
