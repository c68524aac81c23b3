"""Speculative decoding: the law of the text is the target's, exactly; drafts of every kind; counts and the formula."""

from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from course_lib.generation import Sampling, generate
from course_lib.inference import (
    CountDraft,
    LookupDraft,
    ModelDraft,
    acceptance_rate,
    expected_tokens,
    law_of,
    law_of_text,
    look_up,
    residual,
    speculate,
    speedup,
    verify,
)
from course_lib.inference.laws import seeded_draw
from tests.inference.models import KINDS, lively


def drafts(V: int) -> dict:
    return {
        "model": lambda: ModelDraft(lively("GPT", V, seed=7)),
        "counts": lambda: CountDraft([[0, 1, 0, 2 % V, 0, 1, 1]], V),
        "lookup": lambda: LookupDraft(V, n=1),
    }


def drawn_law(V: int, seed: int) -> Tensor:
    return torch.softmax(2 * torch.randn(V, generator=torch.Generator().manual_seed(seed), dtype=torch.float64), dim=-1)


# One token, by enumeration


@given(V=st.integers(2, 6), seed=st.integers(0, 999))
@settings(max_examples=50, deadline=None)
def test_a_token_that_was_drafted_and_verified_has_the_law_of_the_target(V: int, seed: int) -> None:
    p, q, after = drawn_law(V, seed), drawn_law(V, seed + 1), drawn_law(V, seed + 2)

    def one_round(draw) -> int:
        return verify([draw(q)], q[None], torch.stack([p, after]), draw)[0][0]

    law = law_of(one_round)
    torch.testing.assert_close(torch.tensor([law[token] for token in range(V)], dtype=torch.float64), p)


def test_the_residual_by_hand() -> None:
    p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.6, 0.2])
    torch.testing.assert_close(residual(p, q), torch.tensor([1.0, 0.0, 0.0]))
    assert torch.equal(residual(p, p), p)
    assert float(acceptance_rate(p, q)) == pytest.approx(0.7)


# Whole texts, by enumeration


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("draft", ["model", "counts", "lookup"])
@pytest.mark.parametrize("k", [0, 1, 2, 3])
def test_texts_have_exactly_the_law_of_the_target(kind: str, draft: str, k: int) -> None:
    target, prompt, new = lively(kind, 3), [0, 1, 0], 3

    def program(draw) -> tuple[int, ...]:
        return tuple(speculate(target, drafts(3)[draft](), prompt, new, k=k, draw=draw).tokens[len(prompt) :])

    law, expected = law_of(program), law_of_text(target, prompt, new)
    assert law.keys() == expected.keys()
    assert max(abs(law[text] - expected[text]) for text in law) < 1e-6  # the draft's table is of float32


@pytest.mark.parametrize("sampling", [Sampling(temperature=0.7, top_k=2), Sampling(top_p=0.8), Sampling(temperature=0)])
def test_the_filters_act_on_the_law_as_in_generate(sampling: Sampling) -> None:
    target, prompt, new = lively("GPT", 4), [0, 1], 3
    law = law_of(
        lambda draw: tuple(
            speculate(target, drafts(4)["model"](), prompt, new, k=2, sampling=sampling, draw=draw).tokens[2:]
        )
    )
    expected = law_of_text(target, prompt, new, sampling)
    assert law.keys() == expected.keys()
    assert max(abs(law[text] - expected[text]) for text in law) < 1e-9


def test_a_rule_that_draws_from_the_target_after_a_refusal_has_another_law() -> None:
    # The test above can fail: without the residual the draft's favourites come too often.
    p, q = torch.tensor([0.5, 0.5]), torch.tensor([0.9, 0.1])

    def wrong(draw) -> int:
        token = draw(q)
        kept = min(1.0, float(p[token] / q[token]))
        return token if draw(torch.tensor([1 - kept, kept])) == 1 else draw(p)

    assert law_of(wrong)[0] == pytest.approx(0.7)  # 0.5 that stay, and half of the 0.4 that were refused


def test_on_a_larger_vocabulary_chi_square_sees_no_difference() -> None:
    target, draft, prompt = lively("GPT", 40), lively("GPT", 40, seed=5), [3, 1, 4]
    draw = seeded_draw(0)
    texts = [speculate(target, ModelDraft(draft), prompt, 2, k=2, draw=draw).tokens for _ in range(1500)]
    with torch.inference_mode():
        p = torch.softmax(target(torch.tensor([prompt]))[0, -1], dim=-1)
    law_of_second = Counter({key: value for key, value in law_of_text(target, prompt, 2).items()})
    second = [sum(value for (_, b), value in law_of_second.items() if b == token) for token in range(40)]
    for place, law in ((3, p.tolist()), (4, second)):
        counts = Counter(text[place] for text in texts)
        common = [token for token in range(40) if law[token] * len(texts) >= 5]
        rest = [token for token in range(40) if token not in common]
        pairs = [(counts[token], law[token] * len(texts)) for token in common]
        pairs.append((sum(counts[token] for token in rest), sum(law[token] for token in rest) * len(texts)))
        statistic = sum((seen - due) ** 2 / due for seen, due in pairs)
        degrees = len(pairs) - 1
        assert statistic < degrees + 4 * (2 * degrees) ** 0.5  # four standard deviations


