"""Exercise 3 of lesson 04: the module."""

import math

import torch
from torch import Tensor

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Property
from course_lib.checks.multi_head_attention.layouts import draw
from course_lib.checks.multi_head_attention.mistakes import MISTAKES
from course_lib.checks.multi_head_attention.slots.MultiHeadAttention import VARIANTS
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

    def drawn(*, bias: bool) -> Case:
        H, D, B, T = (draw(generator, low, low + 2) for low in (2, 4, 2, 7))
        return module_case(H * D, H, B=B, T=T, generator=generator, bias=bias)

    return [
        module_case(4, 2, B=1, T=2, generator=generator),
        module_case(12, 3, B=3, T=5, generator=generator),
        module_case(12, 4, B=2, T=12, generator=generator, bias=True),
        module_case(6, 1, B=2, T=4, generator=generator),
        module_case(6, 6, B=6, T=7, generator=generator),
        module_case(10, 2, B=2, T=4, generator=generator),
        drawn(bias=False),
        drawn(bias=True),
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
    variants=VARIANTS,
    cases=module_cases,
    drive=drive.call_module,
    tolerance=1e-4,
    properties=(
        Property("a future token changes nothing before it", module_sees_no_future),
        Property("every token hears of the first one", module_looks_back),
        Property("the sequences of a batch do not see each other", module_keeps_sequences_apart),
    ),
    misconceptions=MISTAKES,
    hints=(
        "__init__ makes two linear layers, C -> 3·C and C -> C. forward has four steps: project, split, attend, "
        "merge and project.",
        "q, k, v = self.qkv_proj(x).chunk(3, dim=-1), then split_heads on each of the three.",
        "q, k, v = (split_heads(part, self.n_head) for part in self.qkv_proj(x).chunk(3, dim=-1)); "
        "return self.out_proj(merge_heads(scaled_dot_product_attention(q, k, v)))",
    ),
    review="lesson 04, 'The module'",
)
