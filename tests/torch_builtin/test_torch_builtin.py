"""The GPT of torch's layers against ours on the same weights: logits, gradients, dropout, limits."""

import pytest
import torch
from torch import Tensor, nn

from course_lib.config import GPTConfig
from course_lib.generation import generate
from course_lib.gpt import GPT, next_token_loss
from course_lib.show.profiling import num_params
from course_lib.torch_builtin import TorchGPT, from_gpt, their_name

DEVICES = [
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")),
]
# Absolute and relative. On the CPU the two agree to the last bit; on a GPU the layers may choose other kernels.
TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-10, torch.bfloat16: 5e-2}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def tiny(bias: bool = True, n_head: int = 2, dropout: float = 0.0) -> GPTConfig:
    return GPTConfig(vocab_size=50, seq_len=12, n_layer=3, n_embd=24, n_head=n_head, bias=bias, dropout=dropout)


def pair(config: GPTConfig, dtype: torch.dtype = torch.float32, device: str = "cpu") -> tuple[GPT, TorchGPT]:
    """Both models with every weight random, biases and norms included, the same in both."""
    ours = GPT(config)
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=seeded(parameter.numel())) * 0.2)
    ours.to(device=device, dtype=dtype)
    return ours, from_gpt(ours)


def tokens(B: int, T: int, device: str = "cpu") -> Tensor:
    return torch.randint(50, (B, T), generator=seeded(1)).to(device)


# The same function


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", list(TOLERANCE), ids=str)
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_logits_are_equal(mode: str, bias: bool, dtype: torch.dtype, device: str) -> None:
    ours, theirs = pair(tiny(bias), dtype, device)
    ours.train(mode == "train")
    theirs.train(mode == "train")
    for T in (1, 5, 12):
        idx = tokens(3, T, device)
        logits = theirs(idx)
        assert logits.dtype == dtype
        torch.testing.assert_close(logits, ours(idx), atol=TOLERANCE[dtype], rtol=TOLERANCE[dtype])


@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("n_head", [2, 3])  # torch has other code for inference where the number of heads is even
def test_logits_are_equal_in_inference(n_head: int, bias: bool) -> None:
    ours, theirs = pair(tiny(bias, n_head))
    idx = tokens(3, 12)
    expected = ours(idx)
    theirs.eval()
    with torch.inference_mode():
        torch.testing.assert_close(theirs(idx), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", list(TOLERANCE), ids=str)
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
def test_the_gradient_of_every_weight_is_equal(bias: bool, dtype: torch.dtype, device: str) -> None:
    ours, theirs = pair(tiny(bias), dtype, device)
    idx = tokens(4, 12, device)
    for model in (ours, theirs):
        next_token_loss(model(idx[:, :-1]), idx[:, 1:]).backward()
    gradients = {name: parameter.grad for name, parameter in theirs.named_parameters()}
    for name, parameter in ours.named_parameters():
        gradient = gradients.pop(their_name(name))
        torch.testing.assert_close(gradient, parameter.grad, atol=TOLERANCE[dtype], rtol=TOLERANCE[dtype])
        assert gradient.abs().max() > 0
    assert not gradients


def test_ten_steps_of_training_leave_them_equal() -> None:
    ours, theirs = pair(tiny(), torch.float64)
    idx = tokens(4, 12)
    for model in (ours, theirs):
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        for _ in range(10):
            optimizer.zero_grad()
            next_token_loss(model(idx[:, :-1]), idx[:, 1:]).backward()
            optimizer.step()
    torch.testing.assert_close(theirs(idx), ours(idx))


def test_they_write_the_same_text_past_the_models_length() -> None:
    ours, theirs = pair(tiny())
    prompt = tokens(2, 3)
    assert torch.equal(generate(theirs, prompt, 20, temperature=0), generate(ours, prompt, 20, temperature=0))


def test_tokens_that_are_a_transposed_view_are_accepted() -> None:
    ours, theirs = pair(tiny())
    idx = tokens(12, 2).T  # (2, 12), not contiguous
    torch.testing.assert_close(theirs(idx), ours(idx))


@pytest.mark.parametrize("position", [0, 5, 11])
def test_future_tokens_do_not_change_the_past(position: int) -> None:
    _, theirs = pair(tiny())
    idx = tokens(1, 12)
    changed = idx.clone()
    changed[0, position] = (changed[0, position] + 1) % 50
    before, after = theirs(idx), theirs(changed)
    torch.testing.assert_close(after[:, :position], before[:, :position], atol=0, rtol=0)
    assert not torch.equal(after[:, position:], before[:, position:])


# Weights


def test_the_courses_model_has_as_many_parameters_here() -> None:
    with torch.device("meta"):
        assert num_params(TorchGPT(GPTConfig())) == num_params(GPT(GPTConfig())) == 2_457_800


@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
def test_every_name_has_its_counterpart(bias: bool) -> None:
    with torch.device("meta"):
        ours, theirs = GPT(tiny(bias)), TorchGPT(tiny(bias))
    shapes = {their_name(name): value.shape for name, value in ours.state_dict().items()}
    assert shapes == {name: value.shape for name, value in theirs.state_dict().items()}


def test_weights_are_copied_not_shared() -> None:
    ours, theirs = pair(tiny())
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.zero_()
    assert all(parameter.abs().max() > 0 for parameter in theirs.parameters())


def test_the_head_stays_tied() -> None:
    ours, theirs = pair(tiny(), torch.float64)
    assert theirs.head.weight is theirs.token_embedding.weight
    assert num_params(theirs) == num_params(ours)


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_is_that_of_the_model_copied_from(training: bool) -> None:
    assert from_gpt(GPT(tiny()).train(training)).training is training


# Dropout


def test_dropout_acts_in_training_only() -> None:
    ours, theirs = pair(tiny(dropout=0.5))
    idx = tokens(2, 8)
    assert not torch.equal(theirs(idx), theirs(idx))
    torch.testing.assert_close(theirs.eval()(idx), ours.eval()(idx), atol=1e-4, rtol=1e-4)


def active_dropouts(model: nn.Module) -> list[float]:
    """Every probability of dropout that a model applies, of modules and inside attention."""
    modules = [module.p for module in model.modules() if isinstance(module, nn.Dropout)]
    attention = [module.dropout for module in model.modules() if isinstance(getattr(module, "dropout", None), float)]
    return [p for p in modules + attention if p > 0]


def test_dropout_acts_in_as_many_places_as_in_ours() -> None:
    ours, theirs = pair(tiny(dropout=0.25))
    assert active_dropouts(theirs) == active_dropouts(ours) == [0.25] * (1 + 3 * 3)  # embeddings, 3 places a block


def test_without_dropout_training_gives_the_logits_of_evaluation() -> None:
    _, theirs = pair(tiny())
    idx = tokens(2, 8)
    trained = theirs.train()(idx)
    torch.testing.assert_close(theirs.eval()(idx), trained)


# Limits


@pytest.mark.parametrize("training", [True, False])
def test_a_sequence_longer_than_seq_len_is_refused_with_the_remedy(training: bool) -> None:
    with pytest.raises(ValueError, match=r"seq_len = 12 tokens, got a sequence of 13.*crop it"):
        TorchGPT(tiny()).train(training)(tokens(1, 13))


def test_an_expansion_that_is_whole_only_but_for_rounding_is_accepted() -> None:
    config = GPTConfig(vocab_size=50, seq_len=12, n_layer=1, n_embd=13, n_head=1, mlp_ratio=57 / 13)
    ours, theirs = pair(config)
    torch.testing.assert_close(theirs(tokens(1, 4)), ours(tokens(1, 4)))
