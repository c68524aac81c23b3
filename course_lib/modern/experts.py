"""A mixture of experts: many MLPs, of which each token uses the few that a router chooses for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F


def route(logits: Float[Tensor, "N E"], k: int) -> tuple[Float[Tensor, "N k"], Int[Tensor, "N k"]]:
    """Of each token's E experts the k with the largest logits, and their shares, which sum to 1.

    The softmax over the chosen k is that over all E, divided by what the chosen ones have of it  (Jiang et al. 2024).
    Raises ValueError if there are no k experts.
    """
    E = logits.shape[-1]
    if not 1 <= k <= E:
        raise ValueError(f"a router chooses between 1 and all {E} experts, got k = {k}")
    probabilities = torch.softmax(logits.float(), dim=-1)  # (N, E)
    largest, chosen = probabilities.topk(k, dim=-1)  # (N, k) each
    return (largest / largest.sum(dim=-1, keepdim=True)).to(logits.dtype), chosen


def load_shares(chosen: Int[Tensor, "N k"], n_expert: int) -> Float[Tensor, " E"]:
    """The share of all assignments that each expert got; balanced is 1/E."""
    return F.one_hot(chosen.flatten(), n_expert).float().mean(dim=0)


def balance_loss(logits: Float[Tensor, "N E"], k: int) -> Float[Tensor, ""]:
    """E · Σₑ fₑ Pₑ: fₑ the share of assignments of expert e, Pₑ its mean probability  (Fedus et al. 2021, eq. 4).

    1 where all experts get the same, E where one gets everything. f is counted, so it has no gradient; P has, and the
    more an expert is used, the more its probability is pushed down.
    """
    E = logits.shape[-1]
    probabilities = torch.softmax(logits.float(), dim=-1)  # (N, E)
    shares = load_shares(probabilities.topk(k, dim=-1).indices, E)  # (E,)
    return E * (shares * probabilities.mean(dim=0)).sum()


def who_chose(chosen: Int[Tensor, "N k"], number: int) -> tuple[Int[Tensor, " n"], Int[Tensor, " n"]]:
    """The tokens that chose this expert, and as which of their k.

    On the meta device, which has shapes and no numbers, every token as its first: maps of a model are drawn there.
    """
    if chosen.is_meta:
        token = torch.arange(len(chosen), device=chosen.device)
        return token, torch.zeros_like(token)
    token, slot = (chosen == number).nonzero(as_tuple=True)
    return token, slot


class MixtureOfExperts(nn.Module):
    """Σ over the k chosen experts e: shareₑ · MLPₑ(x). No token is dropped, however crowded an expert is."""

    def __init__(self, n_embd: int, experts: Sequence[nn.Module], n_active: int) -> None:
        super().__init__()
        self.n_active = n_active
        self.router = nn.Linear(n_embd, len(experts), bias=False)
        self.experts = nn.ModuleList(experts)

    def forward(self, x: Float[Tensor, "*batch C"]) -> Float[Tensor, "*batch C"]:
        """Each expert computes the tokens that chose it, and no others."""
        tokens = x.reshape(-1, x.shape[-1])  # (N, C)
        shares, chosen = route(self.router(tokens), self.n_active)  # (N, k) each
        out = torch.zeros_like(tokens)
        for number, expert in enumerate(self.experts):
            token, slot = who_chose(chosen, number)  # (n,) each
            given = shares[token, slot, None] * expert(tokens[token])  # (n, C); under autocast in half precision
            out = out.index_add(0, token, given.to(out.dtype))
        return out.view(x.shape)


@contextmanager
def router_logits(model: nn.Module) -> Iterator[list[Tensor]]:
    """Within it, each pass through the model adds the logits (N, E) of its routers to the list, layer by layer."""
    seen: list[Tensor] = []
    routers = [module.router for module in model.modules() if isinstance(module, MixtureOfExperts)]
    hooks = [router.register_forward_hook(lambda _, __, logits: seen.append(logits)) for router in routers]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()
