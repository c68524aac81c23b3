"""Losses in chunks equal the plain one; a story's loss equals its tokens' one by one."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_lib.config import GPTConfig, LlamaConfig
from course_lib.data import TokenDataset
from course_lib.gpt import GPT, next_token_loss
from course_lib.llama import Llama
from course_lib.tokenization import train_tokenizer
from course_lib.training import LossModule, TrainConfig, chunked_next_token_loss, evaluate
from course_lib.training.loss import IGNORED
from course_lib.training.story_loss import story_loss

SHAPE = {"vocab_size": 60, "seq_len": 16, "n_layer": 2, "n_embd": 24, "n_head": 3}


def models() -> list[nn.Module]:
    generator = torch.Generator().manual_seed(0)
    tied = LlamaConfig(**SHAPE, hidden_dim=32)
    untied = LlamaConfig(**SHAPE, hidden_dim=32, tie_embeddings=False)
    return [GPT(GPTConfig(**SHAPE), generator), Llama(tied, generator), Llama(untied, generator)]


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    tokens = torch.randint(60, (3, 17), generator=torch.Generator().manual_seed(1))
    return tokens[:, :-1], tokens[:, 1:]


@pytest.mark.parametrize("rows", [1, 7, 16, 48, 1_000])
@pytest.mark.parametrize("number", range(3))
def test_chunks_equal_all_at_once_in_value_and_gradient(number: int, rows: int, batch: tuple) -> None:
    # In float64, so that what differs is the order of sums alone.
    plain, chunked = models()[number].double(), models()[number].double()
    whole = next_token_loss(plain(batch[0]), batch[1])
    in_chunks = LossModule(chunked, rows)(*batch)
    torch.testing.assert_close(in_chunks, whole, atol=1e-12, rtol=1e-12)
    (3 * whole).backward()  # a factor, as accumulation has it
    (3 * in_chunks).backward()
    for one, other in zip(chunked.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, atol=1e-12, rtol=1e-10)


def test_chunks_without_gradients_give_the_same(batch: tuple) -> None:
    model = models()[0].double()
    with torch.no_grad():
        in_chunks = chunked_next_token_loss(model.hidden(batch[0]), model.head.weight, batch[1], rows=5)
        torch.testing.assert_close(in_chunks, next_token_loss(model(batch[0]), batch[1]), atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("rows", [1, 5, 48])
def test_ignored_targets_count_neither_in_the_loss_nor_in_its_gradients(rows: int, batch: tuple) -> None:
    x, y = batch[0], batch[1].clone()
    y[0, 3:] = IGNORED
    y[2] = IGNORED
    plain, chunked = models()[0].double(), models()[0].double()
    whole, in_chunks = next_token_loss(plain(x), y), LossModule(chunked, rows)(x, y)
    torch.testing.assert_close(in_chunks, whole, atol=1e-12, rtol=1e-12)
    with torch.no_grad():
        torch.testing.assert_close(LossModule(chunked, rows)(x, y), whole, atol=1e-12, rtol=1e-12)
    whole.backward()
    in_chunks.backward()
    for one, other in zip(chunked.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, atol=1e-12, rtol=1e-10)


def test_chunks_refuse_a_second_derivative(batch: tuple) -> None:
    hidden, head = torch.randn(3, 16, 4, requires_grad=True), torch.randn(60, 4)
    loss = chunked_next_token_loss(hidden, head, batch[1], 5)
    with pytest.raises(RuntimeError, match=r"no second derivatives.*chunk_rows = None"):
        torch.autograd.grad(loss, hidden, create_graph=True)


def test_a_target_that_is_next_to_impossible_has_a_finite_loss() -> None:
    hidden, head = torch.tensor([[[500.0], [500.0]]], requires_grad=True), torch.tensor([[1.0], [0.0], [-1.0]])
    targets = torch.tensor([[2, 0]])  # exp(-1000) is no float32 any more
    loss = chunked_next_token_loss(hidden, head, targets, rows=1)
    loss.backward()
    assert loss.item() == pytest.approx(500)  # (1000 + 0) / 2
    torch.testing.assert_close(hidden.grad, torch.tensor([[[1.0], [0.0]]]))  # (head[likeliest] - head[target]) / 2


def test_chunks_work_under_autocast(batch: tuple) -> None:
    plain, chunked = models()[0], models()[0]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        whole = LossModule(plain)(*batch)
        in_chunks = LossModule(chunked, 7)(*batch)
    whole.backward()
    in_chunks.backward()
    assert whole.item() == pytest.approx(in_chunks.item(), rel=1e-2)  # bfloat16 has 8 bits
    for one, other in zip(chunked.parameters(), plain.parameters(), strict=True):
        assert one.grad.dtype == torch.float32
        assert F.cosine_similarity(one.grad.flatten(), other.grad.flatten(), dim=0) > 0.99


def test_what_chunks_cannot_do_is_refused(batch: tuple) -> None:
    hidden, head = torch.zeros(3, 16, 24), torch.zeros(60, 24)
    with pytest.raises(ValueError, match="one target a position"):
        chunked_next_token_loss(hidden, head, batch[1][:, :-1])
    with pytest.raises(ValueError, match="rows must be at least 1, got 0"):
        chunked_next_token_loss(hidden, head, batch[1], rows=0)
    with pytest.raises(ValueError, match=r"Embedding has no method hidden.*chunk_rows = None"):
        LossModule(nn.Embedding(60, 60), 512)


# Nats a story

TEXTS = ["Lily had a red ball.", "Tom saw a big dog and ran home.", "One day, Mia fell."]


def test_a_storys_loss_is_the_sum_over_its_tokens_and_its_end() -> None:
    tokenizer = train_tokenizer(TEXTS, vocab_size=280)
    model = GPT(GPTConfig(vocab_size=280, seq_len=64, n_layer=1, n_embd=16, n_head=2, dropout=0.5))
    by_hand = []
    model.eval()
    for text in TEXTS:
        ids = [0, *tokenizer.encode(text, add_special_tokens=False).ids, 0]  # end-of-text has the id 0
        log_p = model(torch.tensor([ids[:-1]]))[0].log_softmax(dim=-1)
        by_hand.append(-sum(log_p[position, token].item() for position, token in enumerate(ids[1:])))
    model.train()
    measured = story_loss(model, tokenizer, TEXTS)
    assert model.training
    assert measured.mean == pytest.approx(sum(by_hand) / 3, rel=1e-5)
    spread = math.sqrt(sum((value - sum(by_hand) / 3) ** 2 for value in by_hand) / 2)
    assert measured.standard_error == pytest.approx(spread / math.sqrt(3), rel=1e-3)


def test_stories_that_cannot_be_judged_are_refused() -> None:
    tokenizer = train_tokenizer(TEXTS, vocab_size=280)
    model = GPT(GPTConfig(vocab_size=280, seq_len=8, n_layer=1, n_embd=16, n_head=2))
    with pytest.raises(ValueError, match="at least 2 stories, got 1"):
        story_loss(model, tokenizer, TEXTS[:1])
    with pytest.raises(ValueError, match=r"between 1 and the model's seq_len = 8, got 9"):
        story_loss(model, tokenizer, TEXTS, stride=9)


def test_behind_the_window_a_story_is_told_from_its_last_tokens_as_generate_does() -> None:
    tokenizer = train_tokenizer(TEXTS, vocab_size=280)
    model = GPT(GPTConfig(vocab_size=280, seq_len=8, n_layer=1, n_embd=16, n_head=2), torch.Generator().manual_seed(0))
    end = tokenizer.token_to_id("<|endoftext|>")
    wanted = []
    with torch.no_grad():
        for text in TEXTS:
            ids = [end, *tokenizer.encode(text, add_special_tokens=False).ids, end]
            assert len(ids) > 9
            by_hand = 0.0
            for t in range(1, len(ids)):
                logits = model(torch.tensor([ids[max(0, t - 8) : t]]))[0, -1]
                by_hand -= logits.log_softmax(-1)[ids[t]].item()
            wanted.append(by_hand)
    assert story_loss(model, tokenizer, TEXTS).mean == pytest.approx(sum(wanted) / len(wanted), rel=1e-5)


@pytest.mark.parametrize("stride", [1, 3, 8])
def test_every_token_of_a_story_counts_once_whatever_the_stride(stride: int) -> None:
    tokenizer = train_tokenizer(TEXTS, vocab_size=280)
    uniform = GPT(GPTConfig(vocab_size=280, seq_len=8, n_layer=1, n_embd=16, n_head=2))
    nn.init.zeros_(uniform.token_embedding.weight)
    tokens = [len(tokenizer.encode(text, add_special_tokens=False).ids) + 1 for text in TEXTS]
    wanted = math.log(280) * sum(tokens) / len(tokens)
    assert story_loss(uniform, tokenizer, TEXTS, stride=stride).mean == pytest.approx(wanted, rel=1e-6)


def test_a_short_last_batch_counts_by_its_targets_in_a_validation() -> None:
    model = GPT(GPTConfig(vocab_size=50, seq_len=8, n_layer=1, n_embd=8, n_head=1), torch.Generator().manual_seed(0))
    data = TokenDataset(torch.arange(5 * 8 + 1) ** 2 % 50, seq_len=8)
    wanted = TrainConfig(steps=1, warmup_steps=0, batch_size=4, eval_batches=100)
    x, y = (torch.stack(part) for part in zip(*(data[i] for i in range(len(data))), strict=True))
    assert len(data) % 4 == 1
    assert evaluate(model, data, wanted) == pytest.approx(next_token_loss(model(x), y).item(), rel=1e-5)
