"""The exercises of lesson 01: right answers, and the mistakes that are really made with byte-pair encoding."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

import torch

from course_lib import tokenization
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property, single_case
from course_lib.tokenization.pairs import Pair, Word

Words = Mapping[Word, int]


def random_ids(generator: torch.Generator, count: int, high: int) -> list[int]:
    """`count` ids from 0 to high - 1."""
    return torch.randint(high, (count,), generator=generator).tolist()


def random_words(generator: torch.Generator, count: int, letters: bytes, high: int = 9) -> dict[Word, int]:
    """Words of 1 to 6 of the letters, that occur 1 to `high` times each."""
    words: dict[Word, int] = {}
    for _ in range(count):
        length, times = random_ids(generator, 2, 6)[0] + 1, random_ids(generator, 1, high)[0] + 1
        words[tuple(letters[place] for place in random_ids(generator, length, len(letters)))] = times
    return words


# Exercise 1: pair counts


def pair_cases(generator: torch.Generator) -> list[Case]:
    """A pair, words that share one, a run, words without any, and random words."""
    return [
        Case(({(1, 2): 3},), label="one word, three times"),
        Case(({(1, 2, 3): 2, (4, 2, 3): 5},), label="two words that share a pair"),
        Case(({(7, 7, 7): 1},), label="a run of three"),
        Case(({(2, 1, 2, 1): 1},), label="a pair twice in one word"),
        Case(({(5,): 4},), label="a word of one byte"),
        Case((random_words(generator, 8, bytes(range(3))),), label="random words"),
    ]


def pairs_of_distinct_words(words: Words) -> Counter[Pair]:
    """How often the words occur is not looked at."""
    return Counter(pair for word in words for pair in pairwise(word))


def pairs_without_overlap(words: Words) -> Counter[Pair]:
    """Every second pair only."""
    counts: Counter[Pair] = Counter()
    for word, times in words.items():
        for pair in zip(word[::2], word[1::2], strict=False):
            counts[pair] += times
    return counts


def pairs_once_a_word(words: Words) -> Counter[Pair]:
    """A pair that is twice in a word counts once."""
    counts: Counter[Pair] = Counter()
    for word, times in words.items():
        for pair in set(pairwise(word)):
            counts[pair] += times
    return counts


def pairs_across_words(words: Words) -> Counter[Pair]:
    """All words in one row: the end of one makes a pair with the beginning of the next."""
    return Counter(pairwise([byte for word, times in words.items() for byte in word * times]))


def pairs_overwritten(words: Words) -> dict[Pair, int]:
    """The last word that has the pair decides."""
    return {pair: times for word, times in words.items() for pair in pairwise(word)}


def pairs_in_any_order(words: Words) -> Counter[tuple[int, ...]]:
    """(1, 2) and (2, 1) are the same."""
    counts: Counter[tuple[int, ...]] = Counter()
    for pair, times in tokenization.count_pairs(words).items():
        counts[tuple(sorted(pair))] += times
    return counts


def twice_the_words_twice_the_counts(call: Call, generator: torch.Generator) -> None:
    """Counts are proportional to how often the words occur."""
    words = random_words(generator, 4, bytes(range(4)))
    once, twice = call(words), call({word: 2 * times for word, times in words.items()})
    if any(twice[pair] != 2 * once[pair] for pair in tokenization.count_pairs(words)):
        raise Failed(f"with every word twice as often, the counts should double; words: {words}")


# Exercise 2: one merge


def merge_cases(generator: torch.Generator) -> list[Case]:
    """A merge, none, runs, at the end, and random rows of two ids."""
    return [
        Case(([1, 2, 3], (1, 2), 9), label="one occurrence"),
        Case(([3, 1, 2, 1, 2], (1, 2), 9), label="two occurrences"),
        Case(([1, 2, 1], (1, 2), 9), label="an id behind the last occurrence"),
        Case(([2, 1], (1, 2), 9), label="the pair the other way round"),
        Case(([1, 1, 1], (1, 1), 9), label="a run of three"),
        Case(([], (1, 2), 9), label="nothing"),
        Case(([1], (1, 2), 9), label="one id"),
        Case((random_ids(generator, 24, 2), (0, 0), 9), label="a random row"),
        Case((random_ids(generator, 24, 2), (0, 1), 9), label="a random row"),
    ]


def merge_leaving_the_right_half(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """The new id replaces the left id only."""
    following: list[int | None] = [*ids[1:], None]
    return [new_id if (left, right) == pair else left for left, right in zip(ids, following, strict=False)]


def merge_losing_the_last(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """The loop ends one id too early."""
    merged, position = [], 0
    while position < len(ids) - 1:
        found = (ids[position], ids[position + 1]) == pair
        merged.append(new_id if found else ids[position])
        position += 2 if found else 1
    return merged


def merge_the_first(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """Stops after one replacement."""
    for position, neighbours in enumerate(pairwise(ids)):
        if neighbours == pair:
            return [*ids[:position], new_id, *ids[position + 2 :]]
    return list(ids)


def merge_from_the_right(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """A run is merged from its end."""
    return tokenization.merge_pair(ids[::-1], (pair[1], pair[0]), new_id)[::-1]


def merge_in_any_order(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """(2, 1) is merged as (1, 2) is."""
    merged, position = [], 0
    while position < len(ids):
        found = sorted(ids[position : position + 2]) == sorted(pair)
        merged.append(new_id if found else ids[position])
        position += 2 if found else 1
    return merged


def merging_can_be_undone(call: Call, generator: torch.Generator) -> None:
    """With the pair put back for the new id, the ids are there again."""
    ids = random_ids(generator, 30, 3)
    merged = call(ids, (1, 2), 9)
    undone = [old for new in merged for old in ((1, 2) if new == 9 else (new,))]
    if undone != ids:
        raise Failed(f"of {ids} your merge of (1, 2) makes {merged}; with (1, 2) put back for 9 that is {undone}")


# Exercise 3: train


def train_cases(generator: torch.Generator) -> list[Case]:
    """By hand, ties, an early end, runs, and random words."""
    by_hand = {b"hug": 10, b"pug": 5, b"pun": 12, b"bun": 4, b"hugs": 5}
    return [
        Case((as_words({b"ab": 2}), 1), label="one merge"),
        Case((as_words({b"ba": 2, b"ab": 2}), 2), label="a tie"),
        Case((as_words({b"ab": 2, b"cd": 1}), 5), label="only one pair occurs twice"),
        Case((as_words({b"cde": 1, b"cdf": 1, b"cdg": 1, b"ab": 9}), 2), label="one word much more often"),
        Case((as_words({b"aaaa": 3}), 2), label="a run of four"),
        Case((as_words(by_hand), 3), label="hug, pug, pun, bun, hugs"),
        Case((random_words(generator, 12, b"abcd", high=3), 12), label="random words"),
    ]


def as_words(times: Mapping[bytes, int]) -> dict[Word, int]:
    """Words as tuples of byte values."""
    return {tuple(word): count for word, count in times.items()}


def trainer_with(
    *,
    choose: Callable[[Mapping[Pair, int]], Pair] = tokenization.most_frequent_pair,
    count: Callable[[Words], Mapping[Pair, int]] = tokenization.count_pairs,
    id_of: Callable[[int], int] = lambda number: 256 + number,
    min_frequency: int = 2,
    stops_early: bool = True,
) -> Callable[[Words, int], list[Pair]]:
    """The plain trainer with one of its parts replaced."""

    def train(words: Words, num_merges: int) -> list[Pair]:
        merges: list[Pair] = []
        while len(merges) < num_merges:
            counts = count(words)
            if stops_early and (not counts or max(counts.values()) < min_frequency):
                break
            pair = choose(counts)
            merged: Counter[Word] = Counter()
            for word, times in words.items():
                merged[tuple(tokenization.merge_pair(word, pair, id_of(len(merges))))] += times
            merges.append(pair)
            words = merged
        return merges

    return train


def first_of_the_most_frequent(counts: Mapping[Pair, int]) -> Pair:
    """Of equal counts the pair that was seen first."""
    return max(counts, key=lambda pair: counts[pair])


def last_of_the_most_frequent(counts: Mapping[Pair, int]) -> Pair:
    """Of equal counts the pair with the largest ids."""
    return max(counts, key=lambda pair: (counts[pair], pair))


def train_on_one_count(words: Words, num_merges: int) -> list[Pair]:
    """The most frequent pairs of the text as it was, without merging in between."""
    counts = tokenization.count_pairs(words)
    ranked = sorted(counts, key=lambda pair: (-counts[pair], pair))
    return [pair for pair in ranked if counts[pair] >= 2][:num_merges]


def order_of_the_words_does_not_matter(call: Call, generator: torch.Generator) -> None:
    """The same corpus, read from its end, has the same merges."""
    words = random_words(generator, 12, b"abc", high=2)
    forwards, backwards = call(words, 6), call(dict(reversed(list(words.items()))), 6)
    if forwards != backwards:
        raise Failed(f"the same words in another order give other merges: {forwards} and {backwards}; words: {words}")


# Exercise 4: encode with ranks

LONG_BUT_LATE = {(3, 4): 10, (2, 3): 11, (1, 11): 12, (1, 2): 13}  # 12 spells 1, 2, 3, but 3, 4 was learnt first


def rank_cases(generator: torch.Generator) -> list[Case]:
    """No merges, who comes first, merges of merges, and merges learnt from random words."""
    words = random_words(generator, 20, bytes(range(4)))
    learnt = tokenization.train_merges(words, 12, first_id=10)
    merges = {pair: 10 + number for number, pair in reversed(list(enumerate(learnt)))}  # the last learnt comes first
    return [
        Case(([1, 2], {}), label="nothing was learnt"),
        Case(([1, 2, 3], {(2, 3): 10}), label="one merge"),
        Case(([1, 2, 3], {(1, 2): 11, (2, 3): 10}), label="two merges want the id 2; the right one was learnt first"),
        Case(([1, 2, 3], {(1, 2): 10, (2, 3): 11}), label="two merges want the id 2; the left one was learnt first"),
        Case(([1, 2, 3], {(2, 3): 11, (1, 2): 10}), label="the same, listed the other way round"),
        Case(([2, 3, 4], {(2, 3): 10, (10, 4): 11}), label="a merge of a merge"),
        Case(([1, 2, 3, 4], LONG_BUT_LATE), label="the longest token was not learnt first"),
        Case(([1, 1, 1, 1, 1], {(1, 1): 10, (10, 10): 11}), label="a run of five"),
        Case(([], {(1, 2): 10}), label="an empty word"),
        Case((random_ids(generator, 20, 4), merges), label="merges learnt from random words"),
    ]


def encode_choosing(choose: Callable[[list[int]], int]) -> Callable[[Sequence[int], Mapping[Pair, int]], list[int]]:
    """Merge again and again the first occurrence of the pair that `choose` takes of those that are there."""

    def encode(ids: Sequence[int], merges: Mapping[Pair, int]) -> list[int]:
        tokens = list(ids)
        while known := [merges[pair] for pair in pairwise(tokens) if pair in merges]:
            wanted = choose(known)
            place = next(place for place, pair in enumerate(pairwise(tokens)) if merges.get(pair) == wanted)
            tokens[place : place + 2] = [wanted]
        return tokens

    return encode


def encode_longest_first(ids: Sequence[int], merges: Mapping[Pair, int]) -> list[int]:
    """At each place the longest token of the vocabulary that fits, whatever its rank."""
    spelled: dict[int, tuple[int, ...]] = {}
    for (left, right), new_id in sorted(merges.items(), key=lambda item: item[1]):
        spelled[new_id] = (*spelled.get(left, (left,)), *spelled.get(right, (right,)))
    tokens, place = [], 0
    while place < len(ids):
        fitting = [token for token, parts in spelled.items() if tuple(ids[place : place + len(parts)]) == parts]
        token = max(fitting, key=lambda token: len(spelled[token]), default=ids[place])
        tokens.append(token)
        place += len(spelled.get(token, (token,)))
    return tokens


def encode_in_dictionary_order(ids: Sequence[int], merges: Mapping[Pair, int]) -> list[int]:
    """Every merge once, in the order in which the dictionary lists them."""
    tokens = list(ids)
    for pair, new_id in merges.items():
        tokens = tokenization.merge_pair(tokens, pair, new_id)
    return tokens


def encode_once(ids: Sequence[int], merges: Mapping[Pair, int]) -> list[int]:
    """Stops after the first merge."""
    known = [pair for pair in pairwise(ids) if pair in merges]
    if not known:
        return list(ids)
    pair = min(known, key=lambda pair: merges[pair])
    return tokenization.merge_pair(ids, pair, merges[pair])


def tokens_spell_the_word(call: Call, generator: torch.Generator) -> None:
    """Taken apart again, the tokens are the word."""
    merges = {(0, 1): 10, (1, 1): 11, (10, 2): 12, (11, 0): 13, (12, 12): 14}
    parts = {new_id: pair for pair, new_id in merges.items()}
    ids = random_ids(generator, 24, 3)
    tokens = call(ids, merges)
    spelled = list(tokens)
    while any(token in parts for token in spelled):
        spelled = [part for token in spelled for part in parts.get(token, (token,))]
    if spelled != ids:
        raise Failed(f"the tokens {tokens} spell {spelled}, but the word is {ids}")


# Exercise 5: decode bytes

TOKENS = [b"hi", "é".encode()[:1], "é".encode()[1:], b"\xff", "🙂".encode()[:3], "سلا".encode()]


def decode_cases(generator: torch.Generator) -> list[Case]:
    """Text, a character in two tokens, bytes that are no UTF-8, and random bytes."""
    every_byte = [bytes([byte]) for byte in range(256)]
    return [
        Case(([0, 0], TOKENS), label="two tokens of letters"),
        Case(([5], TOKENS), label="one token of Persian letters"),
        Case(([0, 1, 2], TOKENS), label="a character of two bytes in two tokens"),
        Case(([3], TOKENS), label="a byte that no UTF-8 text has"),
        Case(([4, 0], TOKENS), label="three of the four bytes of an emoji, then letters"),
        Case(([], TOKENS), label="no ids"),
        Case((random_ids(generator, 12, 256), every_byte), label="random bytes"),
    ]


def decode_with(encoding: str, errors: str) -> Callable[[Iterable[int], Sequence[bytes]], str]:
    """All bytes joined, then read in another way."""
    return lambda ids, tokens: b"".join(tokens[token] for token in ids).decode(encoding, errors=errors)


def decode_each_token(ids: Iterable[int], tokens: Sequence[bytes]) -> str:
    """Every token read for itself."""
    return "".join(tokens[token].decode("utf-8", errors="replace") for token in ids)


def decode_by_str(ids: Iterable[int], tokens: Sequence[bytes]) -> str:
    """str(b"hi") is "b'hi'"."""
    return "".join(str(tokens[token]) for token in ids)


def any_bytes_give_text(call: Call, generator: torch.Generator) -> None:
    """No id can make decoding fail."""
    tokens = [bytes([byte]) for byte in range(256)]
    for byte in range(0, 256, 15):  # 255 among them
        text = call([byte], tokens)
        if not isinstance(text, str) or len(text) != 1:
            raise Failed(f"one byte, {tokens[byte]!r}, should give one character, got {text!r}")


# Exercise 6: predict token counts


def predict_token_counts() -> list[int]:
    """Tokens of 'hello', 'he', 'é' and ' 🙂' with the merges l+l, e+ll, h+e, ell+o, learnt in this order."""
    pieces = [b"ll", b"ell", b"he", b"ello"]
    pairs = [(b"l", b"l"), (b"e", b"ll"), (b"h", b"e"), (b"ell", b"o")]
    ids = {bytes([byte]): byte for byte in range(256)} | {piece: 256 + rank for rank, piece in enumerate(pieces)}
    merges = {(ids[left], ids[right]): ids[left + right] for left, right in pairs}
    return [len(tokenization.encode_with_ranks(list(text.encode()), merges)) for text in ("hello", "he", "é", " 🙂")]


# Exercise 7 (debug): pairs across words


def learn_tokens(text: str, num_merges: int) -> list[bytes]:
    """The tokens that the first merges make, from a text that is cut into words first."""
    return _tokens_from(tokenization.count_words([text]), num_merges)


def _tokens_from(words: Mapping[str, int], num_merges: int) -> list[bytes]:
    tokens = [bytes([byte]) for byte in range(256)]
    spelled: Counter[Word] = Counter()
    for word, times in words.items():
        spelled[tuple(word.encode())] += times
    for left, right in tokenization.train_merges(spelled, num_merges):
        tokens.append(tokens[left] + tokens[right])
    return tokens[256:]


def learn_across_words(text: str, num_merges: int) -> list[bytes]:
    """The whole text is one word."""
    return _tokens_from({text: 1}, num_merges)


def learn_without_spaces(text: str, num_merges: int) -> list[bytes]:
    """Words without the space before them."""
    return _tokens_from(Counter(text.split()), num_merges)


def learn_with_spaces_behind(text: str, num_merges: int) -> list[bytes]:
    """Each word with the space after it."""
    return _tokens_from(Counter(re.findall(r"\S+\s*", text)), num_merges)


def learn_from_distinct_words(text: str, num_merges: int) -> list[bytes]:
    """Every word counts once."""
    return _tokens_from(dict.fromkeys(tokenization.split_words(text), 1), num_merges)


def learn_cases(generator: torch.Generator) -> list[Case]:
    """Words that often follow each other, a text with other than ASCII letters, and random sentences."""
    vocabulary = ["the", "cat", "sat", "then", "that", "é", "eat", "a"]
    places = random_ids(generator, 40, len(vocabulary))
    return [
        Case(("to the to the", 5), label="two words, twice each"),
        Case(("the cat sat on the mat. the cat ate the rat. then she sat.", 6), label="two sentences"),
        Case(("é è é è ééé café", 4), label="letters of two bytes"),
        Case((" ".join(vocabulary[place] for place in places), 8), label="random words"),
    ]


def no_token_crosses_words(call: Call, generator: torch.Generator) -> None:
    """A space can only be a token's first byte here, as no two spaces follow each other."""
    crossing = [token for token in call("to be or not to be, to be or not to see " * 3, 20) if b" " in token[1:]]
    if crossing:
        raise Failed(f"of the text 'to be or not to be …', the token {crossing[0]!r} has the end of one word in it")


