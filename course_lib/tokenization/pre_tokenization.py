"""Pre-tokenization: cutting text into words, which no token will ever cross."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

import regex

from course_lib.show.progress import bar

# GPT-2's pattern: a contraction; letters, digits or other signs, each with the one space before them; white space up
# to the last one before a word; what white space is left. Together the matches are the text, none of it is lost.
# `regex` may know younger Unicode than the other two libraries; a letter assigned after Unicode 16 can be cut
# differently there.
GPT2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"

_words = regex.compile(GPT2_PATTERN)
_pieces = regex.compile(r"\s*\S+|\s+")  # white space with what follows it: no word goes from one piece into the next


def split_words(text: str) -> list[str]:
    """The words of a text, most with their space in front; joined they are the text again."""
    return _words.findall(text)


def split_at(text: str, separators: Collection[str]) -> list[str]:
    """Ordinary text and separators in turn, beginning and ending with text, which may be empty.

    Where two separators begin at the same place, the longer one is taken.
    """
    if not separators:
        return [text]
    longest_first = sorted(separators, key=len, reverse=True)
    return regex.split("(" + "|".join(map(regex.escape, longest_first)) + ")", text)


def count_words(texts: Iterable[str], *, separators: Collection[str] = ()) -> Counter[str]:
    """How often each word occurs in the texts.

    separators: strings that end a piece of text and belong to no word, such as special tokens.
    Raises TypeError if `texts` is one string, or holds something else than strings; ValueError if it holds no text.
    """
    pieces: Counter[str] = Counter()
    for text in checked_texts(texts):
        for ordinary in split_at(text, separators)[::2]:
            pieces.update(_pieces.findall(ordinary))
    counts: Counter[str] = Counter()
    for piece, times in pieces.items():  # the costly pattern sees each distinct piece once
        for word in split_words(piece):
            counts[word] += times
    if not counts:
        raise ValueError("there is no text to learn from: texts is empty, or holds empty strings only")
    return counts


def checked_texts(texts: Iterable[str]) -> Iterator[str]:
    """The texts one by one, under a progress bar.

    Raises TypeError as soon as one is not a string, ValueError as `require_whole_characters`, with the text's number.
    """
    if isinstance(texts, str):
        raise TypeError("texts is one string, and would be read letter by letter; put it in a list: [text]")
    for number, text in enumerate(bar(texts, description="Reading stories", unit="story")):
        if not isinstance(text, str):
            raise TypeError(
                f"texts must hold strings, got {type(text).__name__}; "
                "of a dataset, pass the column: load_stories()['text']"
            )
        require_whole_characters(text, f"text {number}")
        yield text


def require_whole_characters(text: str, name: str = "the text") -> None:
    """Raise ValueError if the text holds half of a surrogate pair, which is not a character and has no UTF-8 form."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{name} holds half a surrogate pair, {text[error.start]!a}, at position {error.start}; "
            "mend it with text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')"
        ) from None
