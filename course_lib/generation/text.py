"""From text to ids and, while a model still writes, from ids to text: no character is ever shown in halves.

A tokenizer here is ours (`BPETokenizer`), one of Hugging Face's `tokenizers`, or a `tiktoken.Encoding`. A token is a
piece of a text's *bytes*, and a character outside ASCII has several, so a token may end within a character.
"""

import codecs
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import tiktoken
import torch
from tokenizers import Tokenizer
from torch import nn

from course_lib.generation.loop import stream
from course_lib.tokenization import END_OF_TEXT, BPETokenizer, byte_characters

ENDS = (END_OF_TEXT, "<|end_of_text|>")  # ours and GPT-2's, Llama 3's


def stream_text(model: nn.Module, tokenizer: Any, prompt: str, max_new_tokens: int, **options: Any) -> Iterator[str]:
    """What the model writes after `prompt`, piece by piece, each as soon as its last character is whole.

    It ends with the tokenizer's end-of-text token, which is not shown. Ids without a token are never drawn.
    options: those of `generation.generate`.
    Raises ValueError at once if the prompt has a token that the model lacks, or the tokenizer is of another kind.
    """
    device = next(model.parameters()).device
    ids = encode_prompt(tokenizer, prompt)
    V: int = model.config.vocab_size  # type: ignore[union-attr,assignment]
    require_known(tokenizer, ids, V)
    idx = torch.tensor([ids], device=device)  # (1, T)
    options = {"stop_token": end_of_text(tokenizer), "never": ids_without_token(tokenizer, V), **options}
    tokens = (int(column) for column in stream(model, idx, max_new_tokens, **options))
    return decode_stream(tokenizer, tokens)


def decode_stream(tokenizer: Any, tokens: Iterable[int]) -> Iterator[str]:
    """The text of tokens that come one by one, without special ones; joined, the pieces are the text decoded at once.

    Bytes that are not UTF-8, whatever may follow, become U+FFFD. Raises ValueError for a tokenizer of another kind.
    """
    return _whole_characters(map(_bytes_of_tokens(tokenizer), tokens))


def _whole_characters(parts: Iterable[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")  # holds back the bytes of half a character
    for part in parts:
        if piece := decoder.decode(part):
            yield piece
    if rest := decoder.decode(b"", final=True):
        yield rest


def encode_prompt(tokenizer: Any, prompt: str) -> list[int]:
    """The ids of a prompt behind the token that begins a text, as in training: an empty prompt asks for a new text.

    Raises ValueError if the prompt is empty and the vocabulary has no such token.
    """
    if isinstance(tokenizer, Tokenizer):
        bare = tokenizer.encode(prompt, add_special_tokens=False).ids
        ids = tokenizer.encode(prompt).ids  # with what the tokenizer's own template puts before a text
        if ids != bare:
            return ids
    else:
        ids = (
            tokenizer.encode_ordinary(prompt) if isinstance(tokenizer, tiktoken.Encoding) else tokenizer.encode(prompt)
        )
    start = end_of_text(tokenizer)
    if start is None and not ids:
        raise ValueError(f"the tokenizer has no token of {ENDS} to begin a text with: give a prompt of some words")
    return ids if start is None else [start, *ids]


def end_of_text(tokenizer: Any) -> int | None:
    """The id of the token that stands between texts, or None if the vocabulary has none. Raises ValueError as above."""
    special = _special_tokens(tokenizer)
    return next((special[name] for name in ENDS if name in special), None)


def require_known(tokenizer: Any, ids: Iterable[int], vocab_size: int) -> None:
    """Raise ValueError, naming the token, if one of the ids is beyond a model's vocabulary."""
    beyond = next((number for number in ids if number >= vocab_size), None)
    if beyond is not None:
        text = next(name for name, number in _vocabulary(tokenizer).items() if number == beyond)
        raise ValueError(
            f"the prompt has the token {text!r}, id {beyond}, and the model knows {vocab_size:,} tokens, ids 0 to "
            f"{vocab_size - 1}: write the prompt without it, or take a model that was trained with it"
        )


def ids_without_token(tokenizer: Any, vocab_size: int) -> list[int]:
    """Ids of a model that no token of the tokenizer has: of a vocabulary that was padded to a round number, say."""
    return sorted(set(range(vocab_size)).difference(_vocabulary(tokenizer).values()))


def _vocabulary(tokenizer: Any) -> dict[Any, int]:
    """The id of each token, which may be bytes or text."""
    special = _special_tokens(tokenizer)
    if isinstance(tokenizer, BPETokenizer):
        return special | {token: number for number, token in enumerate(tokenizer.tokens) if number >= len(special)}
    if isinstance(tokenizer, Tokenizer):
        return tokenizer.get_vocab()
    return special | tokenizer._mergeable_ranks


def _special_tokens(tokenizer: Any) -> dict[str, int]:
    if isinstance(tokenizer, BPETokenizer):
        return tokenizer.special_tokens
    if isinstance(tokenizer, Tokenizer):
        added = tokenizer.get_added_tokens_decoder()
        return {token.content: number for number, token in added.items() if token.special}
    if isinstance(tokenizer, tiktoken.Encoding):
        return {name: tokenizer.encode_single_token(name) for name in tokenizer.special_tokens_set}
    raise ValueError(
        f"expected a BPETokenizer, a tokenizers.Tokenizer or a tiktoken.Encoding, got {type(tokenizer).__name__}"
    )


def _bytes_of_tokens(tokenizer: Any) -> Callable[[int], bytes]:
    """A function from a token's id to its bytes; special tokens have none."""
    special = set(_special_tokens(tokenizer).values())
    if isinstance(tokenizer, Tokenizer):
        vocabulary = _byte_level_vocabulary(tokenizer)
        known: Callable[[int], bytes] = vocabulary.__getitem__
    elif isinstance(tokenizer, BPETokenizer):
        known = tokenizer.tokens.__getitem__
    else:
        known = tokenizer.decode_single_token_bytes

    def bytes_of(token: int) -> bytes:
        if token in special:
            return b""
        try:
            return known(token)
        except (KeyError, IndexError):
            raise ValueError(f"id {token} is not in the tokenizer's vocabulary: is it the one of this model?") from None

    return bytes_of


def _byte_level_vocabulary(tokenizer: Tokenizer) -> dict[int, bytes]:
    if type(tokenizer.decoder).__name__ != "ByteLevel":
        raise ValueError(
            f"this tokenizer is of another kind: its decoder is {type(tokenizer.decoder).__name__}, and only "
            "byte-level ones, such as GPT-2's and Llama 3's, can be read token by token; generate all ids first and "
            "call tokenizer.decode"
        )
    byte_of = {character: byte for byte, character in byte_characters().items()}
    added = {number: token.content for number, token in tokenizer.get_added_tokens_decoder().items()}
    learnt = {number: text for text, number in tokenizer.get_vocab().items() if number not in added}
    return {number: bytes(byte_of[character] for character in text) for number, text in learnt.items()} | {
        number: text.encode() for number, text in added.items()
    }