# Greedy texts, ends, counts


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("draft", ["model", "counts", "lookup"])
@given(prompt=st.lists(st.integers(0, 10), min_size=1, max_size=6), new=st.integers(0, 12), k=st.integers(0, 5))
@settings(max_examples=15, deadline=None)
def test_greedy_texts_are_those_of_generate(kind: str, draft: str, prompt: list[int], new: int, k: int) -> None:
    target = lively(kind)
    told = speculate(target, drafts(11)[draft](), prompt, new, k=k, sampling=Sampling(temperature=0))
    assert told.tokens == generate(target, torch.tensor([prompt]), new, temperature=0)[0].tolist()
    assert told.rounds + told.accepted == new  # each round gives the accepted ones and one more


def test_a_draft_that_is_the_target_is_always_kept() -> None:
    target = lively("Llama")
    told = speculate(target, ModelDraft(target), [1, 2], 20, k=4, seed=0)
    assert (told.rounds, told.drafted, told.accepted) == (4, 16, 16)


def test_a_text_ends_at_its_stop_token() -> None:
    target = lively("GPT")
    text = generate(target, torch.tensor([[1, 2]]), 10, temperature=0)[0].tolist()
    stop = text[5]
    told = speculate(
        target, ModelDraft(target), [1, 2], 10, k=4, sampling=Sampling(temperature=0), stop_token=stop
    ).tokens
    assert told == text[: text.index(stop, 2) + 1]


def test_the_same_seed_gives_the_same_text() -> None:
    texts = [speculate(lively("GPT"), drafts(11)["model"](), [1], 20, seed=4).tokens for _ in range(2)]
    assert texts[0] == texts[1]


def test_the_formulas_by_hand() -> None:
    assert expected_tokens(0.5, 2) == 1.75
    assert expected_tokens(1.0, 3) == 4
    assert expected_tokens(0.9, 4) == pytest.approx((1 - 0.9**5) / (1 - 0.9))
    assert speedup(0.5, 2, cost=0.25) == pytest.approx(1.75 / 1.5)


def test_the_formula_predicts_the_tokens_of_a_round() -> None:
    p, q = drawn_law(6, 1), drawn_law(6, 2)
    law = law_of(lambda draw: len(verify([draw(q), draw(q)], torch.stack([q, q]), torch.stack([p, p, p]), draw)[0]))
    rate = float(acceptance_rate(p, q))
    assert sum(tokens * share for tokens, share in law.items()) == pytest.approx(expected_tokens(rate, 2))


# Drafts


def test_lookup_takes_the_latest_place_and_never_the_ending_itself() -> None:
    assert look_up([1, 2, 5, 1, 2, 6, 7, 1, 2], n=2, k=2) == [6, 7]
    assert look_up([1, 2, 5, 1, 2, 6, 7, 1, 2], n=2, k=9) == [6, 7, 1, 2]
    assert look_up([1, 1, 1], n=1, k=3) == [1]
    assert look_up([1, 2, 3], n=1, k=3) == []
    assert look_up([1], n=2, k=3) == []
    with pytest.raises(ValueError, match="n >= 1 and k >= 0, got n=0"):
        look_up([1], 0, 1)


def test_counts_fall_back_to_shorter_contexts() -> None:
    draft = CountDraft([[0, 1, 2, 1, 2, 1, 3]], vocab_size=5)
    torch.testing.assert_close(draft.logits([1]).exp(), torch.tensor([0, 0, 2 / 3, 1 / 3, 0]))
    torch.testing.assert_close(draft.logits([2, 1]).exp(), torch.tensor([0, 0, 0.5, 0.5, 0]))
    torch.testing.assert_close(draft.logits([4, 4]).exp(), torch.tensor([1, 3, 2, 1, 0]) / 7)
    with pytest.raises(ValueError, match="order must be at least 1"):
        CountDraft([[1]], 2, order=0)


def test_wrong_input_is_refused() -> None:
    target, draft = lively("GPT"), LookupDraft(11)
    with pytest.raises(ValueError, match="at least one token"):
        speculate(target, draft, [], 3)
    with pytest.raises(ValueError, match="got max_new_tokens=-1"):
        speculate(target, draft, [1], -1)
    with pytest.raises(ValueError, match="30 tokens and 3 more do not fit into the model's seq_len = 32"):
        speculate(target, draft, [1] * 30, 3)
    with pytest.raises(ValueError, match="repetition_penalty"):
        speculate(target, draft, [1], 3, sampling=Sampling(repetition_penalty=1.1))
