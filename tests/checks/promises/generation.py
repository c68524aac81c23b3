"""What the statements of lesson 12's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "sharpen": [
        Promise(
            "the first of them does",
            "lambda logits, temperature: right(logits, temperature) if temperature else (logits == "
            "logits.amax(-1, keepdim=True)).float() / (logits == logits.amax(-1, keepdim=True)).sum(-1, "
            "keepdim=True)",
            "ties share at 0",
        ),
        Promise(
            "At 0 the most likely token gets all the probability",
            "lambda logits, temperature: torch.softmax(logits / max(temperature, 0.1), -1)",
            "values differ",
        ),
        Promise(
            "Turn logits into the probabilities",
            "lambda logits, temperature: right(logits, temperature).log()",
            "values differ",
        ),
        Promise(
            "At 0 the most likely token gets all the probability",
            "lambda logits, temperature: right(logits, temperature) if temperature else right(logits, 0).long()",
            "whole numbers at 0",
        ),
    ],
    "keep_top_k": [
        Promise(
            "Tokens that *tie* with the `k`-th stay",
            "lambda logits, k: torch.full_like(logits, -math.inf).scatter(-1, (i := logits.topk(min(k, "
            "logits.shape[-1])).indices), logits.gather(-1, i))",
            "ties broken",
        ),
        Promise(
            "`k` may be larger than the vocabulary",
            "lambda logits, k: logits.masked_fill(logits < logits.topk(k).values[:, -1:], -math.inf)",
            "k above the vocabulary",
        ),
        Promise(
            "with −∞ for every token",
            "lambda logits, k: right(logits, k).clamp(min=-1e9)",
            "a large negative number for −∞",
        ),
        Promise(
            "of its row",
            "lambda logits, k: logits.masked_fill(logits < logits[0].topk(min(k, "
            "logits.shape[-1])).values[-1], -math.inf)",
            "values differ",
        ),
        Promise(
            "Return the logits",
            "lambda logits, k: torch.softmax(right(logits, k), -1)",
            "probabilities returned",
        ),
    ],
    "keep_min_p": [
        Promise(
            "less than `p` times as likely",
            "lambda logits, p: logits.masked_fill(torch.softmax(logits, -1) <= p * torch.softmax(logits, "
            "-1).amax(-1, keepdim=True), -math.inf)",
            "what is exactly at the border removed",
        ),
        Promise(
            "the most likely token of its row",
            "lambda logits, p: logits.masked_fill(torch.softmax(logits, -1) < p * torch.softmax(logits, "
            "-1).max(), -math.inf)",
            "the largest of the whole batch",
        ),
        Promise(
            "with −∞ for every token",
            "lambda logits, p: right(logits, p).clamp(min=-1e9)",
            "a large negative number for −∞",
        ),
        Promise(
            "Return the logits",
            "lambda logits, p: torch.softmax(right(logits, p), -1)",
            "probabilities returned",
        ),
    ],
    "keep_top_p": [
        Promise(
            "each token keeps its place",
            "lambda logits, p: right(logits.sort(-1, descending=True).values, p)",
            "logits returned sorted",
        ),
        Promise(
            "the token with which the sum reaches `p` stays",
            "lambda logits, p: right(logits, p * 0.8)",
            "values differs",
        ),
        Promise(
            "p or more together",
            "lambda logits, p: right(logits, p + 1e-4)",
            "one too many where p is reached exactly",
        ),
        Promise(
            "−inf for the others",
            "lambda logits, p: right(logits, p).clamp(min=-1e9)",
            "values differs",
        ),
    ],
    "penalize_repeats": [
        Promise(
            "How often a token was seen does not matter",
            "def penalize_repeats(logits, seen, penalty):\n"
            "    out = logits.clone()\n"
            "    for b, row in enumerate(seen.tolist()):\n"
            "        for t in row: out[b, t] = out[b, t] / penalty if out[b, t] > 0 else out[b, t] * penalty\n"
            "    return out",
            "once for each time",
        ),
        Promise(
            "Each row of `seen` belongs to the same row of `logits`",
            "lambda logits, seen, penalty: right(logits, seen[:1].expand(len(logits), -1), penalty)",
            "values differ",
        ),
        Promise(
            "multiplied by it where it is negative",
            "lambda logits, seen, penalty: torch.where(torch.zeros_like(logits).scatter(1, seen, 1.0) > "
            "0, logits / penalty, logits)",
            "negative logits divided",
        ),
        Promise(
            "Make the tokens in `seen` less likely",
            "lambda logits, seen, penalty: logits.copy_(right(logits, seen, penalty))",
            "changed its input `logits`",
        ),
    ],
    "write_to_the_end": [
        Promise(
            "a token `end` in the prompt ends nothing",
            "def write_to_the_end(model, idx, max_new_tokens, end):\n"
            "    done = idx[:, -1] == end\n"
            "    for _ in range(max_new_tokens):\n"
            "        new = model(idx[:, -model.config.seq_len:])[:, -1].argmax(-1)\n"
            "        new = torch.where(done, end, new)\n"
            "        done = done | (new == end)\n"
            "        idx = torch.cat([idx, new[:, None]], 1)\n"
            "        if done.all(): break\n"
            "    return idx",
            "a prompt that ends with end",
        ),
        Promise(
            "a token `end` in the prompt ends nothing",
            "def write_to_the_end(model, idx, max_new_tokens, end):\n"
            "    done = (idx == end).any(1)\n"
            "    for _ in range(max_new_tokens):\n"
            "        new = model(idx[:, -model.config.seq_len:])[:, -1].argmax(-1)\n"
            "        new = torch.where(done, end, new)\n"
            "        done = done | (new == end)\n"
            "        idx = torch.cat([idx, new[:, None]], 1)\n"
            "        if done.all(): break\n"
            "    return idx",
            "expected shape",
        ),
        Promise(
            "When all have ended",
            "def write_to_the_end(model, idx, max_new_tokens, end):\n"
            "    T = idx.shape[1]\n"
            "    idx = right(model, idx, max_new_tokens, end)\n"
            "    return torch.cat([idx, torch.full((len(idx), T + max_new_tokens - idx.shape[1]), end)], 1)",
            "never stopped",
        ),
        Promise(
            "the text is filled up with `end`",
            "lambda model, idx, n, end: torch.cat([idx, (new := right(model, idx, n, end)[:, "
            "idx.shape[1]:]).masked_fill((new == end).cumsum(1) - (new == end).int() > 0, 0)], 1)",
            "values differ",
        ),
        Promise(
            "return prompts and new tokens",
            "lambda model, idx, n, end: right(model, idx, n, end)[:, idx.shape[1]:]",
            "expected shape",
        ),
        Promise(
            "The model sees at most `model.config.seq_len` tokens",
            "def write_to_the_end(model, idx, max_new_tokens, end):\n"
            "    done = torch.zeros(len(idx), dtype=torch.bool)\n"
            "    for _ in range(max_new_tokens):\n"
            "        new = torch.where(done, end, model(idx)[:, -1].argmax(-1))\n"
            "        done = done | (new == end)\n"
            "        idx = torch.cat([idx, new[:, None]], 1)\n"
            "        if done.all(): break\n"
            "    return idx",
            "not cropped",
        ),
    ],
    "write_with_cache": [
        Promise(
            "No token may be read twice",
            "def write_with_cache(model, idx, max_new_tokens):\n"
            "    for _ in range(max_new_tokens):\n"
            "        idx = torch.cat([idx, model(idx, model.make_cache(len(idx)))[:, -1].argmax(-1, "
            "keepdim=True)], 1)\n"
            "    return idx",
            "the cache not used",
        ),
        Promise(
            "Write `max_new_tokens` tokens",
            "lambda model, idx, n: right(model, idx, n - 1)",
            "one token too few",
        ),
        Promise(
            "Each prompt with the most likely tokens after it",
            "lambda model, idx, n: right(model, idx, n)[:, idx.shape[1]:]",
            "only the new tokens",
        ),
    ],
    "pad_left": [
        Promise(
            "flush right",
            "lambda prompts, padding: {'idx': torch.tensor([p + [padding] * (max(map(len, prompts)) - "
            "len(p)) for p in prompts]), 'real': right(prompts, padding)['real'].flip(1), 'positions': "
            "right(prompts, padding)['positions']}",
            "values differ in idx",
        ),
        Promise(
            "a dict of three tensors",
            "lambda prompts, padding: tuple(right(prompts, padding).values())",
            "expected a dict",
        ),
        Promise(
            "a dict of three tensors",
            "lambda prompts, padding: {name: value.tolist() for name, value in right(prompts, padding).items()}",
            "prompts of 1 and 3 tokens, padding 0",
        ),
        Promise(
            "True where a token of the prompt stands",
            "lambda prompts, padding: (lambda d: {**d, 'real': d['real'].int()})(right(prompts, padding))",
            "real as whole numbers",
        ),
        Promise(
            "The padding token may also occur within a prompt",
            "lambda prompts, padding: (lambda d: {**d, 'real': d['idx'] != padding})(right(prompts, padding))",
            "mask by its id",
        ),
        Promise(
            "0 for paddings",
            "lambda prompts, padding: (lambda d: {**d, 'positions': "
            "d['positions'].masked_fill(~d['real'], 1)})(right(prompts, padding))",
            "values differ in positions",
        ),
        Promise(
            "0, 1, 2, … for the tokens of each prompt",
            "lambda prompts, padding: (lambda d: {**d, 'positions': "
            "torch.arange(d['idx'].shape[1]).expand_as(d['idx'])})(right(prompts, padding))",
            "padding counted as a position",
        ),
        Promise(
            '`"idx"`',
            "lambda prompts, padding: (lambda d: {**d, 'idx': d['idx'].float()})(right(prompts, padding))",
            "prompts of 1 and 3 tokens, padding 0",
        ),
    ],
    "distinct_share": [
        Promise(
            "Without any n-gram return 0",
            "lambda texts, n: right(texts, n) if any(len(t) >= n for t in texts) else 1.0",
            "1 without any n-gram",
        ),
        Promise(
            "An n-gram lies within one text",
            "lambda texts, n: right([[t for text in texts for t in text]], n)",
            "across texts",
        ),
        Promise(
            "Count those of all texts together",
            "lambda texts, n: sum(right([t], n) for t in texts) / max(len(texts), 1)",
            "mean over all texts",
        ),
        Promise(
            "what share is distinct",
            "lambda texts, n: 100 * right(texts, n)",
            "percent",
        ),
    ],
    "predict_entropies": [
        Promise(
            "How many **bits**",
            "lambda: tuple(v * math.log(2) for v in right())",
            "nats for bits",
        ),
        Promise(
            "Bits: as it is, near 0, without end, top-p",
            "lambda: right()[::-1]",
            "none of the numbers is right",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {
    "predict_entropies": [
        Freedom(
            "Two digits after the point are enough",
            "lambda: (1.75, 0, 2, 0.92)",
        ),
    ],
}
