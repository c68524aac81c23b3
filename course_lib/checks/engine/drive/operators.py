"""What an error says that an operator raised which Python writes otherwise than mathematics, or C, does."""

import re

POWER = "in Python a power is written **, as in x ** 3; ^ compares bits"
CHOICE = (
    "& and | combine truth values or whole numbers, and bind more tightly than < and >: write (a > 0) & (b > 0), with "
    "the brackets; floats are multiplied with *"
)
NOT = "~ turns over truth values or whole numbers: compare first, as in ~(a > 0); of a float p the rest is 1 - p"
ONE_TRUTH = (
    "a tensor of several values is neither true nor false: write & and | in place of `and` and `or`, with brackets, "
    "and torch.where or a mask in place of `if`"
)
CALLED = (
    "what stands before the bracket is a value, not a function: is a * missing, or has a function's name a value now?"
)
WRITTEN_INTO = "your code writes into its input: make new values, as in x = x * 2 in place of x *= 2 or x.mul_(2)"
PLAIN_LISTS = "lists are not calculated with as tensors are: make a tensor of it, or go through its elements"

HINTS = (  # what Python, torch or numpy says, and what is meant
    (r"bitwise_xor|for \^=?:", POWER),
    (r"bitwise_(and|or)|for [&|]=?:", CHOICE),
    (r"operator\.invert|unary ~|ufunc 'invert'", NOT),
    (r"Boolean value of Tensor with more|truth value of an array with more", ONE_TRUTH),
    (r"^'(Tensor|Parameter|int|float|list|tuple|str)' object is not callable", CALLED),
    (r"\bleaf Variable\b", WRITTEN_INTO),
    (r"for ([-/]|\*\*.*)=?: ('list' and|'\w+' and 'list')", PLAIN_LISTS),
)


def hint_at_operators(message: str) -> str:
    """`message`, followed by what to write instead, where that is known."""
    for pattern, hint in HINTS:
        if re.search(pattern, message):
            return f"{message} ({hint})"
    return message
