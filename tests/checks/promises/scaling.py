"""What the statements of lesson 15's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "bits_per_byte": [
        Promise(
            "The last batch is smaller than the others",
            "lambda losses, tokens, size: right([sum(losses) / len(losses)] * len(losses), tokens, size)",
            "batches of equal weight",
        ),
        Promise(
            "Return its bits per byte",
            "lambda losses, tokens, size: right(losses, tokens, size) * math.log(2)",
            "nats left as they are",
        ),
        Promise(
            "the number of bytes of the whole text",
            "lambda losses, tokens, size: right(losses, tokens, sum(tokens))",
            "bits per token",
        ),
    ],
    "split_stories": [
        Promise(
            "the same if their words are the same",
            "def split_stories(stories, every):\n"
            "    number, first = {}, {}\n"
            "    for s in stories:\n"
            '        key = "".join(s.split())\n'
            "        number.setdefault(key, len(number))\n"
            "        first.setdefault(key, s)\n"
            "    held = [key for key, k in number.items() if k % every == every - 1]\n"
            '    return [s for s in stories if "".join(s.split()) not in held], [first[key] for key in held]',
            "another value",
        ),
        Promise(
            "spaces and line ends do not matter",
            "lambda stories, every: right([s.replace(' ', '_') for s in stories], every)",
            "one word or two",
        ),
        Promise(
            "with the same capitals",
            "def split_stories(stories, every):\n"
            "    numbers = {}\n"
            '    for s in stories: numbers.setdefault(" ".join(s.lower().split()), len(numbers))\n'
            "    held = {k for k, n in numbers.items() if n % every == every - 1}\n"
            '    key = lambda s: " ".join(s.lower().split())\n'
            "    first = {}\n"
            "    for s in stories: first.setdefault(key(s), s)\n"
            "    return [s for s in stories if key(s) not in held], [first[k] for k in numbers if k in held]",
            "capitals make no difference",
        ),
        Promise(
            "has each of its stories once",
            "def split_stories(stories, every):\n"
            "    numbers = {}\n"
            "    for s in stories: numbers.setdefault(tuple(s.split()), len(numbers))\n"
            "    held = [s for s in stories if numbers[tuple(s.split())] % every == every - 1]\n"
            "    return right(stories, every)[0], held",
            "copies judged",
        ),
        Promise(
            "as it first came",
            "lambda stories, every: (right(stories, every)[0], [' '.join(s.split()) for s in "
            "right(stories, every)[1]])",
            "another value",
        ),
        Promise(
            "keeps all copies of its stories",
            "lambda stories, every: (list({tuple(s.split()): s for s in reversed(right(stories, "
            "every)[0])}.values())[::-1], right(stories, every)[1])",
            "two stories that come twice, every 2nd",
        ),
        Promise(
            "The training part keeps all copies of its stories, in order",
            "lambda stories, every: (sorted(right(stories, every)[0]), right(stories, every)[1])",
            "two stories that come twice, every 2nd",
        ),
        Promise(
            "in the order in which they first come",
            "lambda stories, every: right(stories[::-1], every)",
            "four stories without copies, every 2nd",
        ),
        Promise(
            "The stories to train on, and those held out",
            "lambda stories, every: right(stories, every)[::-1]",
            "parts swapped",
        ),
    ],
    "contaminated_share": [
        Promise(
            "Words are what `text.split()` gives",
            "lambda held_out, train, n: sum(any(' '.join(h.split()[i:i + n]) in t for t in train for i "
            "in range(len(h.split()) - n + 1)) for h in held_out) / len(held_out)",
            "words that begin or end with the same letters",
        ),
        Promise(
            "A text with fewer than `n` words has no run",
            "lambda held_out, train, n: sum(any(' '.join(h.split()) in ' '.join(t.split()) for t in "
            "train) if len(h.split()) < n else right([h], train, n) for h in held_out) / len(held_out)",
            "texts of two words, runs of three",
        ),
        Promise(
            "between 0 and 1",
            "lambda held_out, train, n: 100 * right(held_out, train, n)",
            "the same words in another order",
        ),
        Promise(
            "Words are what `text.split()` gives",
            "lambda held_out, train, n: right([h.lower() for h in held_out], [t.lower() for t in train], n)",
            "a capital in one of two texts",
        ),
        Promise(
            "in common with a training text",
            "lambda held_out, train, n: right(held_out, [' '.join(train)], n)",
            "training texts glued together",
        ),
        Promise(
            "the share of held-out texts",
            "lambda held_out, train, n: right(train, held_out, n)",
            "training texts judged",
        ),
    ],
    "fit_power_law": [
        Promise(
            "Return `A` and `alpha`",
            "lambda N, loss, floor: right(N, loss, floor)[::-1]",
            "alpha before A",
        ),
        Promise(
            "Return `A` and `alpha`",
            "lambda N, loss, floor: (math.log(right(N, loss, floor)[0]), right(N, loss, floor)[1])",
            "ln A for A",
        ),
        Promise(
            "loss = floor + A / N^alpha",
            "lambda N, loss, floor: (right(N, loss, floor)[0], -right(N, loss, floor)[1])",
            "sign of alpha",
        ),
        Promise(
            "the floor is known",
            "lambda N, loss, floor: right(N, loss, 0.0)",
            "floor left in",
        ),
    ],
    "robust_misfit": [
        Promise(
            "Return Σ Huber(r) over the runs",
            "lambda predicted, measured, delta: right(predicted, measured, delta) / len(predicted)",
            "the mean",
        ),
        Promise(
            "½ r² where |r| ≤ δ",
            "lambda predicted, measured, delta: right(predicted, measured, 1e9)",
            "squares all the way",
        ),
        Promise(
            "r = ln measured − ln predicted",
            "lambda predicted, measured, delta: torch.nn.functional.huber_loss(predicted, measured, "
            "reduction='sum', delta=delta).item()",
            "no logarithm",
        ),
        Promise(
            "½ r²",
            "lambda predicted, measured, delta: 2 * right(predicted, measured, delta)",
            "no half",
        ),
    ],
    "bootstrap_interval": [
        Promise(
            "the same share is left out at each end",
            "lambda values, draws, level: tuple(torch.quantile(values[draws].mean(1), torch.tensor([0.0, "
            "level], dtype=values.dtype)).tolist())",
            "one side only",
        ),
        Promise(
            "Take the mean of each such sample",
            "lambda values, draws, level: tuple(torch.quantile(values[draws].median(1).values, "
            "torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=values.dtype)).tolist())",
            "medians for means",
        ),
        Promise(
            "The lower and the upper end",
            "lambda *args: right(*args)[::-1]",
            "high before low",
        ),
        Promise(
            "the middle `level`",
            "lambda values, draws, level: right(values, draws, 1 - level)",
            "another value",
        ),
    ],
    "compute_optimal": [
        Promise(
            "Return the `N` and the `D`",
            "lambda *args: right(*args)[::-1]",
            "D before N",
        ),
        Promise(
            "a run takes 6·N·D of them",
            "lambda A, alpha, B, beta, flops: right(A, alpha, B, beta, 6 * flops)",
            "the 6 forgotten",
        ),
        Promise(
            "with the lowest loss",
            "lambda A, alpha, B, beta, flops: ((flops / 6) ** 0.5, (flops / 6) ** 0.5)",
            "half to each",
        ),
    ],
    "predict_losses": [
        Promise(
            "Nats per token: this run; 16 N; 4 N and 4 D; N without limit and 4 D",
            "lambda: right()[::-1]",
            "none of the numbers is right",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {
    "predict_losses": [
        Freedom(
            "Two digits after the point are enough",
            "lambda: torch.tensor(right()).round(decimals=2)",
        ),
    ],
}
