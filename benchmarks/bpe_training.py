"""Learning a vocabulary of 10,000 tokens from 5 MB of stories: our trainer against the one written in Rust.

The built-in corpus has few distinct words, so its merges run out early and reading the text takes most of the time.
Stories with made-up words among their own give all 10,000 tokens, and are measured too.
"""

import json
import random
from collections.abc import Iterator

from tokenizers import Tokenizer

from benchmarks.report import Measurement, relative_time
from benchmarks.stories import take_stories
from course_lib.tokenization import BPETokenizer, train_tokenizer

MEGABYTES = 5  # of text
VOCAB_SIZE = 10_000
MADE_UP_WORDS = 20_000  # about as many as TinyStories has distinct words in as much text again
ONE_IN = 12  # words that is a made-up one


def measure(runs: int) -> Iterator[Measurement]:
    """Time to train, after a look that both learn the same merges."""
    stories = take_stories(MEGABYTES)
    for what, texts in {"stories": stories, "stories with new words": with_made_up_words(stories)}.items():
        ours = BPETokenizer.train(texts, VOCAB_SIZE)
        if list(ours.merges) != merges_of(train_tokenizer(texts, VOCAB_SIZE)):
            raise ValueError(f"the two trainers learn different merges from the {what}: nothing to compare")
        yield relative_time(
            f"BPE to {ours.vocab_size:,} tokens, {what}",
            lambda texts=texts: BPETokenizer.train(texts, VOCAB_SIZE),
            against="tokenizers' BpeTrainer, all cores",
            baseline=lambda texts=texts: train_tokenizer(texts, VOCAB_SIZE),
            runs=runs,
            at_most=1.5,
        )


def merges_of(tokenizer: Tokenizer) -> list[tuple[int, int]]:
    """The merges that the Rust library learnt, as pairs of ids."""
    model = json.loads(tokenizer.to_str())["model"]
    return [(model["vocab"][left], model["vocab"][right]) for left, right in model["merges"]]


def with_made_up_words(stories: list[str]) -> list[str]:
    """The stories with a made-up word of syllables in place of every so many words."""
    draw = random.Random(0)
    syllables = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in ("a", "e", "i", "o", "u", "ar", "en")]
    made_up = ["".join(draw.choices(syllables, k=draw.randint(2, 4))) for _ in range(MADE_UP_WORDS)]
    replaced = []
    for story in stories:
        words = story.split(" ")
        for place in range(draw.randrange(ONE_IN), len(words), ONE_IN):
            words[place] = draw.choice(made_up)
        replaced.append(" ".join(words))
    return replaced
