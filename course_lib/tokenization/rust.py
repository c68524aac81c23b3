"""The same tokenizer by Hugging Face's tokenizers, which is written in Rust.

Trained on the same texts it learns the merges of `BPETokenizer`, ties included. It differs in three places: it learns
from the characters of a special token in the texts as from any others; a special token that merges could make, such as
"the", shares their id; and its `encode` always recognises special tokens, its `decode` drops them unless told.
"""

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from course_lib.corpus.files import require_short_words
from course_lib.tokenization.bpe import require_room
from course_lib.tokenization.pre_tokenization import checked_texts
from course_lib.tokenization.vocabulary import END_OF_TEXT
from course_lib.util.files import read_json, write_text


def train_tokenizer(texts: Iterable[str], vocab_size: int = 10_000, min_frequency: int = 2) -> Tokenizer:
    """Train byte-level BPE with GPT-2's words and one special token, `<|endoftext|>`, which has the id 0.

    `encode(text)` puts `<|endoftext|>` before the text, as a template says;
    `encode(text, add_special_tokens=False)` gives the ids of the text alone.
    Raises ValueError if vocab_size is under 257, there is no text, or one has a word of more than 10,000 characters,
    for which the library takes a time that grows with its square; TypeError if a text is not a string.
    """
    require_room(vocab_size, [END_OF_TEXT], min_frequency)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=min_frequency,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),  # all 256 bytes, seen or not: no text is unknown
        show_progress=False,
    )
    tokenizer.train_from_iterator(_with_some_text(texts), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{END_OF_TEXT} $A",
        pair=f"{END_OF_TEXT} $A {END_OF_TEXT} $B",
        special_tokens=[(END_OF_TEXT, tokenizer.token_to_id(END_OF_TEXT))],
    )
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, path: str | Path) -> None:
    """Write a tokenizer to its JSON file, which is replaced only once the new one is complete."""
    write_text(path, tokenizer.to_str(pretty=True))


def load_tokenizer(path: str | Path) -> Tokenizer:
    """Read a tokenizer's JSON file; what it says of cutting and padding texts is left aside.

    Raises ValueError, naming the file, if it is something else or damaged.
    """
    content = read_json(path)
    if not isinstance(content, dict) or "model" not in content:
        raise ValueError(
            f"{path} was not written by the tokenizers library; a file of ours is read with BPETokenizer.load(path)"
        )
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises no narrower one
        raise ValueError(f"{path} is damaged: {error}; save the tokenizer again, or train it anew") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _with_some_text(texts: Iterable[str]) -> Iterable[str]:
    empty = True
    for number, text in enumerate(checked_texts(texts)):
        empty = empty and not text
        require_short_words(text, f"text {number}")  # the library would work for minutes, deaf to Ctrl-C
        yield text
    if empty:
        raise ValueError("there is no text to learn from: texts is empty, or holds empty strings only")
