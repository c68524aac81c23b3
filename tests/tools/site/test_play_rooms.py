"""The rooms of lesson 07: as many parameters as the model has."""

from dataclasses import replace

import pytest

from course_lib.config import PRESETS
from course_lib.gpt import GPT
from course_tools.site.plays.rooms import ROOMS, counted, rooms
from tests.tools.site.node import asked_of_node, needs_node

OWN = PRESETS["howsam"]


@needs_node
@pytest.mark.parametrize("change", [{}, {"n_layer": 3}, {"n_embd": 60}, {"vocab_size": 50, "seq_len": 7}], ids=str)
def test_the_parameters_are_those_of_the_model(change):
    config = replace(OWN, **change)
    size = {"vocabulary": config.vocab_size, "length": config.seq_len}
    size |= {"width": config.n_embd, "blocks": config.n_layer}
    mine = asked_of_node("rooms", "parameters", [[size]])[0]
    assert mine == counted(config)
    assert sum(mine.values()) == sum(p.numel() for p in GPT(config).parameters())


def test_without_scripts_it_is_a_list_of_the_rooms_with_all_details():
    text = rooms(OWN)
    assert "2,457,800 parameters" in text
    assert text.count('<span class="detail">') == len(ROOMS)
    assert '<b>MLP</b> <span class="times">× 12</span> <span class="count">960,000</span>' in text
