"""Stories to token ids, fast: one call of tiktoken for many stories, whatever tokenizer the merges came from."""

import hashlib
from collections.abc import Sequence

import numpy as np
import tiktoken
from jaxtyping import UInt32
from tokenizers import Tokenizer

from course_lib.tokenization import END_OF_TEXT, BPETokenizer, to_tiktoken


def as_encoding(tokenizer: Tokenizer | BPETokenizer | tiktoken.Encoding) -> tiktoken.Encoding:
    """The tokenizer's merges as a `tiktoken.Encoding`, the fastest encoder of the three.

    Raises TypeError if it is none of them, ValueError if its vocabulary has no end-of-text token.
    """
    if isinstance(tokenizer, tiktoken.Encoding):
        encoding = tokenizer
    elif isinstance(tokenizer, (Tokenizer, BPETokenizer)):
        encoding = to_tiktoken(tokenizer)
    else:
        raise TypeError(
            f"expected a tokenizers.Tokenizer, a BPETokenizer or a tiktoken.Encoding, got {type(tokenizer).__name__}"
        )
    if END_OF_TEXT not in encoding.special_tokens_set:
        raise ValueError(
            f"the tokenizer has no special token {END_OF_TEXT!r} to put between stories; "
            f"train it with special_tokens=[{END_OF_TEXT!r}]"
        )
    return encoding


def fingerprint(tokenizer: Tokenizer | BPETokenizer | tiktoken.Encoding) -> str:
    """64 hexadecimal digits that two tokenizers share if, and only if, they give the same ids to every text.

    The digest of the pattern that cuts text into words, of every token's bytes with its id, and of the special tokens.
    """
    encoding = as_encoding(tokenizer)
    digest = hashlib.sha256(encoding._pat_str.encode())
    for token, rank in sorted(encoding._mergeable_ranks.items(), key=lambda item: item[1]):
        digest.update(f"\n{rank} {token.hex()}".encode())
    for name, rank in sorted(encoding._special_tokens.items(), key=lambda item: item[1]):
        digest.update(f"\nspecial {rank} {name}".encode())
    return digest.hexdigest()


def encode_stories(encoding: tiktoken.Encoding, stories: Sequence[str]) -> UInt32[np.ndarray, " N"]:
    """The ids of all stories in one array, the end-of-text token before each.

    The characters `<|endoftext|>` inside a story are text like any other: only this function sets a separator.
    Raises UnicodeEncodeError if a story holds half of a surrogate pair.
    """
    joined = "".join([END_OF_TEXT + story for story in stories])
    separators = sum(joined.count(special) for special in encoding.special_tokens_set)
    if separators == len(stories):  # the only special tokens are ours, so one call can encode all stories
        return encoding.encode_to_numpy(joined, allowed_special={END_OF_TEXT}, disallowed_special=())
    ids: list[int] = []
    for story in stories:
        ids.append(encoding.eot_token)
        ids.extend(encoding.encode_ordinary(story))
    return np.array(ids, dtype=np.uint32)
