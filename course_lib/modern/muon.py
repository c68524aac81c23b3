"""Muon: a step in which every direction of a matrix moves by the same amount."""

import math
from collections.abc import Iterable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # chosen for a steep start at 0: small singular values grow fastest
STEPS = 5
EPS = 1e-7


def newton_schulz_step(
    x: Float[Tensor, "m n"], coefficients: tuple[float, float, float] = COEFFICIENTS
) -> Float[Tensor, "m n"]:
    """a x + b (x xᵀ) x + c (x xᵀ)² x: each singular value s becomes a s + b s³ + c s⁵, the vectors stay."""
    a, b, c = coefficients
    gram = x @ x.T  # (m, m)
    inner = torch.addmm(gram, gram, gram, beta=b, alpha=c)  # b gram + c gram², (m, m)
    return torch.addmm(x, inner, x, beta=a)  # a x + inner x


def orthogonalize(
    x: Float[Tensor, "m n"],
    steps: int = STEPS,
    coefficients: tuple[float, float, float] = COEFFICIENTS,
    dtype: torch.dtype = torch.bfloat16,
) -> Float[Tensor, "m n"]:
    """Nearly U Vᵀ for x = U S Vᵀ: the singular values become about 1, in products alone  (Jordan et al. 2024).

    They end between about 0.7 and 1.2; that is near enough for a step, and five products suffice.
    dtype: what is computed in.
    """
    wide = x.to(dtype)
    flat = wide.T if x.shape[0] > x.shape[1] else wide  # the smaller side first: its Gram matrix is the smaller one
    flat = flat / flat.norm().clamp(min=EPS)  # the root of the sum of their squares is 1, so no one is above 1
    for _ in range(steps):
        flat = newton_schulz_step(flat, coefficients)
    return (flat.T if x.shape[0] > x.shape[1] else flat).to(x.dtype)


class Muon(torch.optim.Optimizer):
    """W ← (1 − lr · weight_decay) W − lr · √max(1, m/n) · orthogonalize(momentum)  (Jordan et al. 2024).

    For the matrices of the hidden layers, (m, n); tables, heads, norms and biases go to AdamW: see `split_parameters`.
    The momentum is Nesterov's: the running mean of gradients, and of it a step ahead.
    Raises ValueError if a parameter is not a matrix, or a number makes no sense.
    """

    def __init__(
        self, params: Iterable[Any], lr: float = 2e-2, weight_decay: float = 0.1, momentum: float = 0.95
    ) -> None:
        if lr < 0 or weight_decay < 0 or not 0 <= momentum < 1:
            raise ValueError(
                "Muon: expected lr and weight_decay of at least 0 and momentum between 0 and 1, got "
                f"{lr}, {weight_decay} and {momentum}"
            )
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})
        for parameter in (parameter for group in self.param_groups for parameter in group["params"]):
            if parameter.dim() != 2:
                raise ValueError(
                    f"Muon orthogonalises matrices, got a parameter of shape {tuple(parameter.shape)}; "
                    "give the others to AdamW (see split_parameters)"
                )

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One step for every parameter that has a gradient."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        for group in self.param_groups:
            for W in group["params"]:
                if W.grad is None:
                    continue
                mean = self.state[W].setdefault("momentum_buffer", torch.zeros_like(W))  # (m, n)
                mean.lerp_(W.grad, 1 - group["momentum"])
                ahead = W.grad.lerp(mean, group["momentum"])
                m, n = W.shape
                W.mul_(1 - group["lr"] * group["weight_decay"])
                W.add_(orthogonalize(ahead), alpha=-group["lr"] * math.sqrt(max(1, m / n)))
        return loss


def split_parameters(model: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """The matrices of the blocks, for Muon, and all others, for AdamW: embedding, head, norms, biases, routers.

    An embedding has a row a token, and a gradient touches the rows of a batch's tokens alone: to move all directions of
    it alike makes no sense. A router's few rows choose and do not mix; they stay with AdamW too.
    """
    hidden: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        is_hidden = parameter.dim() == 2 and name.startswith("blocks.") and "router" not in name
        (hidden if is_hidden else others).append(parameter)
    return hidden, others
