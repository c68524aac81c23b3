"""The exercises of lesson 04: right answers, and the mistakes that are really made when heads are split and merged."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from course_lib.attention import scaled_dot_product_attention
from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property, single_case
from course_lib.config import GPTConfig
from course_lib.multi_head_attention import MultiHeadAttention, merge_heads, split_heads

# Exercise 1: split heads


def view_straight(x: Tensor, n_head: int) -> Tensor:
    """(B, H, T, D) by `view` alone: right in its shape, tokens and channels mixed."""
    B, T, C = x.shape
    return x.reshape(B, n_head, T, C // n_head)


def heads_left_behind(x: Tensor, n_head: int) -> Tensor:
    """(B, T, H, D): cut, but the heads do not stand beside the batch."""
    return split_heads(x, n_head).transpose(1, 2)


def every_hth_channel(x: Tensor, n_head: int) -> Tensor:
    """Head h takes the channels h, h + H, h + 2H, …"""
    B, T, C = x.shape
    return x.reshape(B, T, C // n_head, n_head).permute(0, 3, 1, 2)


def width_for_number(x: Tensor, n_head: int) -> Tensor:
    """C / n_head heads of width n_head."""
    return split_heads(x, x.shape[-1] // n_head)


def width_before_tokens(x: Tensor, n_head: int) -> Tensor:
    """(B, H, D, T): the last two dimensions the other way round."""
    return split_heads(x, n_head).transpose(2, 3)


def split_cases(generator: torch.Generator) -> list[Case]:
    """Numbers that name their token and channel first; then shapes in which no two dimensions agree, or some do."""
    by_hand = torch.tensor([[[0.0, 1.0, 2.0, 3.0], [10.0, 11.0, 12.0, 13.0], [20.0, 21.0, 22.0, 23.0]]])
    return [
        Case((by_hand, 2), label="3 tokens, 4 channels, 2 heads; tens name the token, ones the channel"),
        Case((torch.randn(2, 5, 12, generator=generator), 3), label="B = 2, T = 5, C = 12, 3 heads"),
        Case((torch.randn(3, 1, 6, generator=generator), 2), label="a single token"),
        Case((torch.randn(2, 4, 6, generator=generator), 1), label="one head"),
        Case((torch.randn(2, 5, 12, generator=generator)[:, 1:].transpose(0, 1), 4), label="not contiguous in memory"),
    ]


def unequal_heads_are_refused(call: Call, generator: torch.Generator) -> None:
    """A ValueError, and no other: 10 channels do not make 4 heads."""
    x = torch.randn(1, 2, 10, generator=generator)
    try:
        result = call(x, 4)
    except Failed as failure:
        if "raised ValueError" in str(failure):
            return
        raise Failed(f"10 channels cannot be cut into 4 equal heads: raise a ValueError. For now {failure}") from None
    raise Failed(f"10 channels cannot be cut into 4 equal heads, but your code gave a result of {tuple(result.shape)}")


# Exercise 2: merge heads


def reshape_straight(x: Tensor) -> Tensor:
    """(B, T, H·D) without transposing back."""
    B, H, T, D = x.shape
    return x.reshape(B, T, H * D)


def view_of_transposed(x: Tensor) -> Tensor:
    """Transposed back, then `view`, for which the memory is in the wrong order."""
    B, H, T, D = x.shape
    return x.transpose(1, 2).view(B, T, H * D)


def heads_interleaved(x: Tensor) -> Tensor:
    """Channel 0 of every head, then channel 1 of every head, …"""
    return x.permute(0, 2, 3, 1).flatten(2)


def heads_added(x: Tensor) -> Tensor:
    """(B, T, D): the sum of the heads."""
    return x.sum(dim=1)


def heads_in_line(x: Tensor) -> Tensor:
    """(B, H·T, D): the heads one after another along the tokens."""
    return x.flatten(1, 2)


def merge_cases(generator: torch.Generator) -> list[Case]:
    """What splitting gives by hand, in memory order; then other shapes, also as a transposed view."""
    by_hand = torch.tensor([[[[0.0, 1.0], [10.0, 11.0], [20.0, 21.0]], [[2.0, 3.0], [12.0, 13.0], [22.0, 23.0]]]])
    return [
        Case((by_hand,), label="2 heads, 3 tokens, width 2; tens name the token, ones the channel"),
        Case((torch.randn(2, 3, 5, 4, generator=generator),), label="B = 2, 3 heads, T = 5, D = 4"),
        Case((torch.randn(2, 2, 1, 3, generator=generator),), label="a single token"),
        Case((torch.randn(2, 1, 4, 6, generator=generator),), label="one head"),
        Case((torch.randn(2, 5, 3, 4, generator=generator).transpose(1, 2),), label="a transposed view"),
    ]


def merging_undoes_splitting(call: Call, generator: torch.Generator) -> None:
    """merge(split(x)) is x."""
    x = torch.randn(2, 7, 6, generator=generator)
    if not torch.equal(call(split_heads(x, 3).contiguous()), x):
        raise Failed("split x of shape (2, 7, 6) into 3 heads, merge them: you should get x back, number for number")


# Exercise 3: the module

Attend = Callable[[Tensor, Tensor, Tensor], Tensor]
Split = Callable[[Tensor, int], tuple[Tensor, ...]]


def chunk_then_split(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """q, k, v of (B, H, T, D) from (B, T, 3C): the three parts first, then each into heads."""
    return tuple(split_heads(part, n_head) for part in qkv.chunk(3, dim=-1))


def cut_along_batch(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """`chunk(3)` without a dimension: thirds of the batch, each (B/3, 3, T, H, D)."""
    B, T, C3 = qkv.shape
    q, k, v = qkv.reshape(B, T, 3, n_head, C3 // 3 // n_head).transpose(1, 2).chunk(3)
    return q, k, v


def with_steps(
    split: Split = chunk_then_split,
    attend: Attend = scaled_dot_product_attention,
    merge: Callable[[Tensor], Tensor] = merge_heads,
    *,
    project: bool = True,
    bias: bool | None = None,
) -> type[nn.Module]:
    """A class like `MultiHeadAttention` with one of its steps replaced. bias: in place of the configuration's."""

    class Variant(nn.Module):
        def __init__(self, config: GPTConfig) -> None:
            super().__init__()
            C, with_bias = config.n_embd, config.bias if bias is None else bias
            self.n_head = config.n_head
            self.qkv_proj = nn.Linear(C, 3 * C, bias=with_bias)
            self.out_proj = nn.Linear(C, C, bias=with_bias)

        def forward(self, x: Tensor) -> Tensor:
            q, k, v = split(self.qkv_proj(x), self.n_head)
            merged = merge(attend(q, k, v)).reshape(x.shape)
            return self.out_proj(merged) if project else merged

    return Variant


