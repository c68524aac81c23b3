"""What the statements of lesson 03's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "softmax": [
        Promise(
            "along the dimension `dim`",
            "lambda x, dim=-1: right(x)",
            "dim is ignored",
        ),
        Promise(
            "as large as 1,000",
            "lambda x, dim=-1: x.exp() / x.exp().sum(dim, keepdim=True)",
            "large scores overflow",
        ),
        Promise(
            "some of them may be $-\\infty$",
            "lambda x, dim=-1: right(x * (x > -math.inf), dim)",
            "values differ",
        ),
    ],
    "causal_mask": [
        Promise(
            "a boolean tensor",
            "lambda T: right(T).float()",
            "numbers instead of True and False",
        ),
        Promise(
            "a boolean tensor",
            "lambda T: right(T).int()",
            "whole numbers instead of True and False",
        ),
        Promise(
            "at its own position",
            "lambda T: torch.ones(T, T).tril(-1).bool()",
            "a token does not see itself",
        ),
        Promise(
            "of shape `(T, T)`",
            "lambda T: right(T)[None]",
            "expected shape",
        ),
    ],
    "single_query_attention": [
        Promise(
            "One query of shape `(d,)`",
            "lambda q, k, v: right(q, k, v)[None]",
            "a row too many",
        ),
        Promise(
            "The width of the values may differ from `d`",
            "lambda q, k, v: right(q, k, v)[: len(q)]",
            "expected shape",
        ),
        Promise(
            "$$\\text{output} = \\sum_j",
            "lambda q, k, v: right(q * len(q) ** 0.5, k, v)",
            "no scaling",
        ),
    ],
    "predict_weights_of_equal_keys": [
        Promise(
            "Return the five numbers",
            "lambda: right()[:3]",
            "only the three that are seen",
        ),
    ],
    "masked_softmax": [
        Promise(
            "`(..., T, T)`",
            "lambda scores: right(scores)[0]",
            "expected shape",
        ),
        Promise(
            "also very large in the future",
            "lambda scores: (lambda w: w / w.sum(-1, keepdim=True))(torch.softmax(scores, -1).tril())",
            "mask after the softmax, then divided by the new sum",
        ),
    ],
    "scaled_dot_product_attention": [
        Promise(
            "With `causal=True`, the default",
            "lambda q, k, v, *, causal=False: right(q, k, v, causal=causal)",
            "no mask",
        ),
        Promise(
            "with `causal=False` every token sees all",
            "lambda q, k, v, *, causal=True: right(q, k, v)",
            "always causal",
        ),
        Promise(
            "The gradients are checked as well",
            "lambda q, k, v, *, causal=True: right(q, k.detach(), v, causal=causal)",
            "no gradient arrives at input number 2",
        ),
        Promise(
            "Any number of batch dimensions",
            "lambda q, k, v, *, causal=True: right(q, k, v, causal=causal) if q.dim() == 4 else "
            "right(q[None, None], k[None, None], v[None, None], causal=causal)",
            "expected shape",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {
    "predict_weights_of_equal_keys": [
        Freedom(
            "two decimals will do",
            "lambda: [0.33, 0.33, 0.33, 0, 0]",
        ),
    ],
}
