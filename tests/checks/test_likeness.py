"""What is told of a wrong answer that no listed mistake explains: what its results have to do with the right ones."""

import math
from itertools import pairwise

import pytest
import torch

from course_lib.checks.engine.examine import examine
from course_lib.checks.engine.exercise import Case, Exercise, Misconception, single_case
from course_lib.checks.engine.report import report_of


def exercise_of(reference, cases, misconceptions=()):
    return Exercise("softmax", reference, cases, misconceptions, ("a", "b", "c"), "lesson 03")


def seen_of(reference, cases, answer):
    return " ".join(examine(exercise_of(reference, cases), answer, seed=3).seen)


def matrices(generator):
    shapes = [(3, 4), (4, 3), (5, 5), (2, 6), (6, 4)]
    return [Case((torch.randn(shape, generator=generator),), label=f"a matrix of {shape}") for shape in shapes]


def squares(x):
    return x * x - 3 * x + 0.5


def rows_of(x):
    return squares(x) / squares(x).sum(dim=-1, keepdim=True)


def first_row_alone(x):
    y = squares(x)
    y[1:] = 7.0
    return y


def future_too(x):
    y = squares(x)
    return torch.where(torch.ones_like(y).triu(1).bool(), y + torch.rand_like(y), y)


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (lambda x: -squares(x), "the sign is turned round"),
        (lambda x: 2 * squares(x), "each number of yours is 2 times"),
        (lambda x: squares(x) / 8, "each number of yours is 1/8 times"),
        (lambda x: squares(x) / math.log(2), "1 / ln 2"),
        (lambda x: squares(x) * x.shape[-1], "too large by a factor of the size of dimension -1 of `x`"),
        (lambda x: squares(x) / x.shape[0] ** 0.5, "too small by the square root of the size of dimension -2 of `x`"),
        (lambda x: squares(x) + 0.25, "each number of yours is too large by 0.25"),
        (lambda x: x, "the input `x` itself"),
        (lambda x: squares(x) + x, "with `x` added to it"),
        (lambda x: squares(x).exp(), "exp of what is expected"),
        (lambda x: squares(x).clamp(min=0), "what should be negative is 0"),
        (lambda x: squares(x).clamp(0.3, 2.0), "cut off at a smallest or a largest number"),
        (lambda x: squares(x).round(), "rounded"),
        (lambda x: squares(x) * 1.002, "less than 1 % off"),
        (lambda x: squares(x).softmax(-1), "a softmax behind it"),
        (lambda x: squares(x).cumsum(-1), "the running sum"),
        (lambda x: torch.zeros_like(x), "all your numbers are 0"),
        (lambda x: squares(x) + torch.tensor(float("nan")), "nan stands where a number should"),
        (lambda x: squares(x).T, "the dimensions 0 and 1 exchanged"),
        (lambda x: squares(x).T.reshape(x.shape), "laid out in another order"),
        (lambda x: squares(x).flip(-1), "in the opposite order along dimension -1"),
        (lambda x: squares(x)[None], "an axis of size 1 is too many"),
        (lambda x: squares(x).flatten(), "only their shape is another"),
        (lambda x: squares(x).sort(-1)[0], "each row has the right numbers, in another order"),
        (lambda x: squares(x).sum(-1), "yours is the sum of what is expected along dimension -1"),
        (lambda x: squares(x)[:, :-1], "something is missing at the end of dimension -1"),
        (lambda x: squares(x) * x.sum(-1, keepdim=True), "each row is right but for a factor of its own"),
        (lambda x: squares(x) + x.sum(-2, keepdim=True), "each column is right but for one number"),
        (first_row_alone, "only all but the first row or column of dimension -2 is wrong"),
        (future_too, "only the part above the diagonal is wrong"),
        (lambda x: torch.nn.functional.dropout(squares(x), 0.3), "dropout is at work"),
        (lambda x: squares(x).tolist(), "in a list: torch.tensor"),
        (lambda x: (squares(x), x), "one of the things that you give back"),
        (lambda x: {"y": squares(x)}, "stands in your dict"),
    ],
)
def test_what_a_wrong_tensor_has_to_do_with_the_right_one(answer, seen):
    assert seen in seen_of(squares, matrices, answer)


def lists(generator):
    lengths = torch.randint(3, 9, (5,), generator=generator).tolist()
    drawn = [torch.randint(100, (length,), generator=generator).tolist() for length in lengths]
    return [Case((numbers,), label=f"numbers {index}") for index, numbers in enumerate(drawn)]


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (lambda ids: [2 * i for i in ids][::-1], "the right items, in the opposite order"),
        (lambda ids: sorted(2 * i for i in ids), "the right items, in another order"),
        (lambda ids: [2 * i for i in ids[1:]], "the first item is missing"),
        (lambda ids: [2 * i for i in ids] + [0], "an item too many at the end"),
        (lambda ids: [2 * i for i in ids][:2], "ends too early"),
        (lambda ids: [2 * i for i in ids for _ in "ab"], "more often than they should"),
        (lambda ids: [2 * i + 1 for i in ids], "each number of yours is too large by 1"),
        (lambda ids: str([2 * i for i in ids]), "it is text"),
    ],
)
def test_what_a_wrong_list_has_to_do_with_the_right_one(answer, seen):
    assert seen in seen_of(lambda ids: [2 * i for i in ids], lists, answer)


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (lambda ids: {(b, a): n for (a, b), n in pairs(ids).items()}, "each key is turned round"),
        (lambda ids: dict(list(pairs(ids).items())[1:]), "what is there is right, but something is missing"),
        (lambda ids: {pair: 3 * n for pair, n in pairs(ids).items()}, "each number of yours is 3 times"),
    ],
)
def test_what_a_wrong_dict_has_to_do_with_the_right_one(answer, seen):
    assert seen in seen_of(pairs, lists, answer)