EXERCISES = (
    Exercise(
        name="count_pairs",
        reference=tokenization.count_pairs,
        cases=pair_cases,
        properties=(Property("twice as many words give twice the counts", twice_the_words_twice_the_counts),),
        misconceptions=(
            Misconception(
                "each distinct word counts once",
                pairs_of_distinct_words,
                "A word that occurs 1,000 times has its pairs 1,000 times: add `words[word]`, not 1.",
            ),
            Misconception(
                "pairs that overlap are skipped",
                pairs_without_overlap,
                "Your loop goes on by two ids. Every neighbour pair counts: (7, 7, 7) has (7, 7) twice.",
            ),
            Misconception(
                "a pair counts once a word",
                pairs_once_a_word,
                "A pair that is in a word twice counts twice for each time the word occurs: do not make a set of them.",
            ),
            Misconception(
                "pairs across words",
                pairs_across_words,
                "You put all words in one row, so the end of a word makes a pair with the beginning of the next. "
                "Count inside each word.",
            ),
            Misconception(
                "counts are overwritten",
                pairs_overwritten,
                "`counts[pair] = ...` forgets the words before. Add to what is there: `counts[pair] += ...`.",
            ),
            Misconception(
                "left and right are mixed up",
                pairs_in_any_order,
                "(1, 2) and (2, 1) are different pairs: 'th' is not 'ht'. Keep the order.",
            ),
        ),
        hints=(
            "How many pairs has a word of n ids? n - 1: each id but the last, with the one after it.",
            "zip(word, word[1:]) gives the pairs of a word. Each of them occurs as often as the word does.",
            "Start with counts = Counter(). In two loops, over words.items() and over zip(word, word[1:]), "
            "do counts[pair] += times.",
        ),
        review="lesson 01, 'Byte-pair encoding by hand'",
    ),
    Exercise(
        name="merge_pair",
        reference=tokenization.merge_pair,
        cases=merge_cases,
        properties=(Property("with the pair put back the ids are as before", merging_can_be_undone),),
        misconceptions=(
            Misconception(
                "the right half stays",
                merge_leaving_the_right_half,
                "After a match you must go on behind both ids. In `for i in range(...)`, changing i has no effect on "
                "the next round: use `while` and move on by 2.",
            ),
            Misconception(
                "the last id is lost",
                merge_losing_the_last,
                "Your loop ends before the last id because it has no right neighbour. It still belongs to the result.",
            ),
            Misconception(
                "only the first occurrence is merged",
                merge_the_first,
                "Go on after the first match: every occurrence is replaced.",
            ),
            Misconception(
                "runs are merged from the right",
                merge_from_the_right,
                "(1, 1, 1) becomes (9, 1), not (1, 9): go from left to right, as the libraries do.",
            ),
            Misconception(
                "the pair is merged in both orders",
                merge_in_any_order,
                "Only 1 followed by 2 is the pair (1, 2); 2 followed by 1 is another one.",
            ),
        ),
        hints=(
            "Walk through the ids with a position. There are two cases: the pair begins here, or it does not.",
            "Where the pair begins, append new_id and go on by 2; otherwise append the id and go on by 1.",
            "while position < len(ids): compare tuple(ids[position : position + 2]) with the pair. At the last id that "
            "tuple has one element, so it never matches and the id is kept.",
        ),
        review="lesson 01, 'Byte-pair encoding by hand'",
    ),
    Exercise(
        name="train_merges",
        reference=tokenization.train_merges,
        forbidden=(
            "course_lib.tokenization.train_merges_fast",
            "course_lib.tokenization.train_tokenizer",
            "course_lib.tokenization.BPETokenizer",
            "tokenizers.trainers.BpeTrainer",
        ),
        cases=train_cases,
        properties=(Property("the order of the words does not matter", order_of_the_words_does_not_matter),),
        misconceptions=(
            Misconception(
                "ties go to the pair that was seen first",
                trainer_with(choose=first_of_the_most_frequent),
                "`max(counts, key=counts.get)` takes the first of equals, so the order of the texts decides. "
                "The rule is: highest count, then the smallest ids.",
            ),
            Misconception(
                "ties go to the largest ids",
                trainer_with(choose=last_of_the_most_frequent),
                "max over (count, pair) takes the largest pair of those with equal counts. Take the smallest: "
                "min over (-count, pair).",
            ),
            Misconception(
                "pairs are counted once, before the first merge",
                train_on_one_count,
                "Each merge changes what stands beside what, and makes pairs with the new id. Merge the words, then "
                "count again.",
            ),
            Misconception(
                "each distinct word counts once",
                trainer_with(count=pairs_of_distinct_words),
                "How often the words occur must reach the counts, after the first merge too.",
            ),
            Misconception(
                "pairs that occur once are merged",
                trainer_with(min_frequency=1),
                "A pair that occurs once saves nothing elsewhere. Stop when the highest count is below 2.",
            ),
            Misconception(
                "no end when pairs run out",
                trainer_with(stops_early=False),
                "When no pair is left there is nothing to choose from. Stop as soon as the highest count is below 2.",
            ),
            Misconception(
                "every merge gets the same id",
                trainer_with(id_of=lambda number: 256),
                "The new ids must count up: 256 for the first merge, 257 for the second.",
            ),
        ),
        hints=(
            "The loop has four steps: count, choose, remember, merge every word.",
            "The id of a new token is 256 + len(merges), before you append. Stop when the highest count is below 2.",
            "Choose with min(counts, key=lambda pair: (-counts[pair], pair)). Build the next `words` as a Counter: "
            "merged[tuple(merge_pair(word, pair, new_id))] += times.",
        ),
        review="lesson 01, 'Byte-pair encoding by hand' and 'Ties'",
    ),
    Exercise(
        name="encode_with_ranks",
        reference=tokenization.encode_with_ranks,
        forbidden=(
            "course_lib.tokenization.BPETokenizer",
            "course_lib.tokenization.to_tiktoken",
            "tiktoken.Encoding",
        ),
        cases=rank_cases,
        properties=(Property("the tokens spell the word", tokens_spell_the_word),),
        misconceptions=(
            Misconception(
                "the leftmost pair is merged first",
                encode_choosing(lambda known: known[0]),
                "You merge the first pair that is known. Look at all pairs, and merge the one that was learnt first.",
            ),
            Misconception(
                "what was learnt last is merged first",
                encode_choosing(max),
                "The smallest id was learnt first, and is merged first: min, not max.",
            ),
            Misconception(
                "longest token first",
                encode_longest_first,
                "You look for the longest token that fits. BPE does not care for length: it repeats the merges in the "
                "order in which they were learnt.",
            ),
            Misconception(
                "merges in the dictionary's order",
                encode_in_dictionary_order,
                "The dictionary is in no order. Sort the merges by their ids, or look for the smallest id each time.",
            ),
            Misconception(
                "one merge only",
                encode_once,
                "After a merge there can be new pairs that are known, with the new id in them. Go on until there are "
                "none.",
            ),
        ),
        hints=(
            "In each round, which of the pairs that stand side by side now was learnt first?",
            "merges.get(pair, math.inf) makes a pair that was never learnt come last.",
            "pair = min(zip(ids, ids[1:]), key=lambda pair: merges.get(pair, math.inf)); stop if it is not in merges, "
            "otherwise ids = merge_pair(ids, pair, merges[pair]). Mind words of one id.",
        ),
        review="lesson 01, 'Encoding: the merges again, in their order'",
    ),
    Exercise(
        name="decode_bytes",
        reference=tokenization.decode_bytes,
        forbidden=(
            "course_lib.tokenization.BPETokenizer",
            "tiktoken.Encoding",
        ),
        cases=decode_cases,
        properties=(Property("every byte gives a character, none an error", any_bytes_give_text),),
        misconceptions=(
            Misconception(
                "each token is decoded by itself",
                decode_each_token,
                "A character can be spread over two tokens, and neither half is UTF-8. Join all bytes, then decode "
                "once.",
            ),
            Misconception(
                "bytes that are no UTF-8 disappear",
                decode_with("utf-8", "ignore"),
                "errors='ignore' hides that something is broken. Put the replacement character: errors='replace'.",
            ),
            Misconception(
                "bytes that are no UTF-8 raise an error",
                decode_with("utf-8", "strict"),
                "A model can produce any ids, half a character among them, and must not crash the program for it: "
                "errors='replace'.",
            ),
            Misconception(
                "bytes are read as Latin-1",
                decode_with("latin-1", "strict"),
                "One character a byte is Latin-1, and turns 'é' into 'Ã©'. The bytes are UTF-8.",
            ),
            Misconception(
                "str() of bytes",
                decode_by_str,
                "str(b'hi') is the text \"b'hi'\", for people who read code. Use .decode('utf-8', ...).",
            ),
        ),
        hints=(
            "Bytes first, text last: when do you have all bytes of the last character?",
            "b''.join(...) puts the bytes of all tokens together.",
            "b''.join(tokens[i] for i in ids).decode(...) with errors='replace' for what is no UTF-8.",
        ),
        review="lesson 01, 'Decoding: bytes first, text last'",
    ),
    Exercise(
        name="predict_token_counts",
        reference=predict_token_counts,
        cases=single_case,
        misconceptions=(
            Misconception(
                "characters counted for bytes",
                lambda: [2, 1, 1, 2],
                "The alphabet is the 256 bytes. 'é' has two bytes in UTF-8, '🙂' has four, and no merge joins them.",
            ),
            Misconception(
                "merged from left to right",
                lambda: [3, 1, 2, 5],
                "In 'hello', h+e comes first in the word but was learnt third. l+l was learnt first: h e ll o, then "
                "h ell o. Now there is no e left for h.",
            ),
            Misconception(
                "the space forgotten",
                lambda: [2, 1, 2, 4],
                "The space before '🙂' is a byte like any other, and no merge joins it to the four of the emoji.",
            ),
            Misconception(
                "nothing merged",
                lambda: [5, 2, 2, 5],
                "These are the bytes of each text. Now do the merges, in the order in which they were learnt.",
            ),
        ),
        hints=(
            "Write each text as bytes, one letter a byte, then go through the merges in their order.",
            "'hello': h e l l o, then l+l gives h e ll o. Which merge is next, and what does it leave to the others?",
            "'é' is 2 bytes, a space 1 and '🙂' 4; none of them is in a merge.",
        ),
        review="lesson 01, 'Why bytes' and 'Encoding: the merges again, in their order'",
    ),
    Exercise(
        name="learn_tokens",
        reference=learn_tokens,
        forbidden=(
            "course_lib.tokenization.train_tokenizer",
            "course_lib.tokenization.BPETokenizer",
        ),
        cases=learn_cases,
        properties=(Property("no token has parts of two words", no_token_crosses_words),),
        misconceptions=(
            Misconception(
                "pairs cross word borders",
                learn_across_words,
                "The whole text is still one word, so 'e' and ' ' and 't' grow together. Cut it into words first.",
            ),
            Misconception(
                "spaces are lost",
                learn_without_spaces,
                "text.split() throws the spaces away, and decoding could not bring them back. GPT-2's words keep the "
                "space in front: split_words(text).",
            ),
            Misconception(
                "the space is behind the word",
                learn_with_spaces_behind,
                "Your words end with the space, as in 'the '. GPT-2's begin with it, as in ' the': split_words(text).",
            ),
            Misconception(
                "each distinct word counts once",
                learn_from_distinct_words,
                "You cut the text into words but count each only once. How often do they occur? See count_words.",
            ),
        ),
        hints=(
            "What are the keys of `words` in the broken version? How many are there?",
            "A word is a key, and how often it occurs is its value; GPT-2's pattern says what a word is.",
            "count_words([text]) counts the words as strings; make each key tuple(word.encode()).",
        ),
        review="lesson 01, 'Words first: what no token may cross'",
    ),
)
