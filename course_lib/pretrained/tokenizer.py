"""The tokenizer that lies beside a checkpoint."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_lib.pretrained.sources import Source, find_source
from course_lib.util.files import read_json

if TYPE_CHECKING:
    from tokenizers import AddedToken, Tokenizer

TOKENIZER, VOCABULARY, MERGES = "tokenizer.json", "vocab.json", "merges.txt"
SETTINGS, SPECIAL, ADDED = (
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
ROLES = ("bos_token", "eos_token", "unk_token", "pad_token")
MORE_SPECIAL = ("additional_special_tokens", "extra_special_tokens")
END_OF_TEXT = "<|endoftext|>"


def load_tokenizer(name_or_path: str | Path, *, revision: str = "main") -> "Tokenizer":
    """The tokenizer of a checkpoint: its tokenizer.json, or a byte-level BPE from GPT-2's vocab.json and merges.txt.

    Encoding adds the special tokens that the checkpoint's own tokenizer adds: none for GPT-2 and GPT-Neo, Llama's
    beginning of text; `encode(text, add_special_tokens=False)` does without. It neither cuts nor pads, even if the file
    was saved by somebody who did.
    Raises FileNotFoundError if there is none, ValueError if it cannot be read, and as `load` does for the hub.
    """
    from tokenizers import Tokenizer, models

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
            tokenizer = Tokenizer.from_file(str(found))
        else:
            tokenizer = Tokenizer(models.BPE.from_file(str(found), str(merges)))
    except Exception as error:  # the Rust library raises nothing more special
        raise ValueError(f"{found} cannot be read as a tokenizer ({error}); copy or download it again") from error
    if merges is not None:
        _complete(tokenizer, source)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _complete(tokenizer: "Tokenizer", source: Source) -> None:
    """Give a vocabulary with merges what GPT-2's tokenizer has besides: what lies in the files beside it, or the usual.

    Raises ValueError if a token should have a number that it cannot have.
    """
    from tokenizers import AddedToken, decoders, pre_tokenizers, processors

    settings, special, added = (_object(source, name) for name in (SETTINGS, SPECIAL, ADDED))
    prefixed = bool(settings.get("add_prefix_space", False))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefixed)
    tokenizer.decoder = decoders.ByteLevel()
    numbered = {int(number): _token(token) for number, token in settings.get("added_tokens_decoder", {}).items()}
    known = {token.content for token in numbered.values()}
    numbered |= {number: _token(text) for text, number in added.items() if text not in known}
    for number, token in sorted(numbered.items()):
        (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([token])
        if tokenizer.token_to_id(token.content) != number:
            raise ValueError(
                f"{source} gives the added token {token.content!r} the number {number}, and after the vocabulary and "
                f"the tokens before it there is only {tokenizer.token_to_id(token.content)}"
            )
    roles = {role: _token(value) for role in ROLES if (value := {**special, **settings}.get(role))}
    more = [_token(text) for name in MORE_SPECIAL for text in {**special, **settings}.get(name) or ()]
    usual = [_token(END_OF_TEXT)] if tokenizer.token_to_id(END_OF_TEXT) is not None else []
    for token in [*roles.values(), *more, *usual]:
        tokenizer.add_special_tokens([AddedToken(token.content, normalized=False)])
    if settings.get("add_bos_token"):
        begin = roles["bos_token"].content if "bos_token" in roles else END_OF_TEXT
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{begin} $A", pair=f"{begin} $A {begin} $B", special_tokens=[(begin, tokenizer.token_to_id(begin))]
        )


def _token(saved: str | Mapping[str, Any]) -> "AddedToken":
    """A token as the files write it: its text alone, or with how it is found in a text."""
    from tokenizers import AddedToken

    if isinstance(saved, str):
        return AddedToken(saved, normalized=False)
    names = ("single_word", "lstrip", "rstrip", "normalized", "special")
    return AddedToken(saved["content"], **{name: saved[name] for name in names if name in saved})


def _object(source: Source, name: str) -> dict[str, Any]:
    """What a JSON file holds; nothing if it is not there."""
    try:
        found = source.first(name)
    except FileNotFoundError:
        return {}
    content = read_json(found)
    if not isinstance(content, dict):
        raise ValueError(f"{found} should hold one JSON object, got {type(content).__name__}")
    return content
