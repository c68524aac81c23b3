"""The turning pairs of lesson 10: turned as course_lib turns them, and the score knows the distance alone."""

import pytest
import torch

from course_lib.llama.rope import apply_rope, precompute_rope
from course_tools.site.plays.rope import DISTANCE, KEY, THETA, VECTOR, rope
from tests.tools.site.node import asked_of_node, needs_node

POSITIONS = (0, 1, 7, 100, 150)
ROUNDED = 1e-4  # course_lib's angles are float32, and the module's are not


@needs_node
@pytest.mark.parametrize("theta", [THETA, 10_000.0])
def test_the_numbers_are_turned_as_in_the_library(theta):
    x = torch.randn(8, generator=torch.Generator().manual_seed(0))
    cos, sin = precompute_rope(8, max(POSITIONS) + 1, theta)
    wanted = apply_rope(x.expand(max(POSITIONS) + 1, 8), cos, sin)[list(POSITIONS)]
    mine = asked_of_node("rope", "turned", [[x.tolist(), position, theta] for position in POSITIONS])
    assert torch.tensor(mine).allclose(wanted, atol=ROUNDED)


@needs_node
def test_the_score_depends_on_the_distance_alone():
    q, k = torch.randn(2, 8, generator=torch.Generator().manual_seed(1)).tolist()
    near, moved, apart = asked_of_node(
        "rope", "score", [[q, 7, k, 4, THETA], [q, 93, k, 90, THETA], [q, 8, k, 4, THETA]]
    )
    assert moved == pytest.approx(near)
    assert apart != pytest.approx(near, abs=0.01)


@needs_node
def test_a_vector_matches_itself_best_at_the_same_place():
    mine = asked_of_node("rope", "products", [[list(VECTOR), list(VECTOR)]])[0]
    assert mine == [1, 1, 1, 1]


def test_without_scripts_it_is_the_hands_at_two_positions():
    text = rope(VECTOR, VECTOR, THETA, KEY, DISTANCE)
    assert text.count("<svg") == 4
    assert '<line class="key" x2="-0.654" y2="0.757"/>' in text  # cos 4 and −sin 4
    assert '0.32 rad per token<br><span class="product">0.58</span>' in text  # cos(3 · 0.316)
    assert '<span class="product">−0.99</span>' in text
    assert "The score is 1.54 at distance 3." in text  # cos 3 + cos 0.949 + cos 0.3 + cos 0.095
