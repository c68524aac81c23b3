import math

import pytest
import torch

from course_lib.attention import attention_weights, scaled_dot_product_attention
from course_lib.multi_head_attention import merge_heads, split_heads
from course_lib.show import diagram
from course_lib.show.sentence import MEANINGS, NEXT, VOCABULARY, WORDS, Sentence
from tests.show.drawings import assert_well_drawn

SHE, SAW, LILY = WORDS.index("she"), WORDS.index("saw"), WORDS.index("Lily")
sentence = Sentence()


def close(tensor, *numbers, within=0.005):
    return torch.allclose(tensor, torch.tensor(numbers), atol=within, rtol=0)


def test_every_number_that_is_given_is_a_whole_or_a_half():
    for name in ("token_embedding", "position_embedding", "w_q", "w_k", "w_v", "w_o", "w_up", "w_down"):
        numbers = getattr(sentence, name) * 2
        assert torch.equal(numbers, numbers.round()), name
        assert numbers.abs().max() <= 4


def test_by_hand_the_query_of_she_meets_five_keys():
    assert sentence.ids.tolist() == [0, 1, 2, 3, 4]
    assert sentence.x[SHE].tolist() == [1, 0, 0, 2]
    assert sentence.q[SHE].tolist() == [2, 2, 2, 0]  # who: 2·1; the place, 2, twice; no action
    assert sentence.k.tolist() == [[-1, 1, 0, 1], [0, 0, 2, 0], [1, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]]
    assert sentence.scores[SHE].tolist() == [0, 2, 2, 0, 1]  # (−2+2)/2, 4/2, (2+2)/2, 0/2, 2/2


def test_by_hand_one_head_finds_lily_and_saw_alike():
    e = [1, math.e**2, math.e**2, 1, math.e]
    assert close(sentence.weights[SHE], *(number / sum(e) for number in e), within=1e-6)
    assert close(sentence.weights[SHE], 0.05, 0.38, 0.38, 0.05, 0.14)
    assert close(sentence.attended[SHE], 0.47, 0.43, 0.38, 0.0)


def test_by_hand_two_heads_find_one_each():
    first, second = sentence.head_weights[:, SHE]
    big, small = math.e ** (4 / 2**0.5), math.e ** (2 / 2**0.5)  # 16.9 and 4.1
    assert close(first, *(number / (big + small + 3) for number in (1, 1, big, 1, small)), within=1e-6)
    assert close(second, *(number / (big + 4) for number in (1, big, 1, 1, 1)), within=1e-6)
    assert first.argmax() == LILY
    assert second.argmax() == SAW
    assert close(first, 0.04, 0.04, 0.70, 0.04, 0.17)
    assert close(second, 0.05, 0.81, 0.05, 0.05, 0.05)
    assert close(sentence.merged[SHE], 0.83, 0.75, 0.81, 0.0)


def test_by_hand_the_mlp_takes_away_who_and_adds_an_action():
    assert close(sentence.after_attention[SHE], 1.83, 0.37, 0.81, 2.0)
    assert close(sentence.hidden[SHE], 1.745, 1.772, -0.061, within=0.0005)  # gelu of 1.81, 1.83 and −1.83
    assert close(sentence.after_mlp[SHE], 0.0, 1.25, 2.55, 2.0)
    assert close(sentence.after_mlp[:, 0], 0.0, 0.0, 0.0, 0.0, 0.0, within=1e-6)  # gelu(g) − gelu(−g) = g


def test_by_hand_the_probability_of_the_next_word_and_its_loss():
    logits = [1.25, 2.55, 1.25, 0, 0, 0, 3.80, 1.31]  # products with the eight embeddings
    assert close(sentence.logits[SHE], *logits)
    powers = [math.exp(logit) for logit in logits]
    assert VOCABULARY[sentence.probabilities[SHE].argmax()] == NEXT
    assert sentence.probabilities[SHE, 6].item() == pytest.approx(powers[6] / sum(powers), abs=0.005)
    assert sentence.probabilities[SHE, 6].item() == pytest.approx(0.628, abs=0.0005)
    assert sentence.loss() == pytest.approx(0.466, abs=0.0005)
    assert sentence.loss() < math.log(8)  # of a guess


