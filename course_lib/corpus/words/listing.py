"""How the word lists are written: words in order of how often they are wanted, with commas between them."""


def listed(text: str) -> tuple[str, ...]:
    """The words between the commas, each with single spaces.

    >>> listed("teddy bear, doll")
    ('teddy bear', 'doll')
    """
    return tuple(" ".join(word.split()) for word in text.split(","))
