"""Tokens a second, one text at a time: against peers on the same weights, and against what memory allows.

A token needs every weight once, and a weight is used once: at batch 1 the time is that of reading the weights. The
bound measured here is the matrix-vector products alone, each with the model's own weights, in the model's own order.
"""

from collections.abc import Callable, Iterator
from functools import partial

import torch
import transformers
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.report import Measurement, relative_time, speedup
from course_lib.config import GPTConfig
from course_lib.generation import generate
from course_lib.gpt import GPT

CONFIG = GPTConfig(vocab_size=10_000, seq_len=256, n_layer=6, n_embd=384, n_head=6, bias=True)
PROMPT, NEW = 16, 128  # tokens
LONG = 1024  # tokens that a model with room for them has seen, when its next ones are timed
FEW = 32  # tokens timed there
FLAT = 1.4  # by bytes 1.33: 19 MB of keys and values are read besides 57 MB of weights
SPREAD = 0.2  # deviation of the weights: large enough for the most likely token not to be a matter of rounding


def measure(runs: int) -> Iterator[Measurement]:
    """Greedy generation of 128 tokens, then what a token costs late in a text, and with half the bytes."""
    model = lively(CONFIG)
    prompt = torch.randint(CONFIG.vocab_size, (1, PROMPT), generator=torch.Generator().manual_seed(0))
    theirs = as_transformers(model)
    ours = partial(generate, model, prompt, NEW, temperature=0)
    what = f"{NEW} new tokens with a cache, float32"
    peers: list[tuple[str, Callable[[], Tensor], float | None]] = [
        ("the loop without a cache, head on all positions", partial(naive_loop, model, prompt, NEW), None),
        ("ours without a cache", partial(generate, model, prompt, NEW, temperature=0, use_cache=False), None),
        ("transformers' generate with its cache", partial(their_generate, theirs, prompt, NEW), 1.2),
    ]
    expected = ours()
    for against, baseline, at_least in peers:
        if not torch.equal(baseline(), expected):
            raise ValueError(f"{against} gives other tokens than ours: nothing to compare")
        yield speedup(what, ours, against=against, baseline=baseline, runs=runs, at_least=at_least)
    bound = partial(products_alone, weights_of(model), NEW)
    yield speedup(what, ours, against="its matrix-vector products alone", baseline=bound, runs=runs, at_least=0.8)

    long = lively(GPTConfig(**{**vars(CONFIG), "seq_len": LONG + FEW}))
    early, late = (time_of_a_few(long, length) for length in (PROMPT, LONG))
    yield relative_time(
        f"a token after {LONG:,}", late, against=f"a token after {PROMPT}", baseline=early, runs=runs, at_most=FLAT
    )
    half = lively(CONFIG).to(torch.bfloat16)
    yield speedup(
        f"{NEW} new tokens with a cache, bfloat16 weights",
        partial(generate, half, prompt, NEW, temperature=0),
        against="float32 weights",
        baseline=ours,
        runs=runs,
    )


def lively(config: GPTConfig) -> GPT:
    """A GPT with larger weights than a new one has, the same each time."""
    model = GPT(config, torch.Generator().manual_seed(0)).eval()
    with torch.no_grad():
        model.position_embedding.weight.normal_(std=SPREAD, generator=torch.Generator().manual_seed(1))
    return model


@torch.no_grad()
def naive_loop(model: GPT, idx: Tensor, new: int) -> Tensor:
    """What one writes first: all of the text through all of the model for each token."""
    for _ in range(new):
        logits = model(idx[:, -model.config.seq_len :])
        idx = torch.cat([idx, logits[:, -1].argmax(dim=-1, keepdim=True)], dim=1)
    return idx


THEIR_NAMES = {
    "token_embedding": "transformer.wte",
    "position_embedding": "transformer.wpe",
    "blocks": "transformer.h",
    "norm_1": "ln_1",
    "norm_2": "ln_2",
    "attention.qkv_proj": "attn.c_attn",
    "attention.out_proj": "attn.c_proj",
    "mlp.up_proj": "mlp.c_fc",
    "mlp.down_proj": "mlp.c_proj",
    "final_norm": "transformer.ln_f",
    "head.weight": "lm_head.weight",
}


def as_transformers(model: GPT) -> transformers.GPT2LMHeadModel:
    """`transformers`' GPT-2 with the same weights."""
    config = model.config
    theirs = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=config.vocab_size,
            n_positions=config.seq_len,
            n_embd=config.n_embd,
            n_layer=config.n_layer,
            n_head=config.n_head,
            bos_token_id=None,
            eos_token_id=None,
            attn_implementation="sdpa",
        )
    ).eval()
    state = {}
    for name, value in model.state_dict().items():
        for ours, their in THEIR_NAMES.items():
            name = name.replace(ours, their)
        state[name] = value.T if value.dim() == 2 and ".c_" in name else value  # these layers keep the transpose
    theirs.load_state_dict(state)
    return theirs


def their_generate(theirs: transformers.GPT2LMHeadModel, idx: Tensor, new: int) -> Tensor:
    """Greedy, with the cache that is their default."""
    return theirs.generate(
        idx,
        attention_mask=torch.ones_like(idx),
        max_new_tokens=new,
        min_new_tokens=new,
        do_sample=False,
        use_cache=True,
    )


def weights_of(model: GPT) -> list[Tensor]:
    """The matrices that a token is multiplied with, in the order of a step; the head last."""
    linear = [module.weight for module in model.modules() if isinstance(module, nn.Linear)]
    return [weight.detach() for weight in linear]


@torch.inference_mode()
def products_alone(weights: list[Tensor], times: int) -> None:
    """Only the products of `times` tokens."""
    vectors = {weight.shape[1]: torch.randn(1, weight.shape[1]) for weight in weights}
    for _ in range(times):
        for weight in weights:
            F.linear(vectors[weight.shape[1]], weight)


def time_of_a_few(model: GPT, length: int) -> Callable[[], None]:
    """A call that lets the model go on for a few tokens from a text of this length, which it has read already."""
    cache = model.make_cache(1, length + FEW)
    one = torch.zeros(1, 1, dtype=torch.long)

    @torch.inference_mode()
    def go_on() -> None:
        cache.length = length  # as if it had been read: what the keys are does not change the time
        for _ in range(FEW):
            model(one, cache)

    return go_on