def pairs(ids):
    return {(a, b): a + b for a, b in pairwise(ids) if a != b}


def test_one_input_that_is_special_is_named():
    def only_square(x):
        if x.shape[0] != x.shape[1]:
            return squares(x)
        raise ValueError("no")

    assert "all other inputs come out right" in seen_of(squares, matrices, only_square)
    assert "only one input comes out right" in seen_of(
        squares, matrices, lambda x: squares(x) if x.shape == (5, 5) else torch.rand(3)
    )


def test_nothing_is_claimed_of_noise():
    chance = torch.Generator().manual_seed(1)
    assert seen_of(squares, matrices, lambda x: torch.randn(x.shape, generator=chance)) == ""


def test_a_relation_that_holds_for_one_input_alone_is_not_told():
    def doubled_or_negative(x):
        return 2 * squares(x) if x.shape[0] > 3 else -squares(x)

    assert "times" not in seen_of(squares, matrices, doubled_or_negative)


def test_other_numbers_of_another_kind_are_left_to_the_sentence_that_says_so():
    def whole_numbers(x):
        return (10 * squares(x)).long()

    assert seen_of(squares, matrices, whole_numbers) == ""


def test_a_named_mistake_is_not_told_twice():
    twice = Misconception("doubled", lambda x: 2 * squares(x), "It is doubled.")
    examination = examine(exercise_of(squares, matrices, (twice,)), lambda x: squares(x) + squares(x), seed=3)
    assert examination.mistake is twice
    assert examination.seen == ()


COUNTS = [(4, 64), (8, 96), (2, 40), (6, 128)]


def fields_of(n_layer, width):
    return {"n_layer": n_layer, "n_embd": width, "hidden_dim": 3 * width, "the number of heads": n_layer // 2}


@pytest.mark.parametrize(
    ("field", "wrong", "seen"),
    [
        ("hidden_dim", lambda n, width: width, "in hidden_dim: yours is what n_embd should be: are the two mixed up?"),
        ("n_layer", lambda n, width: n + 1, "in n_layer: yours is too large by 1"),
        ("hidden_dim", lambda n, width: 3 * width - 16, "in hidden_dim: yours is too small by 16"),
        ("hidden_dim", lambda n, width: 6 * width, "in hidden_dim: yours is 2 times what it should be"),
        ("the number of heads", lambda n, width: n // 2 + 1, "in the number of heads: yours is too large by 1"),
    ],
)
def test_of_a_field_with_one_number_a_sentence_speaks_of_one(field, wrong, seen):
    def cases(generator):
        return [Case(sizes, label=f"{sizes[0]} layers") for sizes in COUNTS]

    def answer(n_layer, width):
        return fields_of(n_layer, width) | {field: wrong(n_layer, width)}

    assert seen_of(fields_of, cases, answer) == seen


def test_a_small_number_is_not_said_to_be_another_field():
    def cases(generator):
        return [Case((n,), label=f"{n} layers") for n in (2, 3, 4, 5)]

    assert "mixed up" not in seen_of(
        lambda n: {"n": n, "one": 1, "zero": 0}, cases, lambda n: {"n": 1, "one": 1, "zero": 0}
    )


@pytest.mark.parametrize(
    ("predicted", "seen"),
    [
        ((12, 4096), "these are the right numbers, in another order"),
        ((4096, 24), "number 2 is too large by a whole factor: which factor is counted several times?"),
        ((4095, 12), "number 1 is too small, by less than 1 %: is something small forgotten, or rounded?"),
        ((4096, 13), "number 2 is too large, by less than 10 %: is something small too many?"),
        (
            (2839, 12),
            "number 1 is too small, by a factor of 1 / ln 2: is it in nats where bits are meant, or the other way "
            "round?",
        ),
        ((4096, -12), "number 2 has the wrong sign"),
        ((90000, 12), "number 1 is too large, by more than a factor of 10"),
    ],
)
def test_a_prediction_gets_a_nearer_question_and_not_the_answer(predicted, seen):
    told = seen_of(lambda: (4096, 12), single_case, lambda: predicted)
    assert told == seen
    assert "4096" not in told


def test_the_report_says_it_in_sentences():
    report = repr(report_of(examine(exercise_of(squares, matrices), lambda x: squares(x)[None], seed=3)))
    assert "→ What can be seen: the numbers are right, and an axis of size 1 is too many." in report


def kept_where_positive(x):
    return squares(x).masked_fill(x < 0, -math.inf)


def test_infinity_is_no_accident_where_a_mask_is_wanted() -> None:
    seen = seen_of(kept_where_positive, matrices, lambda x: squares(x).masked_fill(x >= 0, -math.inf))
    assert "look at the condition" in seen
    assert "exp of large numbers" not in seen
