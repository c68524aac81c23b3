"""What is seen inside equals what `transformers` shows of the same weights, and looking changes nothing."""

from pathlib import Path

import pytest
import torch
import transformers
from torch import nn

from course_lib import pretrained
from course_lib.interpretability import (
    attention_patterns,
    head_outputs,
    inputs_of,
    logit_lens,
    outputs_of,
    rank_of,
    residual_stream,
)
from tests.interpretability.models import KINDS, lively, tokens
from tests.pretrained.checkpoints import CLASSES, write
from tests.pretrained.checkpoints import tokens as checkpoint_tokens

each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(params=["gpt2", "gpt_neo", "llama"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[nn.Module, transformers.PreTrainedModel]:
    """A model of ours, and theirs with the same weights, in the implementation that gives its tables away."""
    folder, _ = write(tmp_path, request.param)
    theirs = CLASSES[request.param].from_pretrained(folder, attn_implementation="eager")
    return pretrained.load(folder), theirs.eval()


@torch.no_grad()
def test_attention_patterns_equal_transformers(pair: tuple) -> None:
    ours, theirs = pair
    expected = theirs(checkpoint_tokens(), output_attentions=True).attentions
    torch.testing.assert_close(attention_patterns(ours, checkpoint_tokens()), torch.stack(expected))


@torch.no_grad()
def test_the_residual_stream_equals_transformers(pair: tuple) -> None:
    ours, theirs = pair
    *expected, normed = theirs(checkpoint_tokens(), output_hidden_states=True).hidden_states
    stream = residual_stream(ours, checkpoint_tokens())
    torch.testing.assert_close(stream[:-1], torch.stack(expected), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(ours.final_norm(stream[-1]), normed, atol=1e-4, rtol=1e-4)  # theirs ends behind the norm


@each_kind
@torch.no_grad()
def test_the_lens_behind_the_last_block_gives_the_models_logits(kind: str) -> None:
    model, idx = lively(kind), tokens(2, 7)
    torch.testing.assert_close(logit_lens(model, residual_stream(model, idx))[-1], model(idx))


@each_kind
@torch.no_grad()
def test_heads_and_projection_add_up_to_attention(kind: str) -> None:
    model, idx = lively(kind), tokens(2, 7)
    layers = {str(layer): block.attention for layer, block in enumerate(model.blocks)}
    with outputs_of(layers) as found:
        model(idx)
    gathered = head_outputs(model, idx)  # (L, B, H, T, D)
    for layer, attention in layers.items():
        joined = gathered[int(layer)].transpose(1, 2).flatten(2)  # (B, T, H · D)
        torch.testing.assert_close(attention.out_proj(joined), found[layer])


@each_kind
@torch.no_grad()
def test_a_heads_output_is_its_weights_times_its_values(kind: str) -> None:
    model, idx = lively(kind), tokens(2, 7)
    attention = model.blocks[0].attention
    with inputs_of({"in": attention}) as found:
        model(idx)
    if kind == "GPT":
        v = attention.qkv_proj(found["in"]).chunk(3, dim=-1)[2].unflatten(-1, (3, -1)).transpose(1, 2)
    else:
        v = attention.v_proj(found["in"]).unflatten(-1, (2, -1)).transpose(1, 2).repeat_interleave(2, dim=1)
    torch.testing.assert_close(attention_patterns(model, idx)[0] @ v, head_outputs(model, idx)[0])


@each_kind
@torch.no_grad()
def test_looking_changes_nothing_and_leaves_no_hook(kind: str) -> None:
    model, idx = lively(kind), tokens(2, 7)
    before = model(idx)
    for look in (residual_stream, head_outputs, attention_patterns):
        look(model, idx)
    torch.testing.assert_close(model(idx), before, atol=0, rtol=0)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_hooks_are_gone_after_an_error_as_well() -> None:
    model = lively("GPT")
    with pytest.raises(ValueError, match=r"12"), outputs_of({"block": model.blocks[0]}):
        model(tokens(1, 99))
    assert not model.blocks[0]._forward_hooks


@pytest.mark.parametrize("look", [residual_stream, head_outputs, attention_patterns])
def test_a_model_of_another_kind_is_refused(look: object) -> None:
    with pytest.raises(ValueError, match=r"Linear has no blocks with an attention\.out_proj"):
        look(nn.Linear(2, 2), tokens(1, 2))


def test_a_stream_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="12 wide, got 5"):
        logit_lens(lively("GPT"), torch.zeros(2, 5))


def test_the_rank_counts_those_above() -> None:
    logits = torch.tensor([[0.0, 3.0, 1.0, 1.0], [5.0, 1.0, 1.0, 1.0]])
    assert rank_of(logits, 2).tolist() == [1, 1]
    assert rank_of(logits, 1).tolist() == [0, 1]
