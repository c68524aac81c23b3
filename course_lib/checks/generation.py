"""The exercises of lesson 12: right answers, and the mistakes that are really made when a model is made to write."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property, single_case

HALF_QUARTER = (0.5, 0.25, 0.125, 0.125)  # a distribution of which everything can be done in the head


def logits_of(*probabilities: float) -> Tensor:
    """Logits whose softmax is the given distribution: (1, V)."""
    return torch.tensor([probabilities]).log()


def drawn_logits(generator: torch.Generator, B: int, V: int) -> Tensor:
    """Logits as a trained model has them, some clearly above the others: (B, V)."""
    return 2 * torch.randn(B, V, generator=generator)


def kept(result: Tensor) -> list[list[int]]:
    """The ids that still have a chance, row by row."""
    return [row.isfinite().nonzero()[:, 0].tolist() for row in result]


# Exercise 1: temperature


def sharpen(logits: Tensor, temperature: float) -> Tensor:
    """softmax(logits / temperature); at 0 all probability on the most likely token, the first of those that tie."""
    if temperature == 0:
        return torch.zeros_like(logits).scatter(-1, logits.argmax(dim=-1, keepdim=True), 1.0)
    return torch.softmax(logits / temperature, dim=-1)


def sharpen_with(rule: Callable[[Tensor, float], Tensor], at_zero: bool = True) -> Callable[[Tensor, float], Tensor]:
    """`sharpen` with another rule. at_zero: temperature 0 is treated by itself, as it should be."""

    def mutant(logits: Tensor, temperature: float) -> Tensor:
        return sharpen(logits, 0) if temperature == 0 and at_zero else rule(logits, temperature)

    return mutant


def divide_probabilities(logits: Tensor, temperature: float) -> Tensor:
    """p / T, made to add up to 1 again: what one divides by cancels."""
    scaled = torch.softmax(logits, dim=-1) / temperature
    return scaled / scaled.sum(dim=-1, keepdim=True)


def sharpen_cases(generator: torch.Generator) -> list[Case]:
    """Chances of 1 to 4, which a temperature of 1/2 makes 1 to 16; then 0, a tie, and a square batch."""
    return [
        Case((logits_of(0.2, 0.8), 0.5), label="chances of 1 to 4, temperature 1/2"),
        Case((logits_of(0.2, 0.8), 2.0), label="chances of 1 to 4, temperature 2"),
        Case((logits_of(0.2, 0.8), 0.0), label="temperature 0"),
        Case((torch.tensor([[1.0, 3.0, 3.0]]), 0.0), label="temperature 0, two tokens tie"),
        Case((drawn_logits(generator, 4, 4), 0.7), label="4 rows of 4 logits"),
    ]


def order_is_kept(call: Call, generator: torch.Generator) -> None:
    """No temperature makes a less likely token overtake."""
    logits = drawn_logits(generator, 3, 9)
    for temperature in (0.3, 4.0):
        if not torch.equal(call(logits, temperature).argsort(dim=-1), logits.argsort(dim=-1)):
            raise Failed(f"temperature {temperature} should leave the order of the tokens as it was; it changes")


# Exercise 2: top-k


def keep_top_k(logits: Tensor, k: int) -> Tensor:
    """−inf for all logits below the k-th largest of their row; what ties with it stays."""
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]  # (..., 1)
    return logits.masked_fill(logits < kth, -math.inf)


def top_k_with(
    removed: Callable[[Tensor, Tensor], Tensor], value: float = -math.inf
) -> Callable[[Tensor, int], Tensor]:
    """`keep_top_k` with another rule for what is removed (logits, k-th largest), or another value for it."""

    def mutant(logits: Tensor, k: int) -> Tensor:
        kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
        return logits.masked_fill(removed(logits, kth), value)

    return mutant


def exactly_k(logits: Tensor, k: int) -> Tensor:
    """The k tokens that topk names: of those that tie, some go and some stay."""
    best = logits.topk(min(k, logits.shape[-1]))
    return torch.full_like(logits, -math.inf).scatter(-1, best.indices, best.values)


def one_border_for_all(logits: Tensor, k: int) -> Tensor:
    """The k-th largest of the whole batch."""
    kth = logits.flatten().topk(min(k, logits.numel())).values[-1]
    return logits.masked_fill(logits < kth, -math.inf)


def top_k_without_limit(logits: Tensor, k: int) -> Tensor:
    """k larger than the vocabulary goes into topk as it is."""
    return logits.masked_fill(logits < logits.topk(k).values[..., -1:], -math.inf)


def smallest_k(logits: Tensor, k: int) -> Tensor:
    """The wrong end of the order."""
    return -keep_top_k(-logits, k).masked_fill(keep_top_k(-logits, k).isinf(), math.inf)


def top_k_cases(generator: torch.Generator) -> list[Case]:
    """Three tokens; a tie at the border; more than there are; two rows of different height; drawn ones."""
    return [
        Case((torch.tensor([[1.0, 3.0, 2.0]]), 2), label="2 of 3 tokens"),
        Case((torch.tensor([[1.0, 3.0, 2.0]]), 1), label="only the most likely"),
        Case((torch.tensor([[2.0, 5.0, 2.0, 0.0]]), 2), label="two tokens tie for the second place"),
        Case((torch.tensor([[1.0, 2.0]]), 5), label="k = 5, but a vocabulary of 2"),
        Case((torch.tensor([[9.0, 8.0, 7.0], [1.0, 3.0, 2.0]]), 2), label="a row of high and a row of low logits"),
        Case((drawn_logits(generator, 3, 8), 3), label="B = 3, V = 8, k = 3"),
    ]


# Exercise 3: min-p


def keep_min_p(logits: Tensor, p: float) -> Tensor:
    """−inf for all tokens that are less than p times as likely as the most likely one of their row."""
    probabilities = torch.softmax(logits, dim=-1)
    return logits.masked_fill(probabilities < p * probabilities.amax(dim=-1, keepdim=True), -math.inf)


def min_p_with(removed: Callable[[Tensor, Tensor, float], Tensor]) -> Callable[[Tensor, float], Tensor]:
    """`keep_min_p` with another rule for what is removed (logits, probabilities, p)."""

    def mutant(logits: Tensor, p: float) -> Tensor:
        return logits.masked_fill(removed(logits, torch.softmax(logits, dim=-1), p), -math.inf)

    return mutant


def min_p_cases(generator: torch.Generator) -> list[Case]:
    """A sure model and an unsure one at the same p; then two rows; then drawn ones."""
    sure, unsure = logits_of(0.9, 0.06, 0.04), logits_of(0.3, 0.25, 0.2, 0.15, 0.1)
    two = torch.cat([logits_of(0.8, 0.15, 0.03, 0.02), logits_of(0.4, 0.3, 0.2, 0.1)])
    return [
        Case((sure, 0.05), label="probabilities 0.9, 0.06, 0.04, and p = 0.05: the border is 0.045"),
        Case((unsure, 0.6), label="probabilities 0.3, 0.25, 0.2, 0.15, 0.1, and p = 0.6: the border is 0.18"),
        Case((unsure + 7, 0.6), label="the same with 7 added to all logits, which changes no probability"),
        Case((two, 0.3), label="a sure row and an unsure one"),
        Case((drawn_logits(generator, 3, 9), 0.1), label="B = 3, V = 9, p = 0.1"),
    ]


# Exercise 4 (debug): top-p


def keep_top_p(logits: Tensor, p: float) -> Tensor:
    """−inf for all but the fewest most likely tokens whose probabilities add up to p or more."""
    ordered, order = logits.sort(dim=-1, descending=True, stable=True)
    probabilities = torch.softmax(ordered, dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities  # the sum without the token itself
    return put_back(logits, order, before < p)


def put_back(logits: Tensor, order: Tensor, stays: Tensor) -> Tensor:
    """−inf where the sorted mask says so, each token in its own place."""
    return logits.masked_fill(~torch.zeros_like(stays).scatter(-1, order, stays), -math.inf)


def top_p_with(
    stays: Callable[[Tensor, Tensor, float], Tensor], *, descending: bool = True
) -> Callable[[Tensor, float], Tensor]:
    """`keep_top_p` with another rule for what stays (sorted probabilities, their running sum, p), or another order."""

    def mutant(logits: Tensor, p: float) -> Tensor:
        ordered, order = logits.sort(dim=-1, descending=descending, stable=True)
        probabilities = torch.softmax(ordered, dim=-1)
        return put_back(logits, order, stays(probabilities, probabilities.cumsum(dim=-1), p))

    return mutant


def mask_left_in_order(logits: Tensor, p: float) -> Tensor:
    """What was found for the sorted tokens is applied to the unsorted ones."""
    ordered = torch.softmax(logits.sort(dim=-1, descending=True).values, dim=-1)
    return logits.masked_fill(ordered.cumsum(dim=-1) - ordered >= p, -math.inf)


def logits_left_in_order(logits: Tensor, p: float) -> Tensor:
    """The right logits in the wrong places: sorted, so that a token's number says nothing any more."""
    ordered = logits.sort(dim=-1, descending=True, stable=True).values
    probabilities = torch.softmax(ordered, dim=-1)
    return ordered.masked_fill(probabilities.cumsum(dim=-1) - probabilities >= p, -math.inf)


