"""A tokenizer as the page holds it: tokens, merges, and what stands before a text. What JavaScript lacks is refused."""

import json
from typing import Any

from tokenizers import Tokenizer

from course_lib.generation.text import encode_prompt, end_of_text, ids_without_token

SOMETHING = "a"  # a text, to see what is put before it
FLAGS = ("single_word", "lstrip", "rstrip")  # of an added token: how it takes from the text around it
PLAIN = {  # of a BPE model: what these may be so that merges alone make the tokens
    "dropout": (None, 0.0),
    "continuing_subword_prefix": (None, ""),
    "end_of_word_suffix": (None, ""),
    "byte_fallback": (False,),
    "ignore_merges": (False,),
}


def pack_tokenizer(tokenizer: Tokenizer) -> dict[str, Any]:
    """Tokens by id, merges as pairs of ids, added tokens, and the ids that begin every text.

    Raises ValueError, naming the part, if it is not byte-level BPE with GPT-2's words, as the course trains it.
    """
    content = json.loads(tokenizer.to_str())
    _require_ours(content)
    added = [(one["content"], one["id"], one["special"]) for one in content["added_tokens"]]
    vocabulary: dict[str, int] = content["model"]["vocab"]
    numbers = {*vocabulary.values(), *(number for _, number, _ in added)}
    tokens: list[str | None] = [None] * (max(numbers) + 1)
    for text, number in vocabulary.items():
        tokens[number] = text
    for _, number, _ in added:
        tokens[number] = None
    merges = (pair.split(" ") if isinstance(pair, str) else pair for pair in content["model"]["merges"])
    whole = encode_prompt(tokenizer, SOMETHING)
    bare = tokenizer.encode(SOMETHING, add_special_tokens=False).ids
    if whole[-len(bare) :] != bare:
        raise ValueError("this tokenizer puts tokens behind a text as well: a model that writes on cannot use them")
    if len(whole) == len(bare):
        raise ValueError("this tokenizer has no token that begins a text, so that no new text can be asked for")
    return {
        "tokens": tokens,
        "merges": [[vocabulary[left], vocabulary[right]] for left, right in merges],
        "added": added,
        "begin": whole[: -len(bare)],
    }


def stops_and_never(tokenizer: Tokenizer, vocab_size: int, declared: set[int]) -> dict[str, list[int]]:
    """The ids that end a text, and those that are never drawn because no token has them."""
    end = end_of_text(tokenizer)
    stops = declared | (set() if end is None else {end})
    return {"stops": sorted(stops), "never": ids_without_token(tokenizer, vocab_size)}


def _require_ours(content: dict[str, Any]) -> None:
    model, cutter = content["model"], content["pre_tokenizer"] or {}
    problems = {
        f"its model is {model.get('type')}": model.get("type") != "BPE",
        "it changes texts first (normalizer)": content["normalizer"] is not None,
        "it does not cut texts into GPT-2's words": (
            cutter.get("type") != "ByteLevel" or cutter.get("add_prefix_space") or not cutter.get("use_regex", True)
        ),
        **{
            f"{name} is {model.get(name)!r}": model.get(name, allowed[0]) not in allowed
            for name, allowed in PLAIN.items()
        },
        "an added token takes white space or letters with it": any(
            one[flag] for one in content["added_tokens"] for flag in FLAGS
        ),
    }
    found = [problem for problem, is_there in problems.items() if is_there]
    if found:
        raise ValueError(
            f"the page's tokenizer is byte-level BPE as the course trains it, and this one is another: {found[0]}"
        )
