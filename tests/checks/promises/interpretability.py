"""What the statements of lesson 20's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "lens_logits": [
        Promise(
            "(ε = 1e-5)",
            "lambda stream, weight, bias, embedding: torch.nn.functional.layer_norm(stream, "
            "stream.shape[-1:], weight, bias, 1e-2) @ embedding.T",
            "values differ",
        ),
        Promise(
            "scale and shift of its final LayerNorm",
            "lambda stream, weight, bias, embedding: right(stream, weight, 0 * bias, embedding)",
            "shift left out",
        ),
        Promise(
            "Return the logits",
            "lambda *args: torch.softmax(right(*args), -1)",
            "probabilities returned",
        ),
        Promise(
            "at every place and token",
            "lambda *args: right(*args)[:, -1]",
            "the last token alone",
        ),
    ],
    "induction_scores": [
        Promise(
            "to the token **after** its copy one period before",
            "lambda weights, period: right(weights, period + 1)",
            "values differs",
        ),
        Promise(
            "For each head",
            "lambda weights, period: right(weights, period).mean()",
            "averaged over heads",
        ),
        Promise(
            "for every `t` from `period` on",
            "lambda weights, period: weights.diagonal(1 - period, -2, -1).mean(-1)",
            "the last of the first part included",
        ),
        Promise(
            "return the mean weight",
            "lambda weights, period: right(weights, period) * (weights.shape[1] - period)",
            "the sum",
        ),
    ],
    "ov_table": [
        Promise(
            "whose row `i` holds the logits",
            "lambda *args: right(*args).T",
            "rows and columns swapped",
        ),
        Promise(
            "Leave out norms",
            "lambda embedding, w_v, w_o, head: right(torch.nn.functional.layer_norm(embedding, "
            "embedding.shape[1:]), w_v, w_o, head)",
            "norms put in",
        ),
        Promise(
            "Return the table",
            "lambda *args: torch.softmax(right(*args), -1)",
            "probabilities",
        ),
    ],
    "patch_tokens": [
        Promise(
            "and no other",
            "def patch_tokens(run, source, target):\n"
            "    mixed, answers = target.clone(), []\n"
            "    for t in range(len(source)):\n"
            "        mixed[t] = source[t]\n"
            "        answers.append(run(mixed))\n"
            "    return torch.tensor(answers)",
            "patches that stay",
        ),
        Promise(
            "the answer of the **target**",
            "lambda run, source, target: right(run, target, source)",
            "source and target swapped",
        ),
        Promise(
            "For each token `t`",
            "lambda run, source, target: right(run, source, target).mean()",
            "expected shape",
        ),
        Promise(
            "return the answer",
            "lambda run, source, target: right(run, source, target) - run(target)",
            "the change returned",
        ),
    ],
    "mean_ablate": [
        Promise(
            "The input must stay as it was",
            "lambda gathered, real, head: gathered.copy_(right(gathered, real, head))",
            "changed its input `gathered`",
        ),
        Promise(
            "over all real tokens of the batch",
            "lambda gathered, real, head: right(gathered, torch.ones_like(real), head)",
            "padding in the mean",
        ),
        Promise(
            "replaced, at every position",
            "lambda gathered, real, head: torch.where(real[:, :, None, None], right(gathered, real, head), gathered)",
            "the padding left as it was",
        ),
        Promise(
            "Return it",
            "lambda gathered, real, head: right(gathered, real, head)[:, :, head]",
            "only this head returned",
        ),
    ],
    "head_worth": [
        Promise(
            "how many nats per story the head saves",
            "lambda without, kept: right(kept, without)",
            "the wrong sign",
        ),
        Promise(
            "1.96 standard errors",
            "lambda without, kept: (m := (d := without - kept).mean().item(), m - 2 * (s := (d.std() / "
            "len(d) ** 0.5).item()), m + 2 * s)",
            "two standard errors",
        ),
        Promise(
            "Return three numbers",
            "lambda without, kept: right(without, kept)[:2]",
            "another value",
        ),
        Promise(
            "the two ends of the interval",
            "lambda without, kept: (lambda m, low, high: (m, high, low))(*right(without, kept))",
            "the ends exchanged",
        ),
        Promise(
            "The same `n` stories were read twice",
            "lambda without, kept: (m := (without.mean() - kept.mean()).item(), m - (e := 1.96 * "
            "((without.var() + kept.var()) / len(kept)).sqrt().item()), m + e)",
            "the two losses as if independent",
        ),
    ],
    "probe_accuracy": [
        Promise(
            "tested on all others",
            "lambda x, labels, n: right(torch.cat([x[:n], x[:n]]), torch.cat([labels[:n], labels[:n]]), n)",
            "tested on what it was fitted to",
        ),
        Promise(
            "Keep the column of ones",
            "lambda x, labels, n: ((x[n:] @ torch.linalg.lstsq(x[:n], "
            "torch.nn.functional.one_hot(labels).to(x.dtype)[:n]).solution).argmax(1) == "
            "labels[n:]).double().mean().item()",
            "no bias",
        ),
        Promise(
            "its share of right answers",
            "lambda x, labels, n: 100 * right(x, labels, n)",
            "percent",
        ),
    ],
    "control_task": [
        Promise(
            "A label for each vector",
            "lambda kinds, drawn: torch.tensor(right(kinds, drawn))",
            "expected a list",
        ),
        Promise(
            "a kind keeps its label wherever it occurs again",
            "lambda kinds, drawn: drawn[: len(kinds)]",
            "one label for each kind only",
        ),
        Promise(
            "The first kind that occurs gets `drawn[0]`",
            "lambda kinds, drawn: [drawn[sorted(set(kinds)).index(k)] for k in kinds]",
            "by the order of their numbers",
        ),
    ],
    "predict_patching": [
        Promise(
            "Share of A, share of B, runs, selectivity",
            "lambda: right()[::-1]",
            "none of the numbers is right",
        ),
        Promise(
            "as a share",
            "lambda: (right()[0] * 100, right()[1] * 100, right()[2], right()[3] * 100)",
            "percent throughout",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {}
