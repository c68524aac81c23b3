"""The page's filters against those of the course; what the modules do by themselves is tested by `make test-js`."""

import torch

from course_lib.generation import Sampling
from tests.tools.share.node import ask, needs_node

SETTINGS = [
    {},
    {"temperature": 0.0},
    {"temperature": 0.5},
    {"temperature": 1.7},
    {"top_k": 1},
    {"top_k": 5},
    {"top_k": 1_000},
    {"top_p": 0.3},
    {"top_p": 0.9},
    {"top_p": 1.0},
    {"min_p": 0.02},
    {"min_p": 1.0},
    {"temperature": 1.3, "top_k": 20, "top_p": 0.8, "min_p": 0.05},
]


@needs_node
def test_chances_are_those_of_the_course_s_sampling() -> None:
    logits = 3 * torch.randn(200, generator=torch.Generator().manual_seed(0))
    logits[[3, 50, 51]] = logits.max()  # ties
    logits[7] = -torch.inf
    whole = [{"temperature": 1.0, "top_k": None, "top_p": None, "min_p": None, **given} for given in SETTINGS]
    finite = [number if number > -1e30 else -1e38 for number in logits.tolist()]  # JSON has no infinity
    for given, chances in zip(whole, ask("chances", logits=finite, samplings=whole), strict=True):
        filtered = Sampling(**given).filter(logits[None], torch.zeros(1, 1, dtype=torch.long))[0]
        expected = torch.softmax(filtered, dim=-1)
        if given["temperature"] == 0:
            expected = torch.nn.functional.one_hot(logits.argmax(), 200).float()
        torch.testing.assert_close(torch.tensor(chances).float(), expected, rtol=1e-5, atol=1e-7, msg=str(given))
