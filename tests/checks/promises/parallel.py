"""What the statements of lesson 14's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "reduce_scatter": [
        Promise(
            "only **part r of the sum**",
            "lambda tensors: [sum(tensors)] * len(tensors)",
            "the whole sum everywhere",
        ),
        Promise(
            "Return what the devices hold, in order",
            "lambda tensors: right(tensors)[::-1]",
            "parts in reverse order",
        ),
        Promise(
            "Return what the devices hold, in order",
            "lambda tensors: torch.stack(right(tensors))",
            "expected a list",
        ),
        Promise(
            "of the sum",
            "lambda tensors: [part / len(tensors) for part in right(tensors)]",
            "mean in place of sum",
        ),
    ],
    "ring_all_reduce": [
        Promise(
            "Send **one part of N at a time**",
            "def ring_all_reduce(tensors, exchange):\n"
            "    total, moving = [t.clone() for t in tensors], [t.clone() for t in tensors]\n"
            "    for _ in range(len(tensors) - 1):\n"
            "        moving = exchange(moving)\n"
            "        total = [a + b for a, b in zip(total, moving)]\n"
            "    return total",
            "whole tensors passed round",
        ),
        Promise(
            "a device sees only its own tensor",
            "lambda tensors, exchange: [sum(tensors)] * len(tensors)",
            "summed without sending",
        ),
        Promise(
            "every device should hold the sum of all tensors",
            "lambda tensors, exchange: right(tensors, exchange)[:1]",
            "another value",
        ),
    ],
    "data_parallel_gradient": [
        Promise(
            "**The batch need not divide evenly**",
            "lambda weight, x, y, devices: right(weight, x[: len(x) // devices * devices], y[: len(x) // "
            "devices * devices], devices)",
            "the rest dropped",
        ),
        Promise(
            "that of the mean loss over the whole batch",
            "lambda weight, x, y, devices: right(weight, x, y, devices) * len(x)",
            "sums never divided",
        ),
    ],
    "column_parallel": [
        Promise(
            "the part of weight and bias that it needs",
            "lambda x, weight, bias, devices: right(x, weight, torch.zeros_like(bias), devices)",
            "bias forgotten",
        ),
        Promise(
            "Return the pieces of the output, one for each device",
            "lambda x, weight, bias, devices: torch.cat(right(x, weight, bias, devices), -1)",
            "put together again",
        ),
        Promise(
            "computes the r-th share of the **outputs**",
            "lambda x, weight, bias, devices: right(x, weight, bias, devices)[::-1]",
            "shares in reverse order",
        ),
    ],
    "row_parallel": [
        Promise(
            "bias included",
            "lambda pieces, weight, bias, all_reduce: right(pieces, weight, bias, all_reduce) - bias",
            "bias forgotten",
        ),
        Promise(
            "one all-reduce of the output must do",
            "lambda pieces, weight, bias, all_reduce: (all_reduce([bias] * len(pieces)), right(pieces, "
            "weight, bias, all_reduce))[1]",
            "2 numbers in, 2 out, on 2 devices",
        ),
        Promise(
            "by its part of `weight`",
            "lambda pieces, weight, bias, all_reduce: torch.cat(pieces, -1) @ weight.T + bias",
            "no all-reduce",
        ),
    ],
    "shard_qkv": [
        Promise(
            "in the same order: queries, then keys, then values",
            "lambda weight, devices: [part.reshape(3, -1, part.shape[1]).flip(0).flatten(0, 1) for part "
            "in right(weight, devices)]",
            "order turned",
        ),
        Promise(
            "its share of the heads",
            "lambda weight, devices: list(weight.chunk(devices))",
            "cut straight through",
        ),
        Promise(
            "Give each of N devices",
            "lambda weight, devices: right(weight, devices)[::-1]",
            "values differ in result",
        ),
    ],
    "embed_shard": [
        Promise(
            "**zeros** for every other token",
            "lambda idx, shard, first: shard[(idx - first).clamp(0, len(shard) - 1)]",
            "foreign tokens not masked",
        ),
        Promise(
            "those of the tokens `first`",
            "lambda idx, shard, first: right(idx, shard, first + 1)",
            "values differ",
        ),
        Promise(
            "the row of each of its own tokens",
            "lambda idx, shard, first: right(idx, shard, first) * (idx != first).unsqueeze(-1)",
            "first token left out",
        ),
    ],
    "vocab_parallel_loss": [
        Promise(
            "Logits can be as large as a thousand",
            "def vocab_parallel_loss(logits, targets, all_reduce):\n"
            "    width = logits[0].shape[1]\n"
            "    shift = all_reduce([part.amin(1) for part in logits], 'max')\n"
            "    total = all_reduce([(part - shift[:, None]).exp().sum(1) for part in logits])\n"
            "    own = all_reduce([torch.where(targets // width == r, part.gather(1, (targets % "
            "width)[:, None])[:, 0], 0.0) for r, part in enumerate(logits)])\n"
            "    return (total.log() + shift - own).mean()",
            "logits from −1,000 to 1,000 of one token",
        ),
        Promise(
            "Logits can be as large as a thousand",
            "def vocab_parallel_loss(logits, targets, all_reduce):\n"
            "    width = logits[0].shape[1]\n"
            "    total = all_reduce([part.exp().sum(1) for part in logits])\n"
            "    own = all_reduce([torch.where(targets // width == r, part.gather(1, (targets % "
            "width)[:, None])[:, 0], 0.0) for r, part in enumerate(logits)])\n"
            "    return (total.log() - own).mean()",
            "no maximum subtracted",
        ),
        Promise(
            "**three numbers per token**",
            "lambda logits, targets, all_reduce: (all_reduce([logits[0]] * len(logits)), right(logits, "
            "targets, all_reduce))[1]",
            "1 token, 2 words, equal logits",
        ),
        Promise(
            "Compute the mean cross-entropy",
            "lambda *args: right(*args) * len(args[1])",
            "summed over tokens",
        ),
        Promise(
            "in nats per token",
            "lambda *args: right(*args) / math.log(2)",
            "1 token, 2 words, equal logits",
        ),
    ],
    "predict_ddp_bytes": [
        Promise(
            "it must be exact",
            "lambda: right() + 4",
            "is not what comes out",
        ),
        Promise(
            "in float32",
            "lambda: right() // 4",
            "numbers, not bytes",
        ),
    ],
    "predict_tp_bytes": [
        Promise(
            "forward and backward",
            "lambda: right() // 2",
            "half of it",
        ),
        Promise(
            "with 4 texts",
            "lambda: right() // 4",
            "a quarter of it",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {}
