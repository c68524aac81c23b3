"""The same merges as a tiktoken encoding, OpenAI's tokenizer: it cannot train, and encodes several times faster."""

import json
from collections.abc import Mapping
from typing import Any

import tiktoken
from tokenizers import Tokenizer

from course_lib.tokenization.bpe import BPETokenizer
from course_lib.tokenization.pre_tokenization import GPT2_PATTERN
from course_lib.tokenization.vocabulary import byte_characters

# GPT2_PATTERN with the alternatives before the lookahead in one group: the same words, but tiktoken's regular
# expressions then match the group by an automaton instead of backtracking through it, which encodes a third faster.
_WORDS, _LOOKAHEAD, _SPACE = GPT2_PATTERN.rpartition(r"|\s+(?!\S)")
GROUPED_PATTERN = f"(?:{_WORDS}){_LOOKAHEAD}{_SPACE}"


def to_tiktoken(tokenizer: Tokenizer | BPETokenizer, *, name: str = "course") -> tiktoken.Encoding:
    """A `tiktoken.Encoding` that gives every text the ids that `tokenizer` gives it.

    `encode_ordinary(text)` equals `encode(text, add_special_tokens=False)` of the tokenizers library wherever no
    special token stands in the text. tiktoken merges whatever neighbours make a token, the one with the smallest id
    first; that comes to the same, as ids follow the order of the merges. (It gives up on a million spaces in a row.)
    Raises TypeError if it is neither kind of tokenizer, ValueError if it is not byte-level BPE with GPT-2's words.
    """
    if isinstance(tokenizer, BPETokenizer):
        specials = dict(tokenizer.special_tokens)
        ranks = {tokenizer.tokens[token]: token for token in range(len(specials), tokenizer.vocab_size)}
    elif isinstance(tokenizer, Tokenizer):
        description = json.loads(tokenizer.to_str())
        _require_byte_level_bpe(description)
        specials = {added["content"]: added["id"] for added in description["added_tokens"]}
        ranks = _ranks(description["model"], specials)
    else:
        raise TypeError(f"expected a tokenizers.Tokenizer or a BPETokenizer, got {type(tokenizer).__name__}")
    return tiktoken.Encoding(name, pat_str=GROUPED_PATTERN, mergeable_ranks=ranks, special_tokens=specials)


def _ranks(model: Mapping[str, Any], specials: Mapping[str, int]) -> dict[bytes, int]:
    """The bytes of each token that is not a special one, with its id."""
    byte_of = {character: byte for byte, character in byte_characters().items()}
    spelled = {token: number for token, number in model["vocab"].items() if token not in specials}
    readable = set(byte_of)
    unreadable = [token for token in spelled if not readable.issuperset(token)]
    if unreadable:
        raise ValueError(f"the token {unreadable[0]!r} is not written in GPT-2's byte characters")
    missing = len(set(byte_of) - set(spelled))
    if missing:
        raise ValueError(
            f"{missing} of the 256 bytes have no token, so some texts could not be encoded; "
            "train with initial_alphabet=pre_tokenizers.ByteLevel.alphabet()"
        )
    made = [model["vocab"][left + right] for left, right in _pairs(model["merges"])]
    if made != sorted(made):
        raise ValueError("the ids do not follow the order of the merges, and tiktoken merges in the order of ids")
    return {bytes(byte_of[character] for character in token): number for token, number in spelled.items()}


def _pairs(merges: list[Any]) -> list[list[str]]:
    """Merges as the newer files write them, ["a", "b"], from either form; the older one is "a b"."""
    return [merge.split(" ") if isinstance(merge, str) else merge for merge in merges]


def _require_byte_level_bpe(description: Mapping[str, Any]) -> None:
    model, words = description["model"], description["pre_tokenizer"] or {}
    added = description["added_tokens"]
    requirements = {
        "its model is BPE": model["type"] == "BPE",
        "words are cut by ByteLevel(add_prefix_space=False, use_regex=True)": words.get("type") == "ByteLevel"
        and not words["add_prefix_space"]
        and words.get("use_regex", True),
        "it has no normalizer": description["normalizer"] is None,
        "it has no prefix, suffix or dropout": not any(
            model.get(option) for option in ("continuing_subword_prefix", "end_of_word_suffix", "dropout")
        ),
        "it merges by rank": not model.get("ignore_merges"),
        "its added tokens are special ones": all(token["special"] for token in added),
    }
    broken = [requirement for requirement, holds in requirements.items() if not holds]
    if broken:
        raise ValueError(f"only a tokenizer like train_tokenizer's has a twin in tiktoken; not true here: {broken[0]}")
