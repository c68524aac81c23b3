"""Muon is torch's, step by step; Newton–Schulz does to singular values what its polynomial says."""

import pytest
import torch

from course_lib.config import ModernConfig
from course_lib.modern import ModernDecoder, Muon, newton_schulz_step, orthogonalize, split_parameters
from course_lib.modern.muon import COEFFICIENTS


def matrices() -> list[torch.nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    return [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in ((8, 8), (12, 5), (4, 16))]


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="needs a torch with Muon")
def test_five_steps_are_torchs() -> None:
    ours, theirs = matrices(), matrices()
    optimizers = Muon(ours, lr=0.05), torch.optim.Muon(theirs, lr=0.05, weight_decay=0.1, momentum=0.95)
    generator = torch.Generator().manual_seed(1)
    for _ in range(5):
        for one, other in zip(ours, theirs, strict=True):
            one.grad = torch.randn(one.shape, generator=generator)
            other.grad = one.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
        for one, other in zip(ours, theirs, strict=True):
            torch.testing.assert_close(one, other, atol=1e-6, rtol=0)


def test_a_step_maps_each_singular_value_by_the_polynomial() -> None:
    a, b, c = COEFFICIENTS
    x = matrices()[2].detach().double() / 10
    u, s, vt = torch.linalg.svd(x, full_matrices=False)
    torch.testing.assert_close(newton_schulz_step(x), u @ torch.diag(a * s + b * s**3 + c * s**5) @ vt)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_singular_values_come_near_one_and_vectors_stay(number: int) -> None:
    x = matrices()[number].detach()
    u, s, vt = torch.linalg.svd(orthogonalize(x, dtype=torch.float64), full_matrices=False)
    assert s.min() > 0.6
    assert s.max() < 1.3
    directions = torch.linalg.svd(x, full_matrices=False)
    assert torch.trace((u @ vt).T @ (directions.U @ directions.Vh)) / len(s) > 0.99  # the same U Vᵀ


def test_an_orthogonalized_matrix_does_not_depend_on_the_size_of_the_gradient() -> None:
    x = matrices()[1].detach()
    torch.testing.assert_close(orthogonalize(1e-3 * x, dtype=torch.float64), orthogonalize(x, dtype=torch.float64))
    assert torch.equal(orthogonalize(torch.zeros(3, 4)), torch.zeros(3, 4))


def test_a_closure_is_called_and_parameters_without_gradient_stay() -> None:
    first, second, _ = matrices()
    before = second.detach().clone()
    optimizer = Muon([first, second], lr=0.1)
    first.grad = torch.ones_like(first)
    assert optimizer.step(lambda: 3.0) == 3.0
    assert torch.equal(second, before)


def test_vectors_and_wrong_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"matrices, got a parameter of shape \(3,\)"):
        Muon([torch.nn.Parameter(torch.zeros(3))])
    with pytest.raises(ValueError, match="momentum between 0 and 1"):
        Muon(matrices(), momentum=1.0)


def test_embedding_head_norms_and_routers_are_left_to_adamw() -> None:
    config = ModernConfig(
        vocab_size=50, n_layer=1, n_embd=16, n_head=2, hidden_dim=20, n_expert=2, tie_embeddings=False, qk_norm=True
    )
    model = ModernDecoder(config)
    names = {parameter: name for name, parameter in model.named_parameters()}
    hidden, others = split_parameters(model)
    assert {names[parameter].split(".")[-2] for parameter in hidden} == {
        *("q_proj", "k_proj", "v_proj", "out_proj"),
        *("gate_proj", "up_proj", "down_proj"),
    }
    assert len(hidden) + len(others) == len(names)
    assert {"token_embedding.weight", "head.weight", "blocks.0.mlp.router.weight"} < {names[p] for p in others}
