"""What the statements of lesson 18's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "normalize_heads": [
        Promise(
            "each head of each position by itself",
            "lambda x, weight, eps: x / (x.square().mean((1, 3), keepdim=True) + eps).sqrt() * weight",
            "all heads together",
        ),
        Promise(
            "+ `eps`",
            "lambda x, weight, eps: right(x, weight, 0.0)",
            "eps forgotten",
        ),
        Promise(
            "multiply them by `weight`",
            "lambda x, weight, eps: right(x, torch.ones_like(weight), eps)",
            "weight forgotten",
        ),
        Promise(
            "mean of their squares",
            "lambda x, weight, eps: x / (x.square().sum(-1, keepdim=True) + eps).sqrt() * weight",
            "the sum of squares",
        ),
    ],
    "window_mask": [
        Promise(
            "True where a query may look",
            "lambda new, seen, window: right(new, seen, window).float()",
            "4 tokens without a cache, window 2",
        ),
        Promise(
            "the `window` − 1 positions before it",
            "lambda new, seen, window: right(new, seen, window + 1)",
            "one key too many",
        ),
        Promise(
            "the queries are the **last** `new` positions",
            "lambda new, seen, window: right(seen, seen, window)[:new]",
            "queries counted from 0",
        ),
        Promise(
            "True where a query may look",
            "lambda new, seen, window: ~right(new, seen, window)",
            "True where it is hidden",
        ),
    ],
    "route": [
        Promise(
            "largest first",
            "lambda logits, k: tuple(part.flip(1) for part in right(logits, k))",
            "smallest first",
        ),
        Promise(
            "sum to 1 for each token",
            "lambda logits, k: (torch.softmax(logits, -1).topk(k).values, right(logits, k)[1])",
            "not made to sum to 1",
        ),
        Promise(
            "Return their shares",
            "lambda logits, k: right(logits, k)[::-1]",
            "numbers first",
        ),
        Promise(
            "and their numbers",
            "lambda logits, k: (right(logits, k)[0], right(logits, k)[1].float())",
            "one token; experts in the ratio 1 ",
        ),
    ],
    "balance_loss": [
        Promise(
            "with its gradient",
            "lambda logits, k: right(logits.detach(), k)",
            "no gradient through P",
        ),
        Promise(
            "the share of all `N · k` choices",
            "lambda logits, k: right(logits, k) * k",
            "f sums to k",
        ),
        Promise(
            "E · Σ f P",
            "lambda logits, k: right(logits, k) / logits.shape[1]",
            "without the factor E",
        ),
        Promise(
            "Each token chooses its `k` experts",
            "lambda logits, k: right(logits, 1)",
            "only the first choice counted",
        ),
    ],
    "mix_experts": [
        Promise(
            "each with its share",
            "lambda x, shares, chosen, experts: right(x, torch.ones_like(shares), chosen, experts)",
            "shares forgotten",
        ),
        Promise(
            "For each token the sum over its experts",
            "lambda x, shares, chosen, experts: right(x, shares[:, :1], chosen[:, :1], experts)",
            "only the first choice",
        ),
    ],
    "newton_schulz_step": [
        Promise(
            "All products are products of matrices",
            "lambda x: 3.4445 * x - 4.7750 * x**3 + 2.0315 * x**5",
            "powers of each number",
        ),
        Promise(
            "c (x xᵀ)² x",
            "lambda x: 3.4445 * x - 4.7750 * x @ x.T @ x",
            "without the fifth power",
        ),
    ],
    "for_muon": [
        Promise(
            "in their order",
            "lambda shapes: sorted(right(shapes))",
            "sorted",
        ),
        Promise(
            "in their order",
            "lambda shapes: right(shapes)[::-1]",
            "another value",
        ),
        Promise(
            "Return the names",
            "lambda shapes: set(right(shapes))",
            "a set",
        ),
        Promise(
            "Return the names",
            "lambda shapes: {name: shapes[name] for name in right(shapes)}",
            "expected a list",
        ),
        Promise(
            "(embedding and head)",
            "lambda shapes: [n for n, s in shapes.items() if len(s) == 2 and 'router' not in n and 'token' not in n]",
            "the head too",
        ),
        Promise(
            "and routers go to AdamW",
            "lambda shapes: [n for n, s in shapes.items() if len(s) == 2 and n.startswith('blocks')]",
            "routers too",
        ),
    ],
    "predict_modern_sizes": [
        Promise(
            "Parameters held, parameters used, numbers cached with windows, numbers cached with latents",
            "lambda: right()[::-1]",
            "none of the numbers is right",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {}
