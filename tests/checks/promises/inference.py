"""What the statements of lesson 19's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "quantize_rows": [
        Promise(
            "as `torch.int8` also for 4 bits",
            "lambda weight, bits: (right(weight, bits)[0].float(), right(weight, bits)[1])",
            "numbers left as floating point",
        ),
        Promise(
            "as `torch.int8` also for 4 bits",
            "lambda weight, bits: (right(weight, bits)[0].int(), right(weight, bits)[1])",
            "asked for are numbers of torch",
        ),
        Promise(
            "as `torch.int8` also for 4 bits",
            "lambda weight, bits: (right(weight, bits)[0].long(), right(weight, bits)[1])",
            "asked for are numbers of torch",
        ),
        Promise(
            "the scales, of shape `(out,)`",
            "lambda weight, bits: (right(weight, bits)[0], right(weight, bits)[1][:, None])",
            "a scale with a dimension too many",
        ),
        Promise(
            "what a number is multiplied by to get its weight back",
            "lambda weight, bits: (right(weight, bits)[0], 1 / right(weight, bits)[1])",
            "the scale upside down",
        ),
        Promise(
            "A row of zeros has the scale 0 and the numbers 0",
            "lambda weight, bits: (right(weight, bits)[0], torch.where(right(weight, bits)[1] == 0, 1.0, "
            "right(weight, bits)[1]))",
            "a scale of 1 for zeros",
        ),
        Promise(
            "the nearest whole number of steps",
            "lambda weight, bits: ((weight / right(weight, bits)[1].clamp(min=1e-30)[:, None] * (1 + "
            "1e-6)).trunc().to(torch.int8), right(weight, bits)[1])",
            "values differs in result",
        ),
        Promise(
            "with 4 bits 7 or −7",
            "lambda weight, bits: right(weight, 8)",
            "8 bits whatever is asked",
        ),
        Promise(
            "Give each row of a weight one scale",
            "lambda weight, bits: (right(weight.reshape(1, -1), bits)[0].view_as(weight), "
            "right(weight.reshape(1, -1), bits)[1].expand(len(weight)))",
            "one scale for all rows",
        ),
        Promise(
            "Return the numbers",
            "lambda weight, bits: right(weight, bits)[::-1]",
            "expected shape",
        ),
    ],
    "dequantize_groups": [
        Promise(
            "Numbers and zero points come as `torch.int8`",
            "lambda numbers, scale, zero: ((numbers.unflatten(1, (scale.shape[1], -1)) - zero[..., "
            "None]) * scale[..., None]).flatten(1)",
            "subtracted in 8 bits",
        ),
        Promise(
            "groups of neighbours",
            "lambda numbers, scale, zero: (numbers.float() - zero.float().repeat(1, numbers.shape[1] // "
            "zero.shape[1])) * scale.repeat(1, numbers.shape[1] // zero.shape[1])",
            "groups dealt out in turn",
        ),
        Promise(
            "(number − zero) · scale",
            "lambda numbers, scale, zero: right(numbers, scale, 0 * zero)",
            "the zero point ignored",
        ),
    ],
    "residual_distribution": [
        Promise(
            "return `p` there",
            "lambda p, q: right(p, q) if not torch.equal(p, q) else torch.zeros_like(p)",
            "zeros where p = q",
        ),
        Promise(
            "return `p` there",
            "lambda p, q: right(p, q) if not torch.equal(p, q) else torch.full_like(p, 1 / len(p))",
            "even where p = q",
        ),
        Promise(
            "made to add up to 1",
            "lambda p, q: (p - q).clamp(min=0)",
            "values differ",
        ),
        Promise(
            "and 0 where it has less",
            "lambda p, q: (p - q).abs() / (p - q).abs().sum() if not torch.equal(p, q) else p",
            "distance instead of what is missing",
        ),
        Promise(
            "what `p` has more than `q`",
            "lambda p, q: right(q, p)",
            "target and draft swapped",
        ),
    ],
    "keep_or_replace": [
        Promise(
            "whose running sum exceeds `v`",
            "lambda token, p, q, u, v: token if u < p[token] / q[token] else int(((r := (p - "
            "q).clamp(min=0)) / r.sum()).cumsum(0).lt(v).sum())",
            "reached, not exceeded",
        ),
        Promise(
            "The drafted token, or the one that takes its place",
            "lambda token, p, q, u, v: right(0, p, q, u, v)",
            "p / q = 3/7, and u = 0.4",
        ),
        Promise(
            "the one that takes its place",
            "lambda *args: torch.tensor([right(*args)] * 2)",
            "expected a number",
        ),
        Promise(
            "the target's distribution comes out",
            "lambda token, p, q, u, v: token if u < p[token] / q[token] else int((p.cumsum(0) <= v).sum())",
            "the mistake still there",
        ),
    ],
    "greedy_round": [
        Promise(
            "`best[k]` after all of them",
            "lambda drafted, best: right(drafted, best)[: len(drafted)]",
            "no last token where all agree",
        ),
        Promise(
            "Return the tokens that this round adds",
            "lambda drafted, best: len(right(drafted, best))",
            "expected a list",
        ),
        Promise(
            "Return the tokens that this round adds",
            "lambda drafted, best: torch.tensor(right(drafted, best))",
            "expected a list",
        ),
        Promise(
            "What stays of the draft, and the target's own token after it",
            "lambda drafted, best: right(drafted, best)[:-1]",
            "without the target's own token",
        ),
    ],
    "look_up_draft": [
        Promise(
            "return an empty list",
            "lambda text, n, k: right(text, n, k) or None",
            "expected a list",
        ),
        Promise(
            "Find the *latest* place",
            "lambda text, n, k: next((text[i + n:i + n + k] for i in range(len(text) - n) if text[i:i + "
            "n] == text[-n:]), [])",
            "the first place",
        ),
        Promise(
            "That place may overlap the last `n` tokens",
            "lambda text, n, k: next((text[i + n:i + n + k] for i in range(len(text) - 2 * n, -1, -1) if "
            "text[i:i + n] == text[-n:]), [])",
            "no overlap allowed",
        ),
        Promise(
            "but it is not their own place",
            "lambda text, n, k: next((text[i + n:i + n + k] for i in range(len(text) - n, -1, -1) if "
            "text[i:i + n] == text[-n:]), [])",
            "the ending found itself",
        ),
        Promise(
            "return up to `k` tokens",
            "lambda text, n, k: right(text, n, k + 1)",
            "one token too many",
        ),
        Promise(
            "up to `k` tokens",
            "lambda text, n, k: right(text, n, k) if len(right(text, n, k)) == k else []",
            "only whole drafts",
        ),
    ],
    "gather_pages": [
        Promise(
            "in the order of its text",
            "lambda memory, table, length: right(memory, sorted(table), length)",
            "pages in the order of their numbers",
        ),
        Promise(
            "Its pages may have more room than that",
            "lambda memory, table, length: memory[table].flatten(0, 1)",
            "the last page whole",
        ),
        Promise(
            "Return its keys",
            "lambda memory, table, length: right(memory, table, length)[None]",
            "expected shape",
        ),
    ],
    "predict_inference": [
        Promise(
            "Bytes, tokens of a round, speed-up, pages",
            "lambda: right()[::-1]",
            "none of the numbers is right",
        ),
        Promise(
            "the bytes of a weight",
            "lambda: (right()[0] * 8, *right()[1:])",
            "bits for bytes",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {
    "predict_inference": [
        Freedom(
            "Two digits after the point are enough",
            "lambda: [69_632, 1.88, 1.07, 5]",
        ),
    ],
}
