"""Fitting the law to runs: in log space, with a loss that a single odd run cannot bend.

As Hoffmann et al. (2022, eq. 3) do it: the least Σ Huber(ln L − ln L̂(N, D)), where the logarithm of the law,

    ln L̂ = logsumexp(ln A − α ln N, ln B − β ln D, ln E),

is free of powers of large numbers. They minimise by L-BFGS from many beginnings; here all beginnings, and all samples
of a bootstrap, are solved at once by damped Gauss–Newton steps, since the five derivatives are a softmax and products.
"""

import itertools
import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.scaling.law import ScalingLaw

HUBER = 1e-3  # δ: residuals of ln L beyond it count by their size, not its square (Hoffmann et al. 2022, section 3.3)
EXPONENTS = (0.2, 0.5, 1.0)  # beginnings for α and for β
FLOOR_SHARES = (0.3, 0.7, 0.95)  # beginnings for E, as shares of the smallest loss
STEPS = 300  # of Gauss–Newton
EASIER, HARDER = 0.4, 4.0  # what the damping is multiplied by after a step that helped, and after one that did not


def fit_law(
    N: Sequence[float], D: Sequence[float], loss: Sequence[float], *, floor: float | None = None, huber: float = HUBER
) -> ScalingLaw:
    """The law of these runs.

    N: parameters of each run.   D: tokens.   loss: nats per token.
    floor: E, where it is known; None fits it too, as everybody must whose text has no known entropy.
    Raises ValueError if the lists are not equally long, hold what is not positive, or are too few for the unknowns.
    """
    return fit_weighted(N, D, loss, torch.ones(1, len(loss), dtype=torch.float64), floor=floor, huber=huber)[0]


def fit_weighted(
    N: Sequence[float],
    D: Sequence[float],
    loss: Sequence[float],
    weights: Float[Tensor, "K n"],
    *,
    floor: float | None = None,
    huber: float = HUBER,
) -> list[ScalingLaw]:
    """K laws at once, the k-th of runs that count `weights[k]` times each; as `fit_law` otherwise."""
    points = _checked(N, D, loss, floor)
    starts = _beginnings(points, floor)  # (S, 5)
    S, K = len(starts), len(weights)
    p, objective = _descend(starts.repeat(K, 1), points, weights.repeat_interleave(S, dim=0), floor is None, huber)
    best = objective.view(K, S).argmin(dim=1)  # (K,)
    chosen = p.view(K, S, 5)[torch.arange(K), best]  # (K, 5)
    return [
        ScalingLaw(E=math.exp(e), A=math.exp(a), alpha=alpha, B=math.exp(b), beta=beta)
        for a, alpha, b, beta, e in chosen.tolist()
    ]


def log_loss(p: Float[Tensor, "K 5"], points: Float[Tensor, "3 n"]) -> tuple[Float[Tensor, "K n"], Tensor]:
    """ln L̂ of each run under each row of ln A, α, ln B, β, ln E, and its derivatives by these five, (K, n, 5)."""
    log_N, log_D = points[0], points[1]  # (n,)
    a, alpha, b, beta, e = p[:, :, None].unbind(dim=1)  # (K, 1) each
    terms = torch.stack([a - alpha * log_N, b - beta * log_D, (e + 0 * log_N)], dim=-1)  # (K, n, 3)
    share = torch.softmax(terms, dim=-1)  # which part of the loss each term is
    by = (share[..., 0], -share[..., 0] * log_N, share[..., 1], -share[..., 1] * log_D, share[..., 2])
    return torch.logsumexp(terms, dim=-1), torch.stack(by, dim=-1)


def _descend(
    p: Tensor, points: Tensor, weights: Tensor, fit_floor: bool, huber: float
) -> tuple[Float[Tensor, "K 5"], Float[Tensor, " K"]]:
    """Damped Gauss–Newton (Levenberg 1944, Marquardt 1963) on K problems side by side."""
    free = torch.tensor([1.0, 1.0, 1.0, 1.0, float(fit_floor)], dtype=torch.float64)  # a known floor stays
    damping = torch.full((len(p), 1), 1e-2, dtype=torch.float64)
    predicted, J = log_loss(p, points)
    value = _objective(points[2] - predicted, weights, huber)  # (K,)
    for _ in range(STEPS):
        residual = points[2] - predicted  # (K, n)
        # Huber's loss is a square with a weight: 1 within δ, δ/|r| beyond it.
        w = weights * (huber / residual.abs().clamp(min=huber))  # (K, n)
        J = J * free
        H = torch.einsum("kn,kni,knj->kij", w, J, J)  # (K, 5, 5)
        diagonal = H.diagonal(dim1=1, dim2=2)  # (K, 5)
        damped = H + torch.diag_embed(damping * diagonal + 1e-12 + (1 - free))
        step = torch.linalg.solve(damped, torch.einsum("kn,kni,kn->ki", w, J, residual))  # (K, 5)
        trial = p + step.clamp(-2.0, 2.0)  # a far step from a bad beginning would leave the numbers' range
        trial_predicted, trial_J = log_loss(trial, points)
        trial_value = _objective(points[2] - trial_predicted, weights, huber)
        better = (trial_value < value)[:, None]  # (K, 1); false for nan
        p, predicted = torch.where(better, trial, p), torch.where(better, trial_predicted, predicted)
        J = torch.where(better[..., None], trial_J, J)
        value = torch.where(better[:, 0], trial_value, value)
        damping = (damping * torch.where(better, EASIER, HARDER)).clamp(1e-9, 1e9)
    return p, value


def _objective(residual: Tensor, weights: Tensor, huber: float) -> Float[Tensor, " K"]:
    size = residual.abs()
    each = torch.where(size <= huber, 0.5 * size**2, huber * (size - 0.5 * huber))  # (K, n)
    return (weights * each).sum(dim=1)


def _beginnings(points: Tensor, floor: float | None) -> Float[Tensor, "S 5"]:
    """Some shapes of the law, each with terms that share what the middle run has above the floor."""
    log_N, log_D, log_L = points
    least, middle = log_L.min().exp().item(), log_L.median().exp().item()
    floors = [floor] if floor is not None else [share * least for share in FLOOR_SHARES]
    rows = []
    for alpha, beta, E in itertools.product(EXPONENTS, EXPONENTS, floors):
        half = math.log(max(middle - E, 1e-3 * middle) / 2)
        a, b = half + alpha * log_N.median().item(), half + beta * log_D.median().item()
        rows.append([a, alpha, b, beta, math.log(E)])
    return torch.tensor(rows, dtype=torch.float64)


def _checked(
    N: Sequence[float], D: Sequence[float], loss: Sequence[float], floor: float | None
) -> Float[Tensor, "3 n"]:
    if not len(N) == len(D) == len(loss):
        raise ValueError(f"each run has an N, a D and a loss, got {len(N)}, {len(D)} and {len(loss)} of them")
    unknowns = 5 if floor is None else 4
    if len(N) < unknowns:
        raise ValueError(f"the law has {unknowns} unknowns and needs at least as many runs, got {len(N)}")
    for name, values in (("N", N), ("D", D), ("loss", loss), ("floor", () if floor is None else (floor,))):
        wrong = [value for value in values if not (value > 0 and math.isfinite(value))]
        if wrong:
            raise ValueError(f"{name} must be positive, since its logarithm is taken, got {wrong[0]}")
    return torch.tensor([list(N), list(D), list(loss)], dtype=torch.float64).log()
