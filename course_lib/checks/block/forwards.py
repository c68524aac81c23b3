"""How the parts of a pre-norm block are put together in wrong ways: what stands in `forward`."""

from typing import Any

from torch import Tensor


def second_from_the_input(self: Any, x: Tensor) -> Tensor:
    """The second addition goes to the block's input, so what attention added is lost."""
    h = x + self.attention(self.norm_1(x))
    return x + self.mlp(self.norm_2(h))


def first_norm_not_used(self: Any, x: Tensor) -> Tensor:
    """Attention reads the stream as it is."""
    x = x + self.attention(x)
    return x + self.mlp(self.norm_2(x))


def second_norm_not_used(self: Any, x: Tensor) -> Tensor:
    """The MLP reads the stream as it is."""
    x = x + self.attention(self.norm_1(x))
    return x + self.mlp(x)


def no_norm_used(self: Any, x: Tensor) -> Tensor:
    """Both read the stream as it is."""
    x = x + self.attention(x)
    return x + self.mlp(x)


def first_residual_from_the_norm(self: Any, x: Tensor) -> Tensor:
    """The stream is overwritten by its norm before the attention."""
    x = self.norm_1(x)
    x = x + self.attention(x)
    return x + self.mlp(self.norm_2(x))


def second_residual_from_the_norm(self: Any, x: Tensor) -> Tensor:
    """The stream is overwritten by its norm before the MLP."""
    x = self.norm_2(x + self.attention(self.norm_1(x)))
    return x + self.mlp(x)


def no_residual_around_the_mlp(self: Any, x: Tensor) -> Tensor:
    """What the MLP makes replaces the stream."""
    x = x + self.attention(self.norm_1(x))
    return self.mlp(self.norm_2(x))


def no_residual_around_attention(self: Any, x: Tensor) -> Tensor:
    """What attention gathers replaces the stream."""
    x = self.attention(self.norm_1(x))
    return x + self.mlp(self.norm_2(x))


def changed_in_place(self: Any, x: Tensor) -> Tensor:
    """`x += …` writes into the tensor that was given."""
    x += self.attention(self.norm_1(x))
    x += self.mlp(self.norm_2(x))
    return x


def one_residual(self: Any, x: Tensor) -> Tensor:
    """One addition around both layers."""
    return x + self.mlp(self.norm_2(self.attention(self.norm_1(x))))


def side_by_side(self: Any, x: Tensor) -> Tensor:
    """The MLP reads the stream from before the attention."""
    return x + self.attention(self.norm_1(x)) + self.mlp(self.norm_2(x))


def mlp_first(self: Any, x: Tensor) -> Tensor:
    """The two halves exchanged."""
    x = x + self.mlp(self.norm_2(x))
    return x + self.attention(self.norm_1(x))


def mlp_first_norms_in_order(self: Any, x: Tensor) -> Tensor:
    """The two layers exchanged, the norms not."""
    x = x + self.mlp(self.norm_1(x))
    return x + self.attention(self.norm_2(x))


def norms_exchanged(self: Any, x: Tensor) -> Tensor:
    """Each norm before the other layer."""
    x = x + self.attention(self.norm_2(x))
    return x + self.mlp(self.norm_1(x))


def first_norm_twice(self: Any, x: Tensor) -> Tensor:
    """norm_1 before both layers."""
    x = x + self.attention(self.norm_1(x))
    return x + self.mlp(self.norm_1(x))


def mlp_reads_attention_alone(self: Any, x: Tensor) -> Tensor:
    """The MLP reads what attention has gathered, not the stream."""
    gathered = self.attention(self.norm_1(x))
    return x + gathered + self.mlp(self.norm_2(gathered))


def norm_of_what_is_written(self: Any, x: Tensor) -> Tensor:
    """x + norm(f(x)), twice."""
    x = x + self.norm_1(self.attention(x))
    return x + self.norm_2(self.mlp(x))


def normalised_once_more(self: Any, x: Tensor) -> Tensor:
    """A norm at the end of the block."""
    x = x + self.attention(self.norm_1(x))
    return self.norm_2(x + self.mlp(self.norm_2(x)))
