"""Our losses of GRPO and DPO beside those of trl's trainers: the same model, the same tokens, value and gradient."""

from pathlib import Path

import pytest
import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from course_lib.alignment import dpo_loss, grpo_loss, token_log_probs

trl = pytest.importorskip("trl")

WORDS = ["<pad>", "<end>", *"abcdefghij"]
B, PROMPT, ANSWER = 6, 3, 5


def tiny(seed: int) -> GPT2LMHeadModel:
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=len(WORDS), n_positions=16, n_embd=16, n_layer=2, n_head=2, bos_token_id=1, eos_token_id=1
    )
    model = GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():  # far from the start, where all probabilities are alike
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model


def tokenizer() -> PreTrainedTokenizerFast:
    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<pad>"))
    words.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<end>")


def rows() -> tuple[Tensor, Tensor]:
    """Prompts with answers of unequal length, and which tokens are the answers': both (B, T)."""
    idx = torch.randint(2, len(WORDS), (B, PROMPT + ANSWER), generator=torch.Generator().manual_seed(3))
    length = torch.tensor([5, 3, 4, 1, 5, 2])
    place = torch.arange(PROMPT + ANSWER)
    return idx, (place >= PROMPT) & (place < PROMPT + length.unsqueeze(1))


def log_probs(model: GPT2LMHeadModel, idx: Tensor) -> Tensor:
    """log π of every token but the first, (B, T-1)."""
    return token_log_probs(model(idx).logits[:, :-1], idx[:, 1:])


def gradients(model: GPT2LMHeadModel, loss: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(loss, list(model.parameters())))


def settings(folder: Path) -> dict:
    return {"output_dir": str(folder), "report_to": [], "use_cpu": True, "bf16": False, "logging_strategy": "no"}


@pytest.mark.parametrize("beta", [0.0, 0.3])
def test_grpo_is_that_of_trl_with_a_mean_over_all_tokens(tmp_path: Path, beta: float) -> None:
    tiny(0).save_pretrained(tmp_path)  # with β, trl loads a reference of its own from where the policy came
    policy, old, reference = GPT2LMHeadModel.from_pretrained(tmp_path).eval(), tiny(1), tiny(2)
    idx, answer = rows()
    mask, advantages = answer[:, 1:], torch.tensor([1.0, -0.5, 2.0, 0.3, -1.5, -0.2])
    with torch.no_grad():  # as far from the policy as one step would take it, so that some ratios are clipped
        ours = log_probs(policy, idx)
        old_logs, reference_logs = (ours + 0.1 * (log_probs(some, idx) - ours) for some in (old, reference))
    loss = grpo_loss(log_probs(policy, idx), old_logs, reference_logs, advantages, mask, beta=beta)

    trainer = trl.GRPOTrainer(
        model=policy,
        reward_funcs=lambda completions, **_: [0.0] * len(completions),
        args=trl.GRPOConfig(
            **settings(tmp_path),
            beta=beta,
            loss_type="bnpo",
            epsilon=0.2,
            temperature=1.0,
            use_bias_correction_kl=False,  # a later change: KL times the ratio (DeepSeek-V3.2)
            per_device_train_batch_size=2,
            num_generations=2,
        ),
        train_dataset=Dataset.from_list([{"prompt": "abc"}] * 4),
        processing_class=tokenizer(),
    )
    last = slice(PROMPT - 1, None)  # what predicts the answers
    theirs = trainer.compute_loss(
        policy.eval(),
        {
            "prompt_ids": idx[:, :PROMPT],
            "prompt_mask": torch.ones(B, PROMPT, dtype=torch.long),
            "completion_ids": idx[:, PROMPT:],
            "completion_mask": answer[:, PROMPT:].long(),
            "advantages": advantages,
            "old_per_token_logps": old_logs[:, last],
            "ref_per_token_logps": reference_logs[:, last],
        },
    )
    ratio = (ours - old_logs).exp()[mask]
    assert 0 < ((ratio < 0.8) | (ratio > 1.2)).sum() < len(ratio)  # some are clipped, others not
    torch.testing.assert_close(loss, theirs)
    for our, their in zip(gradients(policy, loss), gradients(policy, theirs), strict=True):
        torch.testing.assert_close(our, their, atol=1e-5, rtol=1e-4)


def test_dpo_is_that_of_trl(tmp_path: Path) -> None:
    policy, reference = tiny(0), tiny(2)
    idx, answer = rows()
    whole = [(log_probs(model, idx) * answer[:, 1:]).sum(dim=1) for model in (policy, reference)]
    (chosen, rejected), (reference_chosen, reference_rejected) = (logs.chunk(2) for logs in whole)
    loss = dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta=0.1)

    trainer = trl.DPOTrainer(
        model=policy,
        ref_model=reference,
        args=trl.DPOConfig(**settings(tmp_path), beta=0.1, per_device_train_batch_size=2),
        train_dataset=Dataset.from_list([{"prompt": "abc", "chosen": "de", "rejected": "f"}] * 4),
        processing_class=tokenizer(),
    )
    theirs = trainer.compute_loss(
        policy.eval(),
        {"input_ids": idx, "attention_mask": torch.ones_like(idx), "completion_mask": answer.long()},
    )
    torch.testing.assert_close(loss, theirs)
    for our, their in zip(gradients(policy, loss), gradients(policy, theirs), strict=True):
        torch.testing.assert_close(our, their, atol=1e-5, rtol=1e-4)


def test_trl_multiplies_the_kl_of_grpo_by_the_ratio_unless_told_otherwise() -> None:
    """Lesson 17 says so of trl 1.16."""
    assert trl.GRPOConfig.__dataclass_fields__["use_bias_correction_kl"].default is True
