"""Exercise 3 of lesson 04: the module."""

import math

import torch
from torch import Tensor

from course_lib.attention import scaled_dot_product_attention
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.multi_head_attention.layouts import (
    cut_along_batch,
    heads_left_behind,
    parts_inside_heads,
    reshape_straight,
    view_straight,
)
from course_lib.checks.multi_head_attention.steps import (
    each_part,
    scaled_by_all_channels,
    scaled_by_number_of_heads,
    with_steps,
)
from course_lib.config import GPTConfig
from course_lib.multi_head_attention import MultiHeadAttention


def module_case(n_embd: int, n_head: int, B: int, T: int, generator: torch.Generator, *, bias: bool = False) -> Case:
    """A configuration, weights and a batch; the weights large enough that the softmax is far from even."""
    config = GPTConfig(n_embd=n_embd, n_head=n_head, bias=bias)
    weights = {
        name: torch.randn(weight.shape, generator=generator) / math.sqrt(weight.shape[-1])
        for name, weight in MultiHeadAttention(config).state_dict().items()
    }
    x = 2 * torch.randn(B, T, n_embd, generator=generator)
    heads = "head" if n_head == 1 else "heads"
    label = f"B = {B}, T = {T}, C = {n_embd}, {n_head} {heads}{', with biases' if bias else ''}"
    return Case(((config,), weights, x), label=label)


def module_cases(generator: torch.Generator) -> list[Case]:
    """A batch of 3, which can be cut into three by mistake, and one that cannot; H = D nowhere but once."""
    return [
        module_case(4, 2, B=1, T=2, generator=generator),
        module_case(12, 3, B=3, T=5, generator=generator),
        module_case(12, 4, B=2, T=12, generator=generator, bias=True),
        module_case(6, 1, B=2, T=4, generator=generator),
        module_case(6, 6, B=6, T=7, generator=generator),
    ]


def output_of(call: Call, case: Case, x: Tensor) -> Tensor:
    """The module's output for x, with the case's configuration and weights."""
    return call(case.args[0], case.args[1], x)["output"]


def module_sees_no_future(call: Call, generator: torch.Generator) -> None:
    """Token 3 is changed: the outputs 0, 1 and 2 stay."""
    case = module_case(12, 3, B=1, T=6, generator=generator)
    x = case.args[2]
    changed = x.clone()
    changed[:, 3] += 3.0
    moved = (output_of(call, case, changed) - output_of(call, case, x)).abs().amax(dim=(0, 2)) > 1e-5
    if moved[:3].any():
        raise Failed(f"token 3 of 6 was changed, and the outputs of tokens {moved.nonzero().flatten().tolist()} moved")


def module_looks_back(call: Call, generator: torch.Generator) -> None:
    """Token 0 is changed: every output moves."""
    case = module_case(12, 3, B=1, T=6, generator=generator)
    x = case.args[2]
    changed = x.clone()
    changed[:, 0] += 3.0
    moved = (output_of(call, case, changed) - output_of(call, case, x)).abs().amax(dim=(0, 2)) > 1e-5
    if not moved.all():
        raise Failed(f"token 0 of 6 was changed, and only the outputs {moved.nonzero().flatten().tolist()} moved")


def module_keeps_sequences_apart(call: Call, generator: torch.Generator) -> None:
    """Each sequence of a batch gets what it gets alone."""
    case = module_case(12, 3, B=3, T=4, generator=generator)
    x = case.args[2]
    together, alone = output_of(call, case, x), output_of(call, case, x[:1])
    if not torch.allclose(together[:1], alone, atol=1e-5):
        raise Failed("the first sequence of a batch of 3 gets another output than when it is given alone")


EXERCISE = Exercise(
    name="MultiHeadAttention",
    reference=MultiHeadAttention,
    forbidden=(
        "torch.nn.MultiheadAttention",
        "course_lib.multi_head_attention.HeadByHeadAttention",
    ),
    cases=module_cases,
    drive=drive.call_module,
    tolerance=1e-4,
    properties=(
        Property("a future token changes nothing before it", module_sees_no_future),
        Property("every token hears of the first one", module_looks_back),
        Property("the sequences of a batch do not see each other", module_keeps_sequences_apart),
    ),
    misconceptions=(
        Misconception(
            "view without transpose",
            with_steps(split=each_part(view_straight)),
            "q, k and v were viewed as (B, H, T, D) at once, which mixes tokens with heads: split with "
            "view(B, T, H, D), then transpose(1, 2).",
        ),
        Misconception(
            "heads merged without transposing back",
            with_steps(merge=reshape_straight),
            "The heads come out as (B, H, T, D): transpose(1, 2) before they become (B, T, C).",
        ),
        Misconception(
            "attention over the heads",
            with_steps(split=each_part(heads_left_behind), merge=lambda heads: heads.flatten(2)),
            "With (B, T, H, D) the heads of one token attend to each other and no token sees another. Attention "
            "works on the last two dimensions: make them (T, D).",
        ),
        Misconception(
            "q, k, v cut along the batch",
            with_steps(split=cut_along_batch, merge=lambda heads: heads.transpose(1, 2)),
            "chunk(3) without dim cuts dimension 0, the batch: a third of the sequences became queries, a third "
            "keys, a third values. Cut the channels: chunk(3, dim=-1).",
        ),
        Misconception(
            "q, k, v taken from each head's rows",
            with_steps(split=parts_inside_heads),
            "The 3·C channels are all queries, then all keys, then all values. Cut into three first, then each "
            "third into heads.",
        ),
        Misconception(
            "q and k exchanged",
            with_steps(attend=lambda q, k, v: scaled_dot_product_attention(k, q, v)),
            "The first C channels are the queries, the next the keys. With the causal mask it matters who asks.",
        ),
        Misconception(
            "k and v exchanged",
            with_steps(attend=lambda q, k, v: scaled_dot_product_attention(q, v, k)),
            "The channels are queries, keys, values, in this order; yours compares queries with values.",
        ),
        Misconception(
            "no output projection",
            with_steps(project=False),
            "The heads side by side are not the result yet: out_proj lets them mix.",
        ),
        Misconception(
            "scores divided by √C",
            with_steps(attend=scaled_by_all_channels),
            "Each dot product is over one head's D channels, so its variance is D: divide by √D.",
        ),
        Misconception(
            "scores divided by √H",
            with_steps(attend=scaled_by_number_of_heads),
            "The scale is the root of a head's width D = C / H, not of the number of heads.",
        ),
        Misconception(
            "no causal mask",
            with_steps(attend=lambda q, k, v: scaled_dot_product_attention(q, k, v, causal=False)),
            "Every token sees the whole sequence, the future too. The library's function masks by default; torch's "
            "needs is_causal=True.",
        ),
        Misconception(
            "biases whatever the configuration says",
            with_steps(bias=True),
            "nn.Linear has a bias by default. Pass bias=config.bias to both layers.",
        ),
    ),
    hints=(
        "__init__ makes two linear layers, C -> 3·C and C -> C. forward has four steps: project, split, attend, "
        "merge and project.",
        "q, k, v = self.qkv_proj(x).chunk(3, dim=-1), then split_heads on each of the three.",
        "q, k, v = (split_heads(part, self.n_head) for part in self.qkv_proj(x).chunk(3, dim=-1)); "
        "return self.out_proj(merge_heads(scaled_dot_product_attention(q, k, v)))",
    ),
    review="lesson 04, 'The module'",
)
