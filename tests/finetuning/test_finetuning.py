"""Fine-tuning: requests, the template, what counts, walls between packed examples, LoRA."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_lib.config import GPTConfig, LlamaConfig
from course_lib.corpus import write_story
from course_lib.finetuning import (
    IGNORED,
    ChatTemplate,
    Example,
    LoRALinear,
    Walls,
    add_lora,
    answer_loss,
    answer_nats,
    answer_targets,
    answers,
    block_mask,
    finetune,
    grow_vocabulary,
    grow_window,
    judge_answer,
    lora_parameters,
    mean_answer_nats,
    merge_lora,
    pack,
    pad,
    request_for,
    request_of,
    restarted_positions,
    training_memory,
)
from course_lib.gpt import GPT
from course_lib.llama import Llama
from course_lib.tokenization import END_OF_TEXT, train_tokenizer

SIZES = {"vocab_size": 40, "seq_len": 32, "n_layer": 2, "n_embd": 16, "n_head": 2}
EXAMPLES = [Example(tuple(range(1, n + 1)), start) for n, start in ((12, 4), (7, 3), (9, 5), (20, 6), (4, 2))]


def small(kind: type = Llama) -> nn.Module:
    config = GPTConfig(**SIZES, dropout=0.0) if kind is GPT else LlamaConfig(**SIZES, n_kv_head=1, hidden_dim=24)
    return kind(config, torch.Generator().manual_seed(0)).eval()


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


# Requests


@pytest.mark.parametrize(
    ("plot", "thing", "words"),
    [
        ("sharing", "kite", "a kite"),
        ("birthday", "umbrella", "an umbrella"),
        ("sandcastle", "shells", "shells"),
        ("skill", "ride a bike", "how to ride a bike"),
    ],
)
def test_a_request_names_hero_object_and_lesson_in_english(plot: str, thing: str, words: str) -> None:
    request = request_for({"plot": plot, "hero": "Lily", "object": thing, "lesson": "patience", "friend": "Tom"})
    assert request.text == f"Tell a story about Lily, {words} and patience."
    assert request.given == {"hero": "Lily", "object": thing, "lesson": "patience"}


def test_a_story_meets_the_request_that_is_made_of_it_and_no_other() -> None:
    story = write_story(3).text
    request = request_of(story)
    assert request.text == "Tell a story about Lily, a hamster and kindness."
    assert judge_answer(story, request.given).met
    other = judge_answer(story, {**request.given, "hero": "Mia"})
    assert (other.possible, other.met, other.told) == (True, False, {"object", "lesson"})


def test_an_impossible_story_meets_nothing_but_says_how_far_it_got() -> None:
    story = write_story(3).text
    verdict = judge_answer(story[:-30] + "the end.", request_of(story).given)
    assert not verdict.possible
    assert not verdict.met
    assert verdict.told == {"hero", "object", "lesson"}
    with pytest.raises(ValueError, match="nobody can have asked for it"):
        request_of(story[:-30])


# The template


def template() -> ChatTemplate:
    return ChatTemplate(lambda text: [ord(c) - 97 for c in text], end=30, user=31, storyteller=32)


def test_request_and_answer_are_laid_out_with_their_speakers_and_an_end() -> None:
    example = template().lay_out("ab", "cde")
    assert example.ids == (30, 31, 0, 1, 32, 2, 3, 4, 30)
    assert example.start == 5


def test_what_is_given_at_use_is_what_was_trained_with() -> None:
    assert template().lay_out("ab").prompt == template().lay_out("ab", "cde").prompt == [30, 31, 0, 1, 32]


def test_a_tokenizers_new_tokens_get_the_next_ids_once() -> None:
    tokenizer = train_tokenizer(["one two three"] * 3, vocab_size=280)
    before = tokenizer.get_vocab_size()
    made = ChatTemplate.of(tokenizer)
    assert (made.user, made.storyteller) == (before, before + 1)
    assert made.end == tokenizer.token_to_id(END_OF_TEXT)
    assert ChatTemplate.of(tokenizer).user == before
    assert made.user not in made.lay_out("<|usr|>", "one").ids[2:]


@pytest.mark.parametrize("kind", [GPT, Llama])
def test_new_tokens_leave_the_logits_of_the_others_as_they_were(kind: type) -> None:
    model, idx = small(kind), torch.arange(10)[None]
    before = model(idx)
    tied = model.head.weight is model.token_embedding.weight
    grow_vocabulary(model, 43)
    after = model(idx)
    torch.testing.assert_close(after[..., :40], before)
    torch.testing.assert_close(model.token_embedding.weight[41], model.token_embedding.weight[:40].mean(0))
    assert (model.head.weight is model.token_embedding.weight) is tied
    assert model.config.vocab_size == after.shape[-1] == 43
    with pytest.raises(ValueError, match="cannot be made 20"):
        grow_vocabulary(model, 20)


def test_a_longer_window_leaves_the_short_texts_as_they_were() -> None:
    model, idx = small(GPT), torch.arange(32)[None]
    before = model(idx)
    grow_window(model, 48)
    torch.testing.assert_close(model(idx), before)
    assert model(torch.arange(40)[None]).shape == (1, 40, 40)
    with pytest.raises(ValueError, match="reads 48 tokens already"):
        grow_window(model, 48)


# What counts


def test_only_the_answer_and_its_end_are_targets() -> None:
    assert answer_targets([9, 8, 7, 6, 5, 4], 3) == [IGNORED, IGNORED, 6, 5, 4]
    assert answer_targets([9, 8, 7], 1) == [8, 7]


def test_the_masked_loss_is_the_mean_by_hand_in_value_and_gradient() -> None:
    logits = drawn(2, 5, 7).requires_grad_()
    y = torch.tensor([[IGNORED, 3, 1, IGNORED, IGNORED], [IGNORED, IGNORED, IGNORED, 0, 6]])
    by_hand = -sum(logits[b, t].log_softmax(-1)[y[b, t]] for b, t in ((0, 1), (0, 2), (1, 3), (1, 4))) / 4
    loss = answer_loss(logits, y)
    torch.testing.assert_close(loss, by_hand)
    ours, theirs = (torch.autograd.grad(value, logits)[0] for value in (loss, by_hand))
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(answer_nats(logits, y).sum(), 4 * loss)


def test_a_batch_without_an_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="no target counts"):
        answer_loss(drawn(1, 3, 4), torch.full((1, 3), IGNORED))


# Padding and packing


def test_every_answer_counts_once_padded_or_packed_and_nothing_else() -> None:
    wanted = sorted(token for e in EXAMPLES for token in e.ids[e.start :])
    for batch in (pad(EXAMPLES, 0), pack(EXAMPLES, 20, 0)):
        assert sorted(batch.y[batch.y != IGNORED].tolist()) == wanted
        assert (batch.y[batch.segments < 0] == IGNORED).all()
    assert len(pad(EXAMPLES, 0).x) == 5
    assert len(pack(EXAMPLES, 20, 0).x) == 3  # 19; 11 + 8; 6 + 3


def test_an_example_longer_than_a_row_is_refused() -> None:
    with pytest.raises(ValueError, match="19 inputs does not fit into a row of 10"):
        pack(EXAMPLES, 10, 0)


def test_the_mask_has_blocks_along_its_diagonal() -> None:
    mask = block_mask(torch.tensor([[0, 0, 1, 1, -1]]))[0].int().tolist()
    assert mask == [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]]
    assert restarted_positions(torch.tensor([[0, 0, 1, 1, 1, -1]])).tolist() == [[0, 1, 0, 1, 2, 0]]


@pytest.mark.parametrize("kind", [GPT, Llama])
def test_packed_equals_unpacked_in_loss_and_gradient(kind: type) -> None:
    model = small(kind).double()
    padded, packed = pad(EXAMPLES, 0), pack(EXAMPLES, 24, 0)
    losses = [answer_loss(model(padded.x), padded.y), answer_loss(model(packed.x, Walls(packed.segments)), packed.y)]
    torch.testing.assert_close(*losses, atol=1e-6, rtol=0)
    gradients = [torch.autograd.grad(loss, list(model.parameters())) for loss in losses]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)


def test_without_walls_packing_is_something_else() -> None:
    model, packed = small(), pack(EXAMPLES, 24, 0)
    with_walls = answer_loss(model(packed.x, Walls(packed.segments)), packed.y)
    assert abs(answer_loss(model(packed.x), packed.y) - with_walls) > 1e-5


def test_what_fills_a_row_up_changes_no_answer() -> None:
    model = small()
    one, other = pad(EXAMPLES, 0), pad(EXAMPLES, 33)
    torch.testing.assert_close(answer_nats(model(one.x), one.y), answer_nats(model(other.x), other.y))


# LoRA


def test_lora_begins_as_the_base_and_computes_the_formula_of_peft() -> None:
    base, x = nn.Linear(6, 5), drawn(3, 6)
    layer = LoRALinear(base, rank=2, alpha=8, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(layer(x), base(x))
    with torch.no_grad():
        layer.b.copy_(drawn(5, 2))
    # peft's Linear.forward: result + lora_B(lora_A(x)) * scaling, two layers without bias, scaling = lora_alpha / r.
    lora_a, lora_b = nn.Linear(6, 2, bias=False), nn.Linear(2, 5, bias=False)
    lora_a.weight, lora_b.weight = nn.Parameter(layer.a.detach().clone()), nn.Parameter(layer.b.detach().clone())
    theirs = base(x) + lora_b(lora_a(x)) * (8 / 2)
    torch.testing.assert_close(layer(x), theirs)
    target = drawn(3, 5)
    F.mse_loss(layer(x), target).backward()
    F.mse_loss(theirs, target).backward()
    torch.testing.assert_close(layer.a.grad, lora_a.weight.grad)
    torch.testing.assert_close(layer.b.grad, lora_b.weight.grad)
    torch.testing.assert_close(F.linear(x, layer.weight, base.bias), layer(x))


@pytest.mark.parametrize("kind", [GPT, Llama])
def test_merged_is_unmerged_and_has_the_bases_layers_again(kind: type) -> None:
    model, idx = small(kind), torch.arange(12)[None]
    names = [name for name, _ in model.named_parameters()]
    add_lora(model, 2, 4, generator=torch.Generator().manual_seed(0))
    for name, parameter in lora_parameters(model):
        nn.init.normal_(parameter, std=0.1, generator=torch.Generator().manual_seed(len(name)))
    unmerged = model(idx)
    merge_lora(model)
    torch.testing.assert_close(model(idx), unmerged, atol=1e-5, rtol=1e-5)
    assert [name for name, _ in model.named_parameters()] == names
    assert all(p.requires_grad for p in model.parameters())
    with pytest.raises(ValueError, match="merged before"):
        merge_lora(model)


def test_only_lora_learns_and_its_memory_is_counted() -> None:
    model = small()
    whole = training_memory(model)
    numbers = sum(p.numel() for p in model.parameters())
    assert whole == (4 * numbers, 4 * numbers, 8 * numbers)
    layers = add_lora(model, 2, 4, names=("q_proj", "v_proj"))
    assert layers == [f"blocks.{i}.attention.{name}_proj" for i in (0, 1) for name in "qv"]
    learn = 2 * (2 * (16 + 16) + 2 * (16 + 8))  # two layers: q is 16 × 16, v is 8 × 16
    assert training_memory(model).optimizer == 8 * learn
    before = {name: p.clone() for name, p in model.named_parameters()}
    finetune(model, EXAMPLES, steps=3, batch_size=2, learning_rate=0.01)
    changed = {name for name, p in model.named_parameters() if not torch.equal(p, before[name])}
    assert changed == {name for name, _ in lora_parameters(model)}


@pytest.mark.parametrize(
    ("kind", "names"), [(GPT, {"qkv", "out", "up", "down"}), (Llama, set("qkv") | {"out", "gate", "up", "down"})]
)
def test_every_linear_layer_but_the_head_gets_lora_unless_said_otherwise(kind: type, names: set[str]) -> None:
    layers = add_lora(small(kind), 2, 4)
    assert {name.split(".")[-1].removesuffix("_proj") for name in layers} == names
    assert len(layers) == 2 * len(names)


def test_lora_refuses_what_it_cannot_do() -> None:
    with pytest.raises(ValueError, match="rank must be between 1 and 5, got 6"):
        LoRALinear(nn.Linear(7, 5), 6, 1)
    model = small()
    with pytest.raises(ValueError, match="no linear layer of Llama is called query"):
        add_lora(model, 2, 4, names=("query",))
    add_lora(model, 2, 4)
    with pytest.raises(ValueError, match="has LoRA already"):
        add_lora(model, 2, 4)


# Training


@pytest.mark.parametrize("packed_length", [None, 24])
def test_answers_are_learned_and_packing_learns_the_same(packed_length: int | None) -> None:
    model = small()
    before = mean_answer_nats(model, EXAMPLES).mean
    losses = finetune(model, EXAMPLES, steps=30, batch_size=5, learning_rate=0.01, packed_length=packed_length)
    assert losses[-1] < 0.5 * losses[0]
    assert mean_answer_nats(model, EXAMPLES).mean < 0.5 * before


def test_padded_and_packed_runs_have_the_same_losses() -> None:
    runs = [finetune(small(), EXAMPLES, steps=4, batch_size=3, packed_length=length) for length in (None, 24)]
    assert runs[0] == pytest.approx(runs[1], abs=1e-5)


def test_too_few_examples_are_refused() -> None:
    with pytest.raises(ValueError, match="a batch of 16 needs as many examples, got 5"):
        finetune(small(), EXAMPLES, steps=1)


def test_an_answer_stops_where_the_model_says_so() -> None:
    tokenizer = train_tokenizer(["tell a story of lily"] * 3, vocab_size=270)
    made = ChatTemplate.of(tokenizer)
    size = tokenizer.get_vocab_size()
    config = replace(LlamaConfig(**SIZES, n_kv_head=1, hidden_dim=24), vocab_size=size, seq_len=64)
    model = Llama(config, torch.Generator().manual_seed(0))
    examples = [made.lay_out("lily", "a story")] * 4
    finetune(model, examples, steps=40, batch_size=4, learning_rate=0.01)
    assert answers(model, made, tokenizer, ["lily", "lily"], temperature=0, max_new_tokens=20) == ["a story"] * 2