def test_before_the_mlp_it_would_have_repeated_lily():
    logits = sentence.after_attention[SHE] @ sentence.token_embedding.T
    assert VOCABULARY[logits.argmax()] == "Lily"


def test_the_course_own_functions_give_the_same():
    q, k, v = sentence.q, sentence.k, sentence.v
    assert torch.allclose(attention_weights(q, k), sentence.weights)
    assert torch.allclose(scaled_dot_product_attention(q, k, v), sentence.attended)
    heads = scaled_dot_product_attention(*(split_heads(part[None], 2) for part in (q, k, v)))
    assert torch.allclose(merge_heads(heads)[0], sentence.merged)
    loss = torch.nn.functional.cross_entropy(sentence.logits[-1:], torch.tensor([VOCABULARY.index(NEXT)]))
    assert loss.item() == pytest.approx(sentence.loss(), abs=1e-6)


def test_a_shorter_sentence_knows_nothing_of_what_comes_later():
    shorter = Sentence(WORDS[:3])
    assert torch.allclose(shorter.probabilities, sentence.probabilities[:3])


def test_words_it_does_not_know_are_refused():
    with pytest.raises(ValueError, match=r"words of Tom, saw, .* got \('Tom', 'sang'\)"):
        Sentence(("Tom", "sang"))
    with pytest.raises(ValueError, match="1 to 5 words"):
        Sentence(())
    with pytest.raises(ValueError, match="'sang' is not one of"):
        sentence.loss("sang")


def test_it_is_drawn_with_a_column_per_token():
    drawn = diagram.sentence(WORDS, {"id": sentence.ids, "x": sentence.x}, names={"x": MEANINGS}, lit=SHE)
    assert_well_drawn(drawn)
    assert drawn.lit == "she"
    assert "tokens: Tom saw Lily and she" in drawn.lines
    assert "id: 0  1  2  3  4" in drawn.lines
    assert "x, place: 0.00  0.50  1.00  1.50  2.00" in drawn.lines


def test_negative_zero_infinity_and_six_words_are_written_well():
    words = ["Lily", "gave", "it", "to", "Adam", "then"]
    drawn = diagram.sentence(words, {"score": torch.tensor([-0.001, -1.5, 2, float("-inf"), 100, 0])})
    assert_well_drawn(drawn)
    assert "score: 0.00  −1.50  2.00  −∞  100.00  0.00" in drawn.lines
    assert_well_drawn(diagram.sentence(words, {"q": sentence.q[[0, 1, 2, 3, 4, 0]], "id": [1, 2, 3, 4, 5, 50_256]}))


def test_the_whole_vocabulary_goes_down_where_it_does_not_fit_across():
    columns = {"logit": sentence.logits[-1], "probability": sentence.probabilities[-1]}
    drawn = diagram.sentence(VOCABULARY, columns, lit=VOCABULARY.index(NEXT))
    assert_well_drawn(drawn)
    assert drawn.lit == NEXT
    place = {label.text: label.box for label in drawn.labels}
    assert place["Tom"].x == place["ran"].x
    assert place["0.63"].y == place[NEXT].y == place["3.80"].y
    assert "probability: 0.05  0.18  0.05  0.01  0.01  0.01  0.63  0.05" in drawn.lines


def test_a_row_per_question_shows_weights_as_a_matrix():
    drawn = diagram.sentence(WORDS, {"weights": sentence.weights}, names={"weights": WORDS}, down=True)
    assert_well_drawn(drawn)
    one = diagram.sentence(WORDS, {"x": sentence.x}, down=True, lit=0)
    assert_well_drawn(one)
    assert one.lines[:3] == diagram.sentence(WORDS, {"x": sentence.x}, lit=0).lines[:3]


def test_numbers_that_do_not_belong_to_the_words_are_refused():
    with pytest.raises(ValueError, match=r"row 'x': expected a number for each of 2 words, .* got \(5, 4\)"):
        diagram.sentence(["a", "b"], {"x": sentence.x})
    with pytest.raises(ValueError, match="lit must be a position from 0 to 4, got 5"):
        diagram.sentence(WORDS, {}, lit=5)
    with pytest.raises(ValueError, match="names: 'x'"):
        diagram.sentence(WORDS, {"x": sentence.x}, names={"x": ["one"]})
    with pytest.raises(ValueError, match="at least one word"):
        diagram.sentence([], {})
