"""Which split a story belongs to, told from its text alone."""

import hashlib

SPLITS = ("train", "validation")


def hash_fraction(text: str) -> float:
    """A number in [0, 1) that depends on nothing but the text: the first 8 bytes of its SHA-256, as a fraction."""
    digest = hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def split_of(text: str, validation_share: float) -> str:
    """The split of a story where nobody has said it: "validation" for about this share of all texts, or "train".

    Equal texts are always in the same split, so no text is in both.
    """
    return "validation" if hash_fraction(text) < validation_share else "train"


def check_split(split: str) -> None:
    """Raise ValueError unless there is a split of this name."""
    if split not in SPLITS:
        raise ValueError(f"there is no split {split!r}; the splits are {' and '.join(SPLITS)}")
