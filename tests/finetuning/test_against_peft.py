"""Our LoRA beside peft's, on the same model with the same numbers."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from course_lib.config import GPTConfig, LlamaConfig
from course_lib.finetuning import LoRALinear, add_lora, lora_parameters, merge_lora
from course_lib.gpt import GPT
from course_lib.llama import Llama

peft = pytest.importorskip("peft")

SIZES = {"vocab_size": 40, "seq_len": 32, "n_layer": 2, "n_embd": 16, "n_head": 2}
RANK, ALPHA = 3, 7.0


@pytest.mark.parametrize("kind", [GPT, Llama])
def test_the_same_numbers_give_the_logits_gradients_and_merged_weights_of_peft(kind: type) -> None:
    config = GPTConfig(**SIZES, dropout=0.0) if kind is GPT else LlamaConfig(**SIZES, n_kv_head=1, hidden_dim=24)
    base = kind(config, torch.Generator().manual_seed(0)).eval()
    ours, theirs = deepcopy(base), deepcopy(base)
    names = add_lora(ours, RANK, ALPHA, generator=torch.Generator().manual_seed(0))
    for _, parameter in lora_parameters(ours):  # B begins with zeros, which would show little
        nn.init.normal_(parameter, std=0.2, generator=torch.Generator().manual_seed(parameter.numel()))
    theirs = peft.inject_adapter_in_model(peft.LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=names), theirs)
    for name in names:
        layer, their_layer = ours.get_submodule(name), theirs.get_submodule(name)
        assert isinstance(layer, LoRALinear)
        their_layer.lora_A["default"].weight.data.copy_(layer.a.data)
        their_layer.lora_B["default"].weight.data.copy_(layer.b.data)

    idx = torch.randint(0, 40, (2, 12), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(ours(idx), theirs(idx))
    ours(idx).square().mean().backward()
    theirs(idx).square().mean().backward()
    learn = {name for name, parameter in theirs.named_parameters() if parameter.requires_grad}
    assert len(learn) == len(list(lora_parameters(ours))) == 2 * len(names)
    for name in names:
        layer, their_layer = ours.get_submodule(name), theirs.get_submodule(name)
        torch.testing.assert_close(layer.a.grad, their_layer.lora_A["default"].weight.grad)
        torch.testing.assert_close(layer.b.grad, their_layer.lora_B["default"].weight.grad)

    merge_lora(ours)
    for name in names:
        their_layer = theirs.get_submodule(name)
        their_layer.merge()
        torch.testing.assert_close(ours.get_submodule(name).weight, their_layer.base_layer.weight)