def each_part(split: Callable[[Tensor, int], Tensor]) -> Split:
    """q, k and v by `chunk`, each split by `split`."""
    return lambda qkv, n_head: tuple(split(part, n_head) for part in qkv.chunk(3, dim=-1))


def parts_inside_heads(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """The rows taken as H times (q, k, v of width D), not as q, k, v of H heads each."""
    B, T, C3 = qkv.shape
    return qkv.reshape(B, T, n_head, C3 // n_head).transpose(1, 2).chunk(3, dim=-1)


def scaled_by_all_channels(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Scores divided by √C instead of √D."""
    H = q.shape[1]
    return scaled_dot_product_attention(q / math.sqrt(H), k, v)


def scaled_by_number_of_heads(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Scores divided by √H instead of √D."""
    H, D = q.shape[1], q.shape[-1]
    return scaled_dot_product_attention(q * math.sqrt(D / H), k, v)


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


# Exercise 4: predict parameters


def attention_parameters() -> tuple[int, int, int]:
    """4·C² for C = 100 with 5 and with 10 heads, and for C = 200 with 10."""
    return 4 * 100**2, 4 * 100**2, 4 * 200**2


# Exercise 5: debug the split of q, k and v


def heads_as_tokens(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """The right axis cut, the heads still behind the tokens: each (B, T, H, D)."""
    return tuple(part.transpose(1, 2) for part in chunk_then_split(qkv, n_head))


def axis_of_one_left(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """`transpose(1, 2).chunk(3, dim=1)`: each (B, 1, T, H, D)."""
    return tuple(part.unsqueeze(1) for part in heads_as_tokens(qkv, n_head))


def axis_of_one_and_heads(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """The heads in place, and an axis of size one left: each (B, 1, H, T, D)."""
    return tuple(part.unsqueeze(1) for part in chunk_then_split(qkv, n_head))


def thirds_of_each_head(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """(B, T, H, 3C/H) cut along its last dimension: q, k, v taken from the wrong channels."""
    return parts_inside_heads(qkv, n_head)


def view_before_tokens(qkv: Tensor, n_head: int) -> tuple[Tensor, ...]:
    """`view(B, 3, H, T, D)` at once: the shape that was wanted, of numbers in the wrong order."""
    B, T, C3 = qkv.shape
    return qkv.reshape(B, 3, n_head, T, C3 // 3 // n_head).unbind(dim=1)


def qkv_cases(generator: torch.Generator) -> list[Case]:
    """Numbers that can be read; then batches that can be cut into three, and one that cannot."""
    by_hand = torch.arange(12.0).view(1, 2, 6)
    return [
        Case((by_hand, 2), label="2 tokens, C = 2, 2 heads of width 1"),
        Case((torch.randn(3, 4, 18, generator=generator), 3), label="B = 3, T = 4, C = 6, 3 heads"),
        Case((torch.randn(6, 5, 24, generator=generator), 2), label="B = 6, T = 5, C = 8, 2 heads"),
        Case((torch.randn(4, 3, 12, generator=generator), 1), label="B = 4, T = 3, C = 4, one head"),
    ]


# Exercise 6: what each head adds


def head_contributions(heads: Tensor, out_weight: Tensor) -> Tensor:
    """(B, H, T, D), (C, C) -> (B, H, T, C): each head through its own columns of the output projection."""
    H, D = heads.shape[1], heads.shape[-1]
    columns = out_weight.unflatten(1, (H, D)).permute(1, 2, 0)  # (C, H·D) -> (H, D, C)
    return heads @ columns


def contributions_with(columns_of: Callable[[Tensor, int, int], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """`head_contributions` with another choice of each head's part (H, D, C) of the weight."""

    def mutant(heads: Tensor, out_weight: Tensor) -> Tensor:
        return heads @ columns_of(out_weight, heads.shape[1], heads.shape[-1])

    return mutant


def contribution_cases(generator: torch.Generator) -> list[Case]:
    """Two heads of width 1, to do by hand; then wider ones."""
    by_hand = (torch.tensor([[[[1.0]], [[10.0]]]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    cases = [Case(by_hand, label="2 heads of width 1, one token")]
    for B, H, T, D in ((2, 3, 4, 2), (2, 2, 3, 4), (1, 1, 5, 3)):
        heads = torch.randn(B, H, T, D, generator=generator)
        weight = torch.randn(H * D, H * D, generator=generator)
        cases.append(Case((heads, weight), label=f"B = {B}, {H} heads, T = {T}, D = {D}"))
    return cases


def contributions_add_up(call: Call, generator: torch.Generator) -> None:
    """The sum over the heads is the projection of the merged heads."""
    heads = torch.randn(2, 3, 4, 5, generator=generator)
    weight = torch.randn(15, 15, generator=generator)
    whole = merge_heads(heads) @ weight.T
    if not torch.allclose(call(heads, weight).sum(dim=1), whole, atol=1e-4):
        raise Failed("the sum of your contributions over the heads is not out_proj(merge_heads(heads))")


EXERCISES = (
    Exercise(
        name="split_heads",
        reference=split_heads,
        cases=split_cases,
        properties=(Property("refuses a width that cannot be cut into equal heads", unequal_heads_are_refused),),
        misconceptions=(
            Misconception(
                "view without transpose",
                view_straight,
                "view never moves a number: it fills the new shape in reading order, so your head 0 holds whole "
                "tokens. Cut the last dimension first, (B, T, H, D), then transpose T and H.",
            ),
            Misconception(
                "the heads left behind the tokens",
                heads_left_behind,
                "You return (B, T, H, D). Attention works on the last two dimensions, so they must be T and D: "
                "transpose dimensions 1 and 2.",
            ),
            Misconception(
                "heads take turns at the channels",
                every_hth_channel,
                "A head is a block of D neighbouring channels: view as (…, H, D), not as (…, D, H).",
            ),
            Misconception(
                "number and width of the heads exchanged",
                width_for_number,
                "n_head is how many heads there are; the width of each is C // n_head.",
            ),
            Misconception(
                "width before tokens",
                width_before_tokens,
                "You return (B, H, D, T). Within a head each token is a row: (B, H, T, D).",
            ),
        ),
        hints=(
            "Two steps: cut the last dimension in two, then change the order of two dimensions.",
            "view can cut (B, T, C) into (B, T, n_head, C // n_head); transpose(1, 2) exchanges T and the heads.",
            "x.view(B, T, n_head, C // n_head).transpose(1, 2), after an `if C % n_head: raise ValueError(...)`",
        ),
        review="lesson 04, 'Cutting into heads'",
    ),
    Exercise(
        name="merge_heads",
        reference=merge_heads,
        cases=merge_cases,
        properties=(Property("merging undoes splitting", merging_undoes_splitting),),
        misconceptions=(
            Misconception(
                "reshape without transposing back",
                reshape_straight,
                "The shape is right and the tokens are mixed: reading (B, H, T, D) in order gives all tokens of head 0 "
                "first. Transpose H and T before you reshape.",
            ),
            Misconception(
                "view on transposed memory",
                view_of_transposed,
                "After transpose the numbers lie in memory in another order than they are read, and view may not move "
                "them. Use reshape, or contiguous() before view.",
            ),
            Misconception(
                "channels of the heads interleaved",
                heads_interleaved,
                "Put head 0's D channels first, then head 1's: the last two dimensions must be (H, D) before they "
                "become one, and yours were (D, H).",
            ),
            Misconception(
                "heads added up",
                heads_added,
                "The heads stand side by side, H·D = C channels for each token; the output projection mixes them.",
            ),
            Misconception(
                "heads in line along the tokens",
                heads_in_line,
                "You return (B, H·T, D). The heads belong beside one another in the last dimension: (B, T, H·D).",
            ),
        ),
        hints=(
            "Undo the two steps of split_heads in the opposite order.",
            "(B, H, T, D) -> (B, T, H, D), then join the last two dimensions. Which of view and reshape may copy?",
            "x.transpose(1, 2).reshape(B, T, H * D)",
        ),
        review="lesson 04, 'And back: memory has an order'",
    ),
    Exercise(
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
    ),
    Exercise(
        name="predict_attention_parameters",
        reference=attention_parameters,
        cases=single_case,
        misconceptions=(
            Misconception(
                "each head with full matrices",
                lambda: (160_000, 310_000, 1_240_000),
                "A head's matrices are C × D, not C × C: H heads share C channels, so H·D = C.",
            ),
            Misconception(
                "more heads, more parameters",
                lambda: (40_000, 80_000, 320_000),
                "Twice as many heads are each half as wide: the total stays.",
            ),
            Misconception(
                "no output projection",
                lambda: (30_000, 30_000, 120_000),
                "3·C² is for queries, keys and values alone; the output projection has another C².",
            ),
            Misconception(
                "with biases",
                lambda: (40_400, 40_400, 160_800),
                "The configuration says bias = False: no linear layer has a bias here.",
            ),
            Misconception(
                "a single head's width for C",
                lambda: (1_600, 400, 1_600),
                "4·D² counts square matrices of one head. They are C × D, and there are H of them.",
            ),
            Misconception(
                "one head instead of all",
                lambda: (8_000, 4_000, 16_000),
                "4·C·D is a single head's share; H heads have 4·C·D·H = 4·C².",
            ),
            Misconception(
                "twice as wide, twice as many",
                lambda: (40_000, 40_000, 80_000),
                "A matrix that is twice as wide and twice as high has four times as many numbers.",
            ),
        ),
        hints=(
            "List the matrices and their shapes: there are two, qkv_proj and out_proj.",
            "qkv_proj.weight is (3·C, C), out_proj.weight is (C, C). Does H occur in these shapes?",
            "4·C² each time: 4 · 100², and so on.",
        ),
        review="lesson 04, 'Four times C squared'",
    ),
    Exercise(
        name="split_qkv",
        reference=chunk_then_split,
        cases=qkv_cases,
        misconceptions=(
            Misconception(
                "the batch cut in three",
                cut_along_batch,
                "chunk(3) cuts dimension 0, which is the batch. The three that you want to separate stand elsewhere: "
                "follow the shapes.",
            ),
            Misconception(
                "an axis of size one, and the heads behind the tokens",
                axis_of_one_left,
                "chunk(3, dim=1) cuts the right axis but keeps it, with size 1: (B, 1, T, H, D). unbind removes it; "
                "and the heads still stand behind the tokens.",
            ),
            Misconception(
                "an axis of size one left",
                axis_of_one_and_heads,
                "chunk keeps the axis that it cuts, with size 1. Use unbind, or remove it with squeeze.",
            ),
            Misconception(
                "the heads left behind the tokens",
                heads_as_tokens,
                "The right axis is cut, but you return (B, T, H, D): attention would run over the heads. Bring H in "
                "front of T.",
            ),
            Misconception(
                "thirds of each head",
                thirds_of_each_head,
                "The channels are (3, H, D) in this order: all queries, all keys, all values. You read them as "
                "(H, 3, D).",
            ),
            Misconception(
                "view straight into the wanted shape",
                view_before_tokens,
                "view(B, 3, H, T, D) moves nothing: it cuts the numbers in reading order, tokens and channels mixed. "
                "Cut the channels with view, then change the order with transpose or permute.",
            ),
        ),
        hints=(
            "Write the shape below every step. What are the last two dimensions of q, and so, what attends to what?",
            "(B, T, 3, H, D) needs two changes: the 3 must go away by unbind, and T and H must change places.",
            "qkv.view(B, T, 3, n_head, C // n_head).permute(2, 0, 3, 1, 4).unbind(0); or chunk(3, dim=-1) first.",
        ),
        review="lesson 04, 'A mistake that people really make'",
    ),
    Exercise(
        name="head_contributions",
        reference=head_contributions,
        cases=contribution_cases,
        properties=(Property("the contributions add up to the whole", contributions_add_up),),
        misconceptions=(
            Misconception(
                "rows instead of columns",
                contributions_with(lambda weight, H, D: weight.unflatten(0, (H, D))),
                "nn.Linear's weight is (out, in), and the heads come in: head h meets columns h·D to (h+1)·D.",
            ),
            Misconception(
                "the first columns for every head",
                contributions_with(lambda weight, H, D: weight[:, :D].T.expand(H, D, H * D)),
                "Each head has columns of its own: h·D to (h+1)·D.",
            ),
            Misconception(
                "every H-th column",
                contributions_with(lambda weight, H, D: weight.unflatten(1, (D, H)).permute(2, 1, 0)),
                "merge_heads puts a head's D channels next to each other, so its columns are neighbours too.",
            ),
            Misconception(
                "divided by the number of heads",
                contributions_with(lambda weight, H, D: weight.unflatten(1, (H, D)).permute(1, 2, 0) / H),
                "Nothing is averaged: the contributions are added.",
            ),
            Misconception(
                "already added up",
                lambda heads, out_weight: head_contributions(heads, out_weight).sum(dim=1),
                "That is the module's output, (B, T, C). Keep the heads apart: (B, H, T, C).",
            ),
            Misconception(
                "rows and columns exchanged, head by head",
                contributions_with(lambda weight, H, D: weight.unflatten(1, (H, D)).permute(1, 0, 2).reshape(H, D, -1)),
                "The columns of head h are (C, D). To multiply heads of (T, D) by them, transpose; reshape and view do "
                "not transpose.",
            ),
        ),
        hints=(
            "out_proj(x) is x @ weight.T. Which columns of weight meet the channels of head h?",
            "weight[:, h*D:(h+1)*D] is (C, D). What must be done with it before heads[:, h], (B, T, D), can be "
            "multiplied by it?",
            "torch.stack([heads[:, h] @ weight[:, h*D:(h+1)*D].T for h in range(H)], dim=1)",
        ),
        review="lesson 04, 'What the output projection does'",
    ),
)
