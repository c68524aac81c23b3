"""Changing one thing: patching is equal to changing the weights or the text, where that can be done by hand."""

import pytest
import torch

from course_lib.interpretability import (
    Head,
    head_outputs,
    heads_replaced,
    logit_difference,
    patch_heads,
    patch_stream,
    recovered,
    residual_stream,
    stream_replaced,
)
from tests.interpretability.models import KINDS, lively, tokens

each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
@torch.no_grad()
def test_a_head_of_zeros_is_a_projection_without_its_columns(kind: str) -> None:
    model, idx = lively(kind), tokens(2, 6)
    with heads_replaced(model, {Head(1, 0): torch.zeros(())}):
        got = model(idx)
    D = model.config.head_dim
    model.blocks[1].attention.out_proj.weight[:, :D] = 0
    torch.testing.assert_close(got, model(idx))


@each_kind
@torch.no_grad()
def test_a_head_given_its_own_output_changes_nothing(kind: str) -> None:
    model, idx = lively(kind), tokens(2, 6)
    own = head_outputs(model, idx)
    values = {Head(layer, head): own[layer, :, head] for layer in range(len(own)) for head in range(own.shape[2])}
    with heads_replaced(model, values):
        torch.testing.assert_close(model(idx), model(idx + 0))
        got = model(idx)
    torch.testing.assert_close(got, model(idx))


@each_kind
@torch.no_grad()
def test_the_whole_stream_of_another_text_gives_that_texts_answer(kind: str) -> None:
    model, source, target = lively(kind), tokens(1, 6, seed=1), tokens(1, 6, seed=2)
    stream = residual_stream(model, source)
    for place, there in enumerate(stream):
        with stream_replaced(model, place, lambda x, there=there: there):
            torch.testing.assert_close(model(target), model(source + 0), msg=f"place {place}")
    assert not torch.allclose(model(target), model(source))


@each_kind
@torch.no_grad()
def test_patching_the_first_place_is_changing_one_token_of_the_text(kind: str) -> None:
    model, source, target = lively(kind), tokens(1, 6, seed=1), tokens(1, 6, seed=2)
    got = patch_stream(model, source, target, lambda logits: logits[:, -1, 3])
    for t in range(6):
        mixed = target.clone()
        mixed[0, t] = source[0, t]
        torch.testing.assert_close(got[0, t], model(mixed)[0, -1, 3])


@each_kind
@torch.no_grad()
def test_behind_the_last_block_only_the_last_token_counts(kind: str) -> None:
    model, source, target = lively(kind), tokens(1, 6, seed=1), tokens(1, 6, seed=2)
    got = patch_stream(model, source, target, lambda logits: logits[:, -1, 3])
    torch.testing.assert_close(got[-1, :-1], model(target)[0, -1, 3].expand(5))
    torch.testing.assert_close(got[-1, -1], model(source)[0, -1, 3])


@each_kind
@torch.no_grad()
def test_patch_heads_is_one_forward_pass_for_each_head(kind: str) -> None:
    model, source, target = lively(kind), tokens(2, 6, seed=1), tokens(2, 6, seed=2)
    got = patch_heads(model, source, target, lambda logits: logits[:, -1, 3])
    gathered = head_outputs(model, source)
    assert got.shape == (model.config.n_layer, model.config.n_head, 2)
    for layer, head in [(0, 1), (1, 2)]:
        with heads_replaced(model, {Head(layer, head): gathered[layer, :, head]}):
            torch.testing.assert_close(got[layer, head], model(target)[:, -1, 3])


@each_kind
@torch.no_grad()
def test_the_model_is_as_before_afterwards(kind: str) -> None:
    model, idx = lively(kind), tokens(2, 6)
    before = model(idx)
    patch_heads(model, tokens(2, 6, seed=3), idx, lambda logits: logits[:, -1, 0])
    patch_stream(model, tokens(1, 6, seed=3), idx[:1], lambda logits: logits[:, -1, 0])
    torch.testing.assert_close(model(idx), before, atol=0, rtol=0)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_the_logit_difference_is_that_of_log_probabilities() -> None:
    logits = torch.randn(3, 4, 9, generator=torch.Generator().manual_seed(0))
    right, wrong = torch.tensor([1, 2, 3]), torch.tensor([4, 4, 8])
    log_p = logits.log_softmax(dim=-1)[:, -1]
    expected = log_p.gather(1, right[:, None]) - log_p.gather(1, wrong[:, None])
    torch.testing.assert_close(logit_difference(logits, right, wrong), expected[:, 0])


def test_recovered_is_zero_at_the_target_and_one_at_the_source() -> None:
    got = recovered(torch.tensor([2.0, 4.0, 3.0]), source=torch.tensor(4.0), target=torch.tensor(2.0))
    assert got.tolist() == [0, 1, 0.5]
    with pytest.raises(ValueError, match="same answer"):
        recovered(torch.tensor(1.0), torch.tensor(2.0), torch.tensor(2.0))


def test_texts_of_unequal_length_are_refused() -> None:
    model = lively("GPT")
    for patch in (patch_stream, patch_heads):
        with pytest.raises(ValueError, match="same number of tokens"):
            patch(model, tokens(1, 5), tokens(1, 6), lambda logits: logits[:, -1, 0])


@pytest.mark.parametrize("head", [(2, 0), (0, 3), (-1, 0), (0, -1)])
def test_a_head_that_is_not_there_is_refused(head: tuple[int, int]) -> None:
    message = f"2 layers of 3 heads, so there is no head {head[1]} in layer {head[0]}"
    with pytest.raises(ValueError, match=message), heads_replaced(lively("GPT"), {Head(*head): torch.zeros(())}):
        pass


def test_a_place_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="places 0 to 2, got 3"), stream_replaced(lively("GPT"), 3, lambda x: x):
        pass
