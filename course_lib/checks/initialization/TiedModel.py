"""Exercise 6 of lesson 08 (debug): initialized before the tie."""

import torch
from torch import nn

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.initialization.slots.TiedModel import VARIANTS
from course_lib.checks.initialization.tied import (
    BothDrawn,
    DrawnBeforeTheOtherTie,
    DrawnTwice,
    InitializedBeforeTheTie,
    NotTied,
    TiedModel,
    TiedToACopy,
    UnitDeviation,
    drawn_by,
)
from course_lib.initialization import STD


def tied_cases(generator: torch.Generator) -> list[Case]:
    """A model small enough to print, and a larger one."""
    seed = int(torch.randint(1_000_000, (1,), generator=generator))
    V, C = (int(torch.randint(*bounds, (1,), generator=generator)) for bounds in ((20, 60), (5, 12)))
    return [
        Case((2, 3), {"seed": 0}, label="2 tokens, C = 3"),
        Case((V, C), {"seed": seed}, label=f"{V} tokens, C = {C}"),
    ]


def ends_with_logits(call: Call, generator: torch.Generator) -> None:
    """What stands in the notebook below `__init__` is part of the class; an answer without it is not asked for it."""
    idx = torch.randint(5, (2, 3), generator=generator)
    built = call(5, 4, seed=1, inputs=(idx,))
    if "what forward gives" not in built:
        return
    weight, given = built["weights"][-1], built["what forward gives"]
    wanted = weight[idx] @ weight.T
    if given.shape != wanted.shape or not torch.allclose(given, wanted, atol=1e-6):
        raise Failed(
            f"forward should give the logits of each token, self.head(self.embedding(idx)), of shape "
            f"{tuple(wanted.shape)}; what yours gives has shape {tuple(given.shape)}"
        )


EXERCISE = Exercise(
    name="TiedModel",
    reference=TiedModel,
    variants=VARIANTS,
    cases=tied_cases,
    drive=drive.build_module,
    properties=(Property("forward gives logits", ends_with_logits),),
    misconceptions=(
        Misconception(
            "initialized before the tie",
            InitializedBeforeTheTie,
            "The weight that was drawn is the one that the tie throws away. Tie first, then draw what is left.",
        ),
        Misconception(
            "the tied weight drawn twice",
            DrawnTwice,
            "Embedding and head are one parameter: the second draw overwrites the first. Draw it once.",
        ),
        Misconception(
            "the root of 0.02",
            drawn_by(lambda weight, generator: nn.init.normal_(weight, std=STD**0.5, generator=generator)),
            "0.02 is the deviation, which is what std= takes. It is not a variance: take no root.",
        ),
        Misconception(
            "tied to a copy",
            TiedToACopy,
            "The head has the same numbers but is a parameter of its own, and training pulls the two apart.",
        ),
        Misconception(
            "not tied",
            NotTied,
            "Embedding and head are two parameters here; make one of them refer to the other's weight.",
        ),
        Misconception(
            "deviation left at 1",
            UnitDeviation,
            "nn.Embedding starts with deviation 1. The rule asks for 0.02.",
        ),
        Misconception(
            "the generator not used",
            drawn_by(lambda weight, generator: nn.init.normal_(weight, std=STD)),
            "The weight is drawn, but not from `generator`, so nobody can draw it again: give generator=generator to "
            "nn.init.normal_.",
        ),
        Misconception(
            "0.02 taken for the mean",
            drawn_by(lambda weight, generator: nn.init.normal_(weight, STD, generator=generator)),
            "nn.init.normal_(weight, 0.02) sets the mean. Say std=0.02.",
        ),
        Misconception(
            "variance for deviation",
            drawn_by(lambda weight, generator: nn.init.normal_(weight, std=STD**2, generator=generator)),
            "0.02² is the variance. nn.init.normal_ takes the deviation: std=0.02.",
        ),
        Misconception(
            "drawn evenly",
            drawn_by(lambda weight, generator: nn.init.uniform_(weight, -STD, STD, generator=generator)),
            "That draws evenly between two bounds. Draw from a normal distribution: nn.init.normal_(…, std=0.02).",
        ),
        Misconception(
            "never drawn",
            drawn_by(lambda weight, generator: None),
            "The weight keeps what nn.Linear or nn.Embedding has given it. Draw it, once, after the tie: "
            "nn.init.normal_(…, std=0.02, generator=generator).",
        ),
        Misconception(
            "both drawn, then tied",
            BothDrawn,
            "Embedding and head are both drawn, and the tie throws one of them away. Tie first, then draw what is "
            "left, once.",
        ),
        Misconception(
            "drawn before the tie, too",
            DrawnBeforeTheOtherTie,
            "The head's weight is drawn, and then the tie throws it away for the embedding's, which has deviation 1. "
            "Tie first, then draw what is left.",
        ),
        Misconception(
            "drawn by the width",
            drawn_by(
                lambda weight, generator: nn.init.normal_(weight, std=weight.shape[1] ** -0.5, generator=generator)
            ),
            "You draw with deviation 1/√C. The rule asks for 0.02, whatever the width is.",
        ),
    ),
    hints=(
        "Print the deviation of the embedding before and after the line that ties.",
        "Which of the two weights survives `self.embedding.weight = self.head.weight`? Which one was drawn?",
        "Move the line that draws below the line that ties, and draw self.head.weight there, once.",
    ),
    review="lesson 08, 'The tied head and the first loss'",
)
