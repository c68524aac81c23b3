"""Lesson 01, exercise 5: decode bytes."""

from collections.abc import Callable, Iterable, Sequence

import torch

from course_lib import tokenization
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.tokenization.inputs import draw, random_ids

TOKENS = [b"hi", "é".encode()[:1], "é".encode()[1:], b"\xff", "🙂".encode()[:3], "سلا".encode(), b" "]


def decode_cases(generator: torch.Generator) -> list[Case]:
    """Text, a character in two tokens, bytes that are not UTF-8, and random bytes."""
    every_byte = [bytes([byte]) for byte in range(256)]
    return [
        Case(([0, 0], TOKENS), label="two tokens of letters"),
        Case(([5], TOKENS), label="one token of Persian letters"),
        Case(([0, 1, 2], TOKENS), label="a character of two bytes in two tokens"),
        Case(([3], TOKENS), label="a byte that UTF-8 text never has"),
        Case(([4, 0], TOKENS), label="three of the four bytes of an emoji, then letters"),
        Case(([], TOKENS), label="no ids"),
        Case(([6, 0, 6], TOKENS), label="a space before and behind"),
        Case((random_ids(generator, draw(generator, 8, 40), 256), every_byte), label="random bytes"),
        Case(([0, *random_ids(generator, draw(generator, 5, 20), len(TOKENS))], TOKENS), label="random tokens"),
    ]


def decode_with(encoding: str, errors: str) -> Callable[[Iterable[int], Sequence[bytes]], str]:
    """All bytes joined, then read in another way."""
    return lambda ids, tokens: b"".join(tokens[token] for token in ids).decode(encoding, errors=errors)


def decode_each_token(ids: Iterable[int], tokens: Sequence[bytes]) -> str:
    """Every token read for itself."""
    return "".join(tokens[token].decode("utf-8", errors="replace") for token in ids)


def decode_or_give_up(instead: str) -> Callable[[Sequence[int], Sequence[bytes]], str]:
    """`instead` for the whole text if any byte of it is not UTF-8."""

    def decode(ids: Sequence[int], tokens: Sequence[bytes]) -> str:
        try:
            return b"".join(tokens[token] for token in ids).decode("utf-8")
        except UnicodeDecodeError:
            return instead

    return decode


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


EXERCISE = Exercise(
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
            "A character can be spread over two tokens, and neither half is UTF-8. Join all bytes, then decode once.",
        ),
        Misconception(
            "bytes that are not UTF-8 disappear",
            decode_with("utf-8", "ignore"),
            "errors='ignore' hides that something is broken. Put the replacement character: errors='replace'.",
        ),
        Misconception(
            "bytes that are not UTF-8 raise an error",
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
        Misconception(
            "one replacement character for the whole text",
            decode_or_give_up("\ufffd"),
            "One bad byte costs you the whole text. Only the bytes that are not UTF-8 are replaced: errors='replace'.",
        ),
        Misconception(
            "nothing is left of a text with a bad byte",
            decode_or_give_up(""),
            "One bad byte costs you the whole text. Only the bytes that are not UTF-8 are replaced: errors='replace'.",
        ),
        Misconception(
            "bad bytes written as escapes",
            decode_with("utf-8", "backslashreplace"),
            "Your text has escapes such as \\xff in it. Asked for is the replacement character: errors='replace'.",
        ),
        Misconception(
            "only ASCII is read",
            decode_with("ascii", "replace"),
            "ASCII knows no 'é' and no Persian letter. The bytes are UTF-8.",
        ),
        Misconception(
            "spaces between the tokens",
            lambda ids, tokens: b" ".join(tokens[token] for token in ids).decode("utf-8", errors="replace"),
            "A token brings its space along if it has one. Put nothing between them: b''.join.",
        ),
        Misconception(
            "ids taken for characters",
            lambda ids, tokens: "".join(chr(token) for token in ids),
            "An id is the place of its token in `tokens`, not the number of a character: tokens[i] are its bytes.",
        ),
        Misconception(
            "bytes returned",
            lambda ids, tokens: b"".join(tokens[token] for token in ids),
            "These are the right bytes, but no text yet: decode them, as UTF-8.",
        ),
        Misconception(
            "spaces at the ends stripped off",
            lambda ids, tokens: tokenization.decode_bytes(ids, tokens).strip(),
            "You strip the text. Spaces at its ends are part of it: the ids must give back the text as it was.",
        ),
        Misconception(
            "a question mark for each bad byte",
            lambda ids, tokens: tokenization.decode_bytes(ids, tokens).replace("\ufffd", "?"),
            'A question mark may stand in any text, so nobody can tell that bytes were lost there. errors="replace" '
            "puts `�`.",
        ),
    ),
    hints=(
        "Bytes first, text last: when do you have all bytes of the last character?",
        "b''.join(...) puts the bytes of all tokens together.",
        "b''.join(tokens[i] for i in ids).decode(...) with errors='replace' for what is not UTF-8.",
    ),
    review="lesson 01, 'Decoding: bytes first, text last'",
)
