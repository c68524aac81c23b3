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

    It ends with the tokenizer's end-of-text token, which is not shown.   options: those of `generation.generate`.
    """
    device = next(model.parameters()).device
    idx = torch.tensor([encode_prompt(tokenizer, prompt)], device=device)  # (1, T)
    options = {"stop_token": end_of_text(tokenizer), **options}
    tokens = (int(column) for column in stream(model, idx, max_new_tokens, **options))
    return decode_stream(tokenizer, tokens)


def decode_stream(tokenizer: Any, tokens: Iterable[int]) -> Iterator[str]:
    """The text of tokens that come one by one, without special ones; joined, the pieces are the text decoded at once.

    Bytes that are not UTF-8, whatever may follow, become U+FFFD. Raises ValueError for a tokenizer of another kind.
    """
    bytes_of = _bytes_of_tokens(tokenizer)
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")  # holds back the bytes of half a character
    for token in tokens:
        if piece := decoder.decode(bytes_of(token)):
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
            f"only byte-level tokenizers can be decoded token by token, this one has the decoder {tokenizer.decoder}; "
            "generate all tokens first and call tokenizer.decode"
        )
    byte_of = {character: byte for byte, character in byte_characters().items()}
    added = {number: token.content for number, token in tokenizer.get_added_tokens_decoder().items()}
    learnt = {number: text for text, number in tokenizer.get_vocab().items() if number not in added}
    return {number: bytes(byte_of[character] for character in text) for number, text in learnt.items()} | {
        number: text.encode() for number, text in added.items()
    }
