"""The tokenizer that lies beside a checkpoint."""

from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.pretrained.sources import find_source

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TOKENIZER, VOCABULARY, MERGES = "tokenizer.json", "vocab.json", "merges.txt"
END_OF_TEXT = "<|endoftext|>"


def load_tokenizer(name_or_path: str | Path, *, revision: str = "main") -> "Tokenizer":
    """The tokenizer of a checkpoint: its tokenizer.json, or a byte-level BPE from GPT-2's vocab.json and merges.txt.

    Encoding adds the special tokens that the checkpoint's own tokenizer adds: none for GPT-2 and GPT-Neo, Llama's
    beginning of text; `encode(text, add_special_tokens=False)` does without.
    Raises FileNotFoundError if there is none, ValueError if it cannot be read, and as `load` does for the hub.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    source = find_source(name_or_path, revision)
    try:
        found = source.first(TOKENIZER, VOCABULARY)
        merges = None if found.name == TOKENIZER else source.first(MERGES)
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{source} has no tokenizer ({TOKENIZER}, or {VOCABULARY} and {MERGES}); models of TinyStories use "
            "GPT-Neo's, load_tokenizer('EleutherAI/gpt-neo-125M')"
        ) from error
    try:
        if merges is None:
            return Tokenizer.from_file(str(found))
        tokenizer = Tokenizer(models.BPE.from_file(str(found), str(merges)))
    except Exception as error:  # the Rust library raises nothing more special
        raise ValueError(f"{found} cannot be read as a tokenizer ({error}); copy or download it again") from error
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    if tokenizer.token_to_id(END_OF_TEXT) is not None:
        tokenizer.add_special_tokens([AddedToken(END_OF_TEXT, normalized=False)])
    return tokenizer
