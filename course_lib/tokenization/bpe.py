"""A whole tokenizer from scratch: bytes, GPT-2's words, merges, special tokens."""

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Literal

from course_lib.tokenization.pairs import Pair, encode_with_ranks
from course_lib.tokenization.pre_tokenization import (
    GPT2_PATTERN,
    count_words,
    require_whole_characters,
    split_at,
    split_words,
)
from course_lib.tokenization.training import train_merges_fast
from course_lib.tokenization.vocabulary import BYTE_ORDER, END_OF_TEXT, decode_bytes
from course_lib.util.files import read_json, write_text

FILE_FORMAT = "course_lib byte-pair encoding, version 1"
MOST_CACHED_WORDS = 100_000  # a word's tokens are remembered; stories use a few thousand words again and again


class BPETokenizer:
    """Byte-level byte-pair encoding (Radford et al. 2019): any text becomes ids and comes back exactly.

    Ids: the special tokens first, then the 256 bytes in BYTE_ORDER, then one token for each merge, as learnt.
    merges: pairs of ids.   special_tokens: strings with one id each; no merge makes or splits one.
    Raises ValueError if a merge uses an id that is not there yet, or a token would be there twice.
    """

    def __init__(self, merges: Sequence[Pair], special_tokens: Sequence[str] = (END_OF_TEXT,)) -> None:
        if "" in special_tokens or len(set(special_tokens)) != len(special_tokens):
            raise ValueError(f"special tokens must differ and not be empty, got {list(special_tokens)}")
        self.special_tokens = {special: token for token, special in enumerate(special_tokens)}
        self.tokens = [special.encode() for special in special_tokens]  # id -> bytes
        self.tokens += [bytes([byte]) for byte in BYTE_ORDER]
        self.merges: dict[Pair, int] = {}  # pair of ids -> id of its token
        for left, right in merges:
            if not len(special_tokens) <= min(left, right) <= max(left, right) < len(self.tokens):
                raise ValueError(
                    f"merge {len(self.merges)} joins the ids {left} and {right}; it may use "
                    f"{len(special_tokens)} to {len(self.tokens) - 1}: no special token and no later merge"
                )
            self.merges[left, right] = len(self.tokens)
            self.tokens.append(self.tokens[left] + self.tokens[right])
        ordinary = self.tokens[len(special_tokens) :]
        if len(set(ordinary)) != len(ordinary):
            raise ValueError("two merges make the same token, so they do not come from one training")
        self._byte_ids = {byte: len(special_tokens) + place for place, byte in enumerate(BYTE_ORDER)}
        self._cache: dict[str, list[int]] = {}

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        vocab_size: int,
        special_tokens: Sequence[str] = (END_OF_TEXT,),
        *,
        min_frequency: int = 2,
    ) -> "BPETokenizer":
        """Learn merges from texts until there are vocab_size tokens, or no pair occurs min_frequency times.

        Of pairs with equal counts the one with the smallest ids wins. Special tokens in the texts are borders,
        nothing is learnt from them. Raises ValueError if vocab_size has no room for the special tokens and the
        256 bytes or there is no text, TypeError if a text is not a string.
        """
        require_room(vocab_size, special_tokens, min_frequency)
        untrained = cls([], special_tokens)
        words = {
            tuple(untrained._byte_ids[byte] for byte in word.encode()): times
            for word, times in count_words(texts, separators=special_tokens).items()
        }
        smallest = len(untrained.tokens)
        merges = train_merges_fast(words, vocab_size - smallest, first_id=smallest, min_frequency=min_frequency)
        return cls(merges, special_tokens)

    @property
    def vocab_size(self) -> int:
        """V, the number of tokens: special ones, bytes and merges."""
        return len(self.tokens)

    def encode(self, text: str, *, allowed_special: Collection[str] | Literal["all"] = ()) -> list[int]:
        """The ids of a text.

        allowed_special: the special tokens that become their id where they stand in the text; by default none:
        the characters '<|endoftext|>' in a story are text like any other, as text from strangers should be.
        Raises ValueError if the vocabulary has no such special token, or the text holds half a surrogate pair.
        """
        require_whole_characters(text)
        allowed = self._allowed(allowed_special)
        ids: list[int] = []
        for place, piece in enumerate(split_at(text, allowed)):
            is_special = place % 2 == 1
            ids += [self.special_tokens[piece]] if is_special else self._encode_ordinary(piece)
        return ids

    def decode(self, ids: Iterable[int], *, skip_special_tokens: bool = False, errors: str = "replace") -> str:
        """The text of the ids; `decode(encode(text)) == text` for every text.

        errors: what becomes of bytes that are not UTF-8, such as half a character; see `bytes.decode`.
        Raises ValueError if an id is not in the vocabulary.
        """
        kept = [token for token in ids if not (skip_special_tokens and token in self.special_tokens.values())]
        outside = [token for token in kept if not 0 <= token < self.vocab_size]
        if outside:
            raise ValueError(f"id {outside[0]} is not in the vocabulary; ids run from 0 to {self.vocab_size - 1}")
        return decode_bytes(kept, self.tokens, errors=errors)

    def save(self, path: str | Path) -> None:
        """Write the tokenizer to a JSON file, which is replaced only once the new one is complete."""
        content = {
            "format": FILE_FORMAT,
            "pattern": GPT2_PATTERN,
            "special_tokens": list(self.special_tokens),
            "merges": list(self.merges),
        }
        write_text(path, json.dumps(content, ensure_ascii=False))

    @classmethod
    def load(cls, path: str | Path) -> "BPETokenizer":
        """Read a tokenizer that `save` wrote. Raises ValueError if the file is something else or damaged."""
        content = read_json(path)
        if not isinstance(content, dict) or content.get("format") != FILE_FORMAT:
            raise ValueError(
                f"{path} was not written by BPETokenizer.save; a file of the tokenizers library is read with "
                "load_tokenizer(path)"
            )
        if content.get("pattern") != GPT2_PATTERN:
            raise ValueError(f"{path} was made with another pattern for words, so its merges do not fit; train again")
        try:
            merges = [(int(left), int(right)) for left, right in content["merges"]]
            return cls(merges, content["special_tokens"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is damaged: {error}; save the tokenizer again, or train it anew") from error

    def _encode_ordinary(self, text: str) -> list[int]:
        ids: list[int] = []
        for word in split_words(text):
            known = self._cache.get(word)
            if known is None:
                known = encode_with_ranks([self._byte_ids[byte] for byte in word.encode()], self.merges)
                if len(self._cache) >= MOST_CACHED_WORDS:
                    self._cache.clear()
                self._cache[word] = known
            ids += known
        return ids

    def _allowed(self, allowed_special: Collection[str] | Literal["all"]) -> set[str]:
        if allowed_special == "all":
            return set(self.special_tokens)
        names = {allowed_special} if isinstance(allowed_special, str) else set(allowed_special)
        unknown = sorted(names - set(self.special_tokens))
        if unknown:
            known = ", ".join(map(repr, self.special_tokens)) or "none at all"
            raise ValueError(f"no special token is called {unknown[0]!r}; this vocabulary has {known}")
        return names


def require_room(vocab_size: int, special_tokens: Sequence[str], min_frequency: int) -> None:
    """Raise ValueError unless a vocabulary of this size holds all bytes and the special tokens."""
    if isinstance(special_tokens, str):
        raise TypeError(f"special_tokens must be a list of strings, got one string: [{special_tokens!r}] is meant?")
    smallest = len(BYTE_ORDER) + len(special_tokens)
    if vocab_size < smallest:
        raise ValueError(
            f"vocab_size must be at least {smallest}: {len(BYTE_ORDER)} bytes and {len(special_tokens)} special "
            f"tokens; got {vocab_size}"
        )
    if min_frequency < 1:
        raise ValueError(f"min_frequency must be at least 1, got {min_frequency}")