def top_p_cases(generator: torch.Generator) -> list[Case]:
    """Sorted and unsorted tokens, a first token that alone exceeds p, and drawn rows."""
    return [
        Case((logits_of(0.6, 0.3, 0.1), 0.7), label="probabilities 0.6, 0.3, 0.1, and p = 0.7"),
        Case((logits_of(0.1, 0.6, 0.3), 0.7), label="the same, unsorted: 0.1, 0.6, 0.3"),
        Case((logits_of(0.1, 0.9), 0.5), label="the likeliest token alone has more than p"),
        Case((logits_of(0.15, 0.4, 0.05, 0.1, 0.3), 0.8), label="0.15, 0.4, 0.05, 0.1, 0.3, and p = 0.8"),
        Case((logits_of(0.15, 0.4, 0.05, 0.1, 0.3), 0.2), label="the same, and p = 0.2"),
        Case((drawn_logits(generator, 3, 9), 0.9), label="B = 3, V = 9, p = 0.9"),
    ]


def something_is_always_left(call: Call, generator: torch.Generator) -> None:
    """However small p is, there is a token to draw."""
    logits = drawn_logits(generator, 4, 9)
    for p in (0.01, 0.3):
        if any(not ids for ids in kept(call(logits, p))):
            raise Failed(f"with p = {p} at least the most likely token must stay; here a row has none left")


# Exercise 5: the repetition penalty


