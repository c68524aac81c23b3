"""How the parts of a post-norm block are put together in wrong ways."""

from typing import Any

from torch import Tensor

from course_lib import block


class PreNormByAccident(block.PostNormBlock):
    """Pre-norm where post-norm was asked for."""

    def forward(self, x: Tensor) -> Tensor:
        """x + f(norm(x)), twice."""
        x = x + self.attention(self.norm_1(x))
        return x + self.mlp(self.norm_2(x))


class NormOfTheAddition(block.PostNormBlock):
    """What a layer writes is normalised, not the sum."""

    def forward(self, x: Tensor) -> Tensor:
        """x + norm(f(x)), twice."""
        x = x + self.norm_1(self.attention(x))
        return x + self.norm_2(self.mlp(x))


class NormOfTheStreamAlone(block.PostNormBlock):
    """The stream is normalised, and the addition comes on top."""

    def forward(self, x: Tensor) -> Tensor:
        """norm(x) + f(x), twice."""
        x = self.norm_1(x) + self.attention(x)
        return self.norm_2(x) + self.mlp(x)


class PostNormWithoutResidual(block.PostNormBlock):
    """Each layer replaces the stream."""

    def forward(self, x: Tensor) -> Tensor:
        """norm(f(x)), twice."""
        return self.norm_2(self.mlp(self.norm_1(self.attention(x))))


class OnlyTheLastNorm(block.PostNormBlock):
    """The norm after the attention is missing."""

    def forward(self, x: Tensor) -> Tensor:
        """norm(x + attention(x) + …) once, at the end."""
        x = x + self.attention(x)
        return self.norm_2(x + self.mlp(x))


class PostNormsExchanged(block.PostNormBlock):
    """norm_2 after the attention, norm_1 after the MLP."""

    def forward(self, x: Tensor) -> Tensor:
        """Each norm after the other layer."""
        x = self.norm_2(x + self.attention(x))
        return self.norm_1(x + self.mlp(x))


def second_from_the_input(self: Any, x: Tensor) -> Tensor:
    """The second sum adds the block's input."""
    h = self.norm_1(x + self.attention(x))
    return self.norm_2(x + self.mlp(h))


def norms_on_both_sides(self: Any, x: Tensor) -> Tensor:
    """Before the layer and after the sum."""
    x = self.norm_1(x + self.attention(self.norm_1(x)))
    return self.norm_2(x + self.mlp(self.norm_2(x)))


def first_norm_twice(self: Any, x: Tensor) -> Tensor:
    """norm_1 after both additions."""
    x = self.norm_1(x + self.attention(x))
    return self.norm_1(x + self.mlp(x))


def last_norm_missing(self: Any, x: Tensor) -> Tensor:
    """The norm after the MLP is missing."""
    x = self.norm_1(x + self.attention(x))
    return x + self.mlp(x)


def mlp_first(self: Any, x: Tensor) -> Tensor:
    """The two halves exchanged."""
    x = self.norm_2(x + self.mlp(x))
    return self.norm_1(x + self.attention(x))


def no_residual_around_the_mlp(self: Any, x: Tensor) -> Tensor:
    """The second half adds nothing."""
    x = self.norm_1(x + self.attention(x))
    return self.norm_2(self.mlp(x))


def no_residual_around_attention(self: Any, x: Tensor) -> Tensor:
    """The first half adds nothing."""
    x = self.norm_1(self.attention(x))
    return self.norm_2(x + self.mlp(x))