def penalize_repeats(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """x / penalty where x > 0 and x · penalty where x < 0, for the tokens seen; each once."""
    theirs = logits.gather(-1, seen)
    return logits.scatter(-1, seen, torch.where(theirs > 0, theirs / penalty, theirs * penalty))


def penalize_with(rule: Callable[[Tensor, float], Tensor]) -> Callable[[Tensor, Tensor, float], Tensor]:
    """`penalize_repeats` with another rule for the logits of the tokens seen."""

    def mutant(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
        return logits.scatter(-1, seen, rule(logits.gather(-1, seen), penalty))

    return mutant


def once_for_each_time(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """A token that was seen three times is penalised three times."""
    result = logits.clone()
    for row, tokens in zip(result, seen.tolist(), strict=True):
        for token in tokens:
            row[token] = row[token] / penalty if row[token] > 0 else row[token] * penalty
    return result


def in_all_rows(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """What one text has said is held against all of them."""
    return penalize_repeats(logits, seen.flatten().expand(len(logits), -1), penalty)


def the_others_penalised(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """Tokens that were not seen."""
    everything = torch.where(logits > 0, logits / penalty, logits * penalty)
    return everything.scatter(-1, seen, logits.gather(-1, seen))


def penalty_cases(generator: torch.Generator) -> list[Case]:
    """A positive and a negative logit; a token seen twice; two texts; drawn ones."""
    three = torch.tensor([[2.0, -2.0, 1.0]])
    return [
        Case((three, torch.tensor([[0]]), 2.0), label="the token with logit 2 was seen"),
        Case((three, torch.tensor([[1]]), 2.0), label="the token with logit −2 was seen"),
        Case((three, torch.tensor([[0, 1, 0]]), 2.0), label="token 0 was seen twice, token 1 once"),
        Case(
            (torch.tensor([[4.0, -1.0], [4.0, -1.0]]), torch.tensor([[0, 0], [1, 1]]), 1.5),
            label="one text has seen token 0, the other token 1",
        ),
        Case((drawn_logits(generator, 3, 9), torch.randint(9, (3, 5), generator=generator), 1.3), label="B = 3, V = 9"),
    ]


def nothing_seen_gets_likelier(call: Call, generator: torch.Generator) -> None:
    """A penalty above 1 never raises a logit."""
    logits, seen = drawn_logits(generator, 4, 9), torch.randint(9, (4, 6), generator=generator)
    if (call(logits, seen, 1.5) > logits + 1e-6).any():
        raise Failed("with a penalty of 1.5 no logit should rise; here one does. Look at the negative ones")


# Exercise 6: stopping


def write_to_the_end(model: Any, idx: Tensor, max_new_tokens: int, end: int) -> Tensor:
    """Greedy writing, row by row up to its first new `end`, which fills the rest of the row; (B, T + new)."""
    return stop_with()(model, idx, max_new_tokens, end)


def stop_with(
    *,
    at_first: Callable[[Tensor, int], Tensor] = lambda idx, end: torch.zeros(len(idx), dtype=torch.bool),
    filled: bool = True,
    enough: Callable[[Tensor], Tensor] = torch.all,
    crop: Callable[[Tensor, int], Tensor] = lambda idx, seq_len: idx[:, -seq_len:],
    end_included: bool = True,
) -> Callable[[Any, Tensor, int, int], Tensor]:
    """`write_to_the_end` with one of its steps replaced.

    at_first: which rows count as ended before anything is written.   filled: an ended row gets `end` from then on.
    enough: of the rows that have ended, whether to stop.   end_included: the last end of all is kept.
    """

    def mutant(model: Any, idx: Tensor, max_new_tokens: int, end: int) -> Tensor:
        ended = at_first(idx, end)  # (B,)
        for _ in range(max_new_tokens):
            if enough(ended):
                break
            tokens = model(crop(idx, model.config.seq_len))[:, -1].argmax(dim=-1)  # (B,)
            if filled:
                tokens = torch.where(ended, end, tokens)
            ended = ended | (tokens == end)
            if enough(ended) and not end_included:
                break
            idx = torch.cat([idx, tokens[:, None]], dim=1)
        return idx

    return mutant


def never(ended: Tensor) -> Tensor:
    """Write on to the last token."""
    return torch.tensor(False)


def end_anywhere(idx: Tensor, end: int) -> Tensor:
    """A row counts as ended that has the end token anywhere, in the prompt as well."""
    return (idx == end).any(dim=-1)


def stop_cases(generator: torch.Generator) -> list[Case]:
    """A model of 6 tokens, of which 5 ends a text: the next token follows from the sum of all so far.

    From token 1 it writes 2 3 5, from token 2 at once 5, from token 4 it writes 1 4 3 5.
    """
    follows = torch.eye(6)[[5, 2, 5, 3, 1, 4]]  # (V, V): a row for each sum modulo 6

    def case(prompts: list[list[int]], new: int, label: str, seq_len: int = 16) -> Case:
        return Case((follows, seq_len, torch.tensor(prompts), new, 5), label=label)

    return [
        case([[2]], 3, "the very first new token is the end (5)"),
        case([[1]], 8, "the third new token is the end (5)"),
        case([[4]], 2, "no end within 2 new tokens"),
        case([[5, 2]], 8, "a prompt that begins with the end token (5), as every story does"),
        case([[2], [1]], 8, "two texts, of which one ends sooner"),
        case([[4, 1], [1, 0]], 6, "a model that sees 3 tokens", seq_len=3),
    ]


# Exercise 7: prompts of different lengths


def pad_left(prompts: Sequence[Sequence[int]], padding: int) -> dict[str, Tensor]:
    """`{"idx", "real", "positions"}`, each (B, T): the prompts flush right, which tokens are theirs, and from 0."""
    return pad_with()(prompts, padding)


def count_real(real: Tensor) -> Tensor:
    """Positions of the real tokens, from 0; paddings stand at 0 too."""
    return (real.long().cumsum(dim=-1) - 1).clamp(min=0)


def pad_with(
    *,
    left: bool = True,
    real: Callable[[Tensor, Tensor, int], Tensor] = lambda real, idx, padding: real,
    positions: Callable[[Tensor], Tensor] = count_real,
    longest: Callable = max,
) -> Callable[[Sequence[Sequence[int]], int], dict[str, Tensor]]:
    """`pad_left` with one of its steps replaced."""

    def mutant(prompts: Sequence[Sequence[int]], padding: int) -> dict[str, Tensor]:
        T = longest(len(prompt) for prompt in prompts)
        rows, theirs = [], []
        for prompt in prompts:
            prompt = list(prompt[-T:])
            missing = T - len(prompt)
            rows.append([padding] * missing + prompt if left else prompt + [padding] * missing)
            theirs.append(
                [False] * missing + [True] * len(prompt) if left else [True] * len(prompt) + [False] * missing
            )
        idx = torch.tensor(rows)
        mask = real(torch.tensor(theirs), idx, padding)
        return {"idx": idx, "real": mask, "positions": positions(mask)}

    return mutant


def pad_cases(generator: torch.Generator) -> list[Case]:
    """Two prompts; two of equal length; prompts in which the padding token itself occurs; drawn lengths."""
    lengths = torch.randperm(6, generator=generator)[:4] + 1
    drawn = [torch.randint(1, 9, (int(length),), generator=generator).tolist() for length in lengths]
    return [
        Case(([[7], [4, 5, 6]], 0), label="prompts of 1 and 3 tokens, padding 0"),
        Case(([[4, 5], [6, 7]], 0), label="two prompts of 2 tokens: nothing to pad"),
        Case(([[9, 3], [9, 3, 4, 1]], 9), label="each prompt begins with 9, and 9 is also the padding"),
        Case((drawn, 0), label=f"prompts of {', '.join(map(str, lengths.tolist()))} tokens"),
    ]


# Exercise 8: the cache


def write_with_cache(model: Any, idx: Tensor, max_new_tokens: int) -> Tensor:
    """Greedy writing in which the prompt is read once, and then only each new token: (B, T) -> (B, T + new)."""
    cache = model.make_cache(len(idx))
    unread = idx
    for _ in range(max_new_tokens):
        unread = model(unread, cache)[:, -1].argmax(dim=-1, keepdim=True)  # (B, 1)
        idx = torch.cat([idx, unread], dim=1)
    return idx


def cached_with(
    read: Callable[[Tensor, int], Tensor],
    *,
    first: Callable[[Tensor], Tensor] = lambda idx: idx,
    anew: bool = False,
    prefill: bool = False,
    uses_cache: bool = True,
) -> Callable[[Any, Tensor, int], Tensor]:
    """`write_with_cache` that reads other tokens: read(text so far, length of the prompt), at first first(prompt).

    anew: each step has a new cache.   prefill: the prompt is read before the loop, and its logits are thrown away.
    """

    def mutant(model: Any, idx: Tensor, max_new_tokens: int) -> Tensor:
        T = idx.shape[1]
        cache = model.make_cache(len(idx))
        if prefill:
            model(idx, cache)
        for step in range(max_new_tokens):
            cache = model.make_cache(len(idx)) if anew else cache
            unread = first(idx) if step == 0 else read(idx, T)
            logits = model(unread, cache) if uses_cache else model(unread)
            idx = torch.cat([idx, logits[:, -1].argmax(dim=-1, keepdim=True)], dim=1)
        return idx

    return mutant


def last_token(idx: Tensor, prompt: int = 0) -> Tensor:
    """What a cached model has not read yet."""
    return idx[:, -1:]


def cache_cases(generator: torch.Generator) -> list[Case]:
    """A prompt of one token, then longer ones, then a text that fills the cache, then nothing to write."""
    table = drawn_logits(generator, 7, 7)
    prompts = torch.randint(1, 7, (2, 3), generator=generator)
    steps = torch.eye(5).roll(1, dims=1)  # after a sum of s comes the token s + 1
    return [
        Case((steps, 12, torch.tensor([[1]]), 3), label="a prompt of one token, 3 new ones"),
        Case((steps, 12, torch.tensor([[1, 2]]), 3), label="a prompt of two tokens, 3 new ones"),
        Case((table, 12, prompts, 6), label="two prompts of 3 tokens, 6 new ones"),
        Case((table, 9, prompts, 6), label="a cache that is just large enough"),
        Case((table, 9, prompts, 0), label="no new tokens"),
    ]


# Exercise 9: predict entropies


def entropy_bits(*probabilities: float) -> float:
    """−Σ p log₂ p of chances that are first made to add up to 1; 0 where p is 0."""
    total = sum(probabilities)
    return -sum(p / total * math.log2(p / total) for p in probabilities if p > 0)


def predict_entropies() -> tuple[float, float, float, float]:
    """Bits of 1/2, 1/4, 1/8, 1/8: as it is; temperature near 0; temperature without end; top-p with p = 0.6."""
    return entropy_bits(*HALF_QUARTER), 0.0, 2.0, entropy_bits(0.5, 0.25)


# Exercise 10: measuring variety


def distinct_share(texts: Sequence[Sequence[int]], n: int) -> float:
    """Distinct n-grams over n-grams, of all texts together; none runs from one text into the next; 0 without any."""
    grams = [tuple(text[i : i + n]) for text in texts for i in range(len(text) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def distinct_with(
    grams: Callable[[Sequence[int], int], list[tuple]],
    total: Callable[[list[tuple], Sequence[Sequence[int]]], int] = lambda all_grams, texts: len(all_grams),
) -> Callable[[Sequence[Sequence[int]], int], float]:
    """`distinct_share` with other n-grams of a text, or another number to divide by."""

    def mutant(texts: Sequence[Sequence[int]], n: int) -> float:
        found = [gram for text in texts for gram in grams(text, n)]
        return len(set(found)) / total(found, texts) if found else 0.0

    return mutant


def all_grams(text: Sequence[int], n: int) -> list[tuple]:
    """Every window of n tokens."""
    return [tuple(text[i : i + n]) for i in range(len(text) - n + 1)]


def across_texts(texts: Sequence[Sequence[int]], n: int) -> float:
    """All texts in one row."""
    return distinct_share([[token for text in texts for token in text]], n)


def mean_of_shares(texts: Sequence[Sequence[int]], n: int) -> float:
    """Each text by itself: ten equal texts are as varied as one."""
    shares = [distinct_share([text], n) for text in texts if len(text) >= n]
    return sum(shares) / len(shares) if shares else 0.0


def distinct_cases(generator: torch.Generator) -> list[Case]:
    """Words that repeat, pairs that do, equal texts, one too short, and drawn ones."""
    drawn = [torch.randint(4, (length,), generator=generator).tolist() for length in (9, 7, 12)]
    return [
        Case(([[1, 1, 2]], 1), label="2 distinct of 3 tokens"),
        Case(([[1, 2, 1, 2, 1, 2]], 2), label="pairs of 1 2 1 2 1 2"),
        Case(([[1, 2, 3], [1, 2, 3]], 2), label="the same text twice"),
        Case(([[1, 2], [3]], 2), label="one text is too short for a pair"),
        Case(([[1], [2]], 2), label="no pair at all"),
        Case((drawn, 3), label="three drawn texts, triples"),
    ]


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        name="sharpen",
        reference=sharpen,
        cases=sharpen_cases,
        forbidden=("course_lib.generation.apply_temperature",),
        properties=(Property("the order of the tokens stays", order_is_kept),),
        misconceptions=(
            Misconception(
                "multiplied by the temperature",
                sharpen_with(lambda logits, t: torch.softmax(logits * t, dim=-1)),
                "A low temperature must sharpen. Divide the logits by it; you multiply, so low and high are swapped.",
            ),
            Misconception(
                "probabilities divided",
                sharpen_with(divide_probabilities),
                "What all probabilities are divided by cancels when they are made to add up to 1. Divide the logits.",
            ),
            Misconception(
                "a softmax of probabilities",
                sharpen_with(lambda logits, t: torch.softmax(torch.softmax(logits, dim=-1) / t, dim=-1)),
                "You take the softmax twice. What is divided by the temperature are the logits, not probabilities.",
            ),
            Misconception(
                "softmax over the batch",
                sharpen_with(lambda logits, t: torch.softmax(logits / t, dim=0)),
                "Each row is a distribution over the vocabulary: dim=-1.",
            ),
            Misconception(
                "0 divided by",
                sharpen_with(lambda logits, t: torch.softmax(logits / t, dim=-1), at_zero=False),
                "x / 0 is infinite, and a softmax of infinities is NaN. Treat 0 by itself: all on the argmax.",
            ),
            Misconception(
                "all on every token that ties",
                lambda logits, t: (logits == logits.amax(-1, True)).float() if t == 0 else sharpen(logits, t),
                "Two tokens tie, and each gets a 1: that adds up to 2. Choose the first, as argmax does.",
            ),
        ),
        hints=(
            "Chances of 1 to 4 are logits that differ by ln 4. What difference gives chances of 1 to 16?",
            "torch.softmax(logits / temperature, dim=-1). And for 0? The limit puts everything on the argmax.",
            "if temperature == 0: return torch.zeros_like(logits).scatter(-1, logits.argmax(-1, keepdim=True), 1.0)",
        ),
        review="lesson 12, 'Temperature'",
    ),
    Exercise(
        name="keep_top_k",
        reference=keep_top_k,
        cases=top_k_cases,
        forbidden=("course_lib.generation.top_k",),
        misconceptions=(
            Misconception(
                "ties broken",
                exactly_k,
                "Two tokens are equally likely, and one of them goes. Compare with the k-th largest: what ties stays.",
            ),
            Misconception(
                "the k-th removed too",
                top_k_with(lambda logits, kth: logits <= kth),
                "The k-th itself belongs to the k: remove what is smaller than it, not what is equal.",
            ),
            Misconception(
                "removed with 0",
                top_k_with(lambda logits, kth: logits < kth, value=0.0),
                "A logit of 0 is no probability of 0: e⁰ = 1. Use −inf, whose exponential is 0.",
            ),
            Misconception(
                "one border for all rows",
                one_border_for_all,
                "Each row has its own k-th largest: topk(...).values[..., -1:] keeps the rows apart.",
            ),
            Misconception(
                "the least likely kept",
                smallest_k,
                "You keep the k smallest logits. The largest belong to the most likely tokens.",
            ),
            Misconception(
                "k above the vocabulary",
                top_k_without_limit,
                "With k = 5 and a vocabulary of 2, all stay: min(k, V) before topk.",
            ),
        ),
        hints=(
            "Which number separates what stays from what goes? The k-th largest of each row.",
            "logits.topk(k).values is (B, k), sorted; its last column, [..., -1:], is the border of each row.",
            "kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]; logits.masked_fill(logits < kth, -math.inf)",
        ),
        review="lesson 12, 'Three ways to cut off the tail'",
    ),
    Exercise(
        name="keep_min_p",
        reference=keep_min_p,
        cases=min_p_cases,
        forbidden=("course_lib.generation.min_p",),
        misconceptions=(
            Misconception(
                "an absolute border",
                min_p_with(lambda logits, probabilities, p: probabilities < p),
                "p is a share of the largest probability, so that the border moves with how sure the model is.",
            ),
            Misconception(
                "a share of the largest logit",
                min_p_with(lambda logits, probabilities, p: logits < p * logits.amax(dim=-1, keepdim=True)),
                "You compare logits. Add 7 to all of them, and your choice changes, but no probability has.",
            ),
            Misconception(
                "the largest of the whole batch",
                min_p_with(lambda logits, probabilities, p: probabilities < p * probabilities.amax()),
                "Each row has its own most likely token: amax(dim=-1, keepdim=True).",
            ),
            Misconception(
                "the likely ones removed",
                min_p_with(lambda logits, probabilities, p: probabilities >= p * probabilities.amax(-1, keepdim=True)),
                "The wrong way round: what is less than p times as likely as the best goes.",
            ),
            Misconception(
                "removed with 0",
                lambda logits, p: keep_min_p(logits, p).masked_fill(keep_min_p(logits, p).isinf(), 0.0),
                "A logit of 0 is no probability of 0: e⁰ = 1. Use −inf, whose exponential is 0.",
            ),
            Misconception(
                "probabilities returned",
                lambda logits, p: torch.softmax(keep_min_p(logits, p), dim=-1),
                "Return logits, as they came, with −inf where a token goes; the softmax comes at the very end.",
            ),
        ),
        hints=(
            "With p = 0.1 a token stays that is at least a tenth as likely as the likeliest. Which one is that?",
            "probabilities = torch.softmax(logits, dim=-1); border = p * probabilities.amax(dim=-1, keepdim=True)",
            "return logits.masked_fill(probabilities < border, -math.inf)",
        ),
        review="lesson 12, 'Three ways to cut off the tail'",
    ),
    Exercise(
        name="keep_top_p",
        reference=keep_top_p,
        cases=top_p_cases,
        forbidden=("course_lib.generation.top_p",),
        properties=(Property("there is always a token left", something_is_always_left),),
        misconceptions=(
            Misconception(
                "both mistakes still there",
                lambda logits, p: logits.masked_fill(
                    torch.softmax(logits.sort(dim=-1, descending=True).values, dim=-1).cumsum(dim=-1) > p, -math.inf
                ),
                "The token that crosses p is dropped, and the mask is in sorted order while the logits are not.",
            ),
            Misconception(
                "the token that crosses p dropped",
                top_p_with(lambda probabilities, total, p: total <= p),
                "0.6 alone does not reach 0.7, so 0.3 must stay as well. Ask for the sum before the token.",
            ),
            Misconception(
                "mask in sorted order",
                mask_left_in_order,
                "The mask says what goes of the sorted tokens. Bring it back to the order of ids with scatter.",
            ),
            Misconception(
                "logits returned sorted",
                logits_left_in_order,
                "The result must be in the order of ids: the place of a logit says which token it belongs to.",
            ),
            Misconception(
                "from the least likely up",
                top_p_with(lambda probabilities, total, p: total - probabilities < p, descending=False),
                "You add up from the least likely token. Sort with descending=True.",
            ),
            Misconception(
                "one token too many",
                top_p_with(
                    lambda probabilities, total, p: (
                        torch.cat([torch.full_like(total[..., :1], -1.0), (total - probabilities)[..., :-1]], dim=-1)
                        < p
                    )
                ),
                "The sum is reached, and yet one more token stays: the shift was made twice.",
            ),
            Misconception(
                "a border for single tokens",
                top_p_with(lambda probabilities, total, p: probabilities >= (1 - p)),
                "You compare each token with 1 − p. Top-p adds them up, most likely first, until the sum reaches p.",
            ),
        ),
        hints=(
            "Run the broken code by hand on 0.6, 0.3, 0.1 with p = 0.7: sums 0.6, 0.9, 1.0. Which should stay?",
            "A token stays if the sum before it is below p: probabilities.cumsum(-1) - probabilities < p.",
            "Then back to the ids: removed = torch.zeros_like(gone).scatter(-1, order, gone), "
            "where order comes from logits.sort(descending=True)",
        ),
        review="lesson 12, 'A mistake to know'",
    ),
    Exercise(
        name="penalize_repeats",
        reference=penalize_repeats,
        cases=penalty_cases,
        forbidden=("course_lib.generation.repetition_penalty",),
        properties=(Property("nothing gets likelier", nothing_seen_gets_likelier),),
        misconceptions=(
            Misconception(
                "negative logits divided",
                penalize_with(lambda x, penalty: x / penalty),
                "−2 / 2 = −1 is larger than −2: the token gets likelier. Multiply the negative ones.",
            ),
            Misconception(
                "positive logits multiplied",
                penalize_with(lambda x, penalty: x * penalty),
                "2 · 2 = 4 is larger than 2: the token gets likelier. Divide the positive ones.",
            ),
            Misconception(
                "the sign the wrong way round",
                penalize_with(lambda x, penalty: torch.where(x > 0, x * penalty, x / penalty)),
                "Both cases are swapped, so that repeating is rewarded: divide where x > 0, multiply where x < 0.",
            ),
            Misconception(
                "penalty subtracted",
                penalize_with(lambda x, penalty: x - penalty),
                "That is a presence penalty, and a sensible thing. Here the logit is divided or multiplied.",
            ),
            Misconception(
                "once for each time",
                once_for_each_time,
                "A token that was seen twice is penalised twice. Whether it was seen is all that counts.",
            ),
            Misconception(
                "all rows penalised",
                in_all_rows,
                "What one text has said is held against the other. Each row of `seen` belongs to its row of logits.",
            ),
            Misconception(
                "the others penalised",
                the_others_penalised,
                "You penalise the tokens that were not seen.",
            ),
        ),
        hints=(
            "What does dividing by 2 do to a logit of −2? Is the token then more likely or less?",
            "theirs = logits.gather(-1, seen) are the logits of the tokens seen; torch.where treats the two signs.",
            "logits.scatter(-1, seen, torch.where(theirs > 0, theirs / penalty, theirs * penalty))",
        ),
        review="lesson 12, 'The repetition penalty'",
    ),
    Exercise(
        name="write_to_the_end",
        reference=write_to_the_end,
        cases=stop_cases,
        drive=drive.call_with_model,
        forbidden=("course_lib.generation.generate", "course_lib.generation.stream"),
        misconceptions=(
            Misconception(
                "the end in the prompt",
                stop_with(at_first=end_anywhere),
                "Every story begins with the end token of the one before. Only an end that was newly written counts.",
            ),
            Misconception(
                "ended texts go on",
                stop_with(filled=False),
                "The first text has ended, but you write on behind its end. From there on it gets `end` only.",
            ),
            Misconception(
                "one end for all",
                stop_with(enough=torch.any),
                "You stop as soon as one text has ended. The others are not done: stop when all have.",
            ),
            Misconception(
                "never stopped",
                stop_with(enough=never),
                "All texts have ended, but you go on to max_new_tokens. That is work for nothing: break.",
            ),
            Misconception(
                "neither stopped nor filled",
                stop_with(enough=never, filled=False),
                "The end token has no effect: fill ended texts with `end`, and stop when all have ended.",
            ),
            Misconception(
                "the end left out",
                stop_with(end_included=False),
                "The end token belongs to the text: append it, and then stop.",
            ),
            Misconception(
                "not cropped",
                stop_with(crop=lambda idx, seq_len: idx),
                "The text has grown longer than the model can see. Give it idx[:, -model.config.seq_len:].",
            ),
        ),
        hints=(
            "Keep a tensor `ended`, one truth value a row, that begins with False and never goes back.",
            "tokens = torch.where(ended, end, tokens) before you append; ended = ended | (tokens == end) after it.",
            "At the end of each round: if ended.all(): break. The prompt is never looked at for an end.",
        ),
        review="lesson 12, 'Knowing when to stop'",
    ),
    Exercise(
        name="write_with_cache",
        reference=write_with_cache,
        cases=cache_cases,
        drive=drive.call_with_cached_model,
        forbidden=("course_lib.generation.generate", "course_lib.generation.stream"),
        misconceptions=(
            Misconception(
                "the whole text read again",
                cached_with(lambda idx, prompt: idx),
                "The cache remembers what the model has read. You give it all again, so that it is there twice.",
            ),
            Misconception(
                "the cache not used",
                cached_with(lambda idx, prompt: idx, uses_cache=False),
                "The text is right, but each token is read many times: give the model the cache and only what is new.",
            ),
            Misconception(
                "the prompt never read",
                cached_with(last_token, first=last_token),
                "Only the last token of the prompt was read. In the first round the model must read all of it.",
            ),
            Misconception(
                "the last token of the prompt twice",
                cached_with(last_token, first=last_token, prefill=True),
                "The prompt was read before the loop, and then its last token again. Use the first reading's logits.",
            ),
            Misconception(
                "the token before read again",
                cached_with(lambda idx, prompt: idx[:, -2:]),
                "Two tokens a round, of which the model knows the first already. Only the newest one is new.",
            ),
            Misconception(
                "a new cache each round",
                cached_with(last_token, anew=True),
                "The cache is made inside the loop and so forgets everything each time. Make it once, before the loop.",
            ),
            Misconception(
                "the new tokens read again",
                cached_with(lambda idx, prompt: idx[:, prompt:]),
                "You give all new tokens in each round. All but the newest are in the cache already.",
            ),
        ),
        hints=(
            "What has the model not read yet? At first the whole prompt, and then?",
            "Make the cache once: cache = model.make_cache(len(idx)). Then model(unread, cache)[:, -1] are the logits.",
            "unread = idx; in each round: unread = model(unread, cache)[:, -1].argmax(-1, keepdim=True), and append it",
        ),
        review="lesson 12, 'The cache'",
    ),
    Exercise(
        name="pad_left",
        reference=pad_left,
        cases=pad_cases,
        misconceptions=(
            Misconception(
                "padded on the right",
                pad_with(left=False),
                "The last position predicts the next token, and on the right it would be a padding. Pad on the left.",
            ),
            Misconception(
                "padding told by its id",
                pad_with(real=lambda real, idx, padding: idx != padding),
                "The padding token also stands at the beginning of each prompt, where it is real. Go by lengths.",
            ),
            Misconception(
                "mask by its id",
                lambda prompts, padding: {**(batch := pad_left(prompts, padding)), "real": batch["idx"] != padding},
                "The positions are right. But the padding token is real where it begins a prompt: go by lengths.",
            ),
            Misconception(
                "real and padding swapped",
                pad_with(real=lambda real, idx, padding: ~real, positions=lambda real: count_real(~real)),
                "`real` should be True where a token of the prompt stands.",
            ),
            Misconception(
                "padding counted as a position",
                pad_with(positions=lambda real: torch.arange(real.shape[1]).expand(real.shape)),
                "The first real token of a short prompt must stand at position 0, as it does alone.",
            ),
            Misconception(
                "positions from 1",
                pad_with(positions=lambda real: real.long().cumsum(dim=-1)),
                "cumsum counts the token itself, so the first one gets 1. Subtract 1, and let paddings have 0.",
            ),
            Misconception(
                "positions below 0",
                pad_with(positions=lambda real: real.long().cumsum(dim=-1) - 1),
                "Paddings get −1, and a table of positions has no such row. Clamp at 0: nobody looks at them.",
            ),
            Misconception(
                "cut to the shortest",
                pad_with(longest=min),
                "The longer prompts have lost their beginnings. T is the length of the longest.",
            ),
        ),
        hints=(
            "T is the length of the longest prompt. Which tokens stand left of a prompt that is shorter?",
            "A row is [padding] * missing + prompt, and its mask [False] * missing + [True] * len(prompt).",
            "positions = (real.long().cumsum(dim=-1) - 1).clamp(min=0)",
        ),
        review="lesson 12, 'Many prompts at a time'",
    ),
    Exercise(
        name="distinct_share",
        reference=distinct_share,
        cases=distinct_cases,
        forbidden=("course_lib.generation.distinct_n",),
        misconceptions=(
            Misconception(
                "across texts",
                across_texts,
                "The last token of one text and the first of the next make no pair. Take the n-grams of each text.",
            ),
            Misconception(
                "each text by itself",
                mean_of_shares,
                "Ten equal texts would be as varied as one. Put the n-grams of all texts into one set.",
            ),
            Misconception(
                "pieces in place of windows",
                distinct_with(lambda text, n: [tuple(text[i : i + n]) for i in range(0, len(text) - n + 1, n)]),
                "You cut the text into pieces. N-grams overlap: one begins at every token.",
            ),
            Misconception(
                "divided by the tokens",
                distinct_with(all_grams, total=lambda found, texts: sum(len(text) for text in texts)),
                "A text of 6 tokens has 5 pairs. Divide by the number of n-grams.",
            ),
            Misconception(
                "the last one left out",
                distinct_with(lambda text, n: all_grams(text[:-1], n)),
                "The last n-gram begins at len(text) − n: range(len(text) - n + 1).",
            ),
        ),
        hints=(
            "Which pairs has 1 2 1 2? There are three, and two of them are distinct.",
            "A text has len(text) − n + 1 n-grams; tuples can be put into a set.",
            "grams = [tuple(text[i : i + n]) for text in texts for i in range(len(text) - n + 1)]",
        ),
        review="lesson 12, 'Is it any good?'",
    ),
    Exercise(
        name="predict_entropies",
        reference=predict_entropies,
        cases=single_case,
        tolerance=0.006,  # two digits are enough
        misconceptions=(
            Misconception(
                "nats for bits",
                lambda: tuple(bits * math.log(2) for bits in predict_entropies()),
                "The logarithm is to base 2: 1/2 has 1 bit, 1/4 has 2.",
            ),
            Misconception(
                "the crossing token dropped",
                lambda: (*predict_entropies()[:3], 0.0),
                "1/2 alone does not reach 0.6: the token that crosses p stays, so there are two left.",
            ),
            Misconception(
                "not made to add up to 1",
                lambda: (*predict_entropies()[:3], 0.5 * 1 + 0.25 * 2),
                "1 bit would be two equal chances. After top-p the two that are left add up to 1 again: 2/3 and 1/3.",
            ),
            Misconception(
                "low and high temperature swapped",
                lambda: (entropy_bits(*HALF_QUARTER), 2.0, 0.0, entropy_bits(0.5, 0.25)),
                "Near 0 the most likely token takes all, and nothing is open. High temperatures make all four equal.",
            ),
            Misconception(
                "a high temperature without effect",
                lambda: (entropy_bits(*HALF_QUARTER), 0.0, entropy_bits(*HALF_QUARTER), entropy_bits(0.5, 0.25)),
                "Logits divided by a very large number are all nearly 0, and so the four tokens equally likely.",
            ),
        ),
        hints=(
            "Entropy in bits is the mean of log₂(1/p). For p = 1/2, 1/4, 1/8 that logarithm is 1, 2, 3.",
            "Near 0: one token with p = 1. Without end: four with p = 1/4. Top-p: chances of 2 to 1.",
            "1/2·1 + 1/4·2 + 2·1/8·3; log₂(1); log₂(4); 2/3·log₂(3/2) + 1/3·log₂(3)",
        ),
        review="lesson 12, 'How much is left open'",
    ),
)
