"""Lesson 11, exercise 5: the schedule."""

import math

import torch

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.training.schedules import (
    OF_CURVES,
    cosine_rate,
    divided_before_asking,
    schedule_with,
)
from course_lib.checks.training.slots.cosine_rate import VARIANTS


def schedule_cases(generator: torch.Generator) -> list[Case]:
    """Every part of a short run, one without a warm-up, and a longer one with drawn numbers."""
    warmup = int(torch.randint(20, 60, (1,), generator=generator))
    steps = int(torch.randint(300, 700, (1,), generator=generator))
    step, early = int(torch.randint(warmup + 5, steps - 20, (1,), generator=generator)), warmup // 2
    peak, fraction = (torch.tensor([1e-3, 0.05]) + torch.rand(2, generator=generator) * 0.1).tolist()
    run = {"steps": steps, "warmup_steps": warmup, "peak": peak, "final_fraction": fraction}
    short = {"steps": 13, "warmup_steps": 4, "peak": 0.8, "final_fraction": 0.25}
    return [
        Case((0,), short, label="the first step"),
        Case((3,), short, label="the end of the warm-up"),
        Case((4,), short, label="the first step after it"),
        Case((8,), short, label="half-way down"),
        Case((12,), short, label="the last step"),
        Case((0,), {**short, "warmup_steps": 0}, label="no warm-up"),
        Case((5,), {**short, "warmup_steps": 0}, label="no warm-up, the sixth step"),
        Case((step,), run, label="a long run"),
        Case((early,), run, label="the warm-up of a long run"),
    ]


def goes_up_then_down(call: Call, generator: torch.Generator) -> None:
    """One way up, one way down."""
    rates = [call(step, steps=60, warmup_steps=15, peak=1.0, final_fraction=0.1) for step in range(60)]
    top = rates.index(max(rates))
    if rates[: top + 1] != sorted(rates[: top + 1]) or rates[top:] != sorted(rates[top:], reverse=True):
        raise Failed("the rate should rise to its peak and then fall to the end; here it turns more than once")


EXERCISE = Exercise(
    name="cosine_rate",
    reference=cosine_rate,
    variants=VARIANTS,
    forbidden=("course_lib.training.learning_rate",),
    cases=schedule_cases,
    properties=(Property("rises once, then falls to the end", goes_up_then_down),),
    misconceptions=(
        Misconception(
            "the first step has a rate of 0",
            schedule_with(first=0),
            "step / warmup_steps is 0 at step 0: a whole batch is computed and nothing learned from it, and the "
            "peak comes a step late. Use (step + 1) / warmup_steps.",
        ),
        Misconception(
            "the cosine counts from step 0",
            schedule_with(begin=lambda warmup_steps: 0),
            "By the end of the warm-up the cosine has already fallen, so the rate jumps. Its progress is 0 at step "
            "warmup_steps and 1 at the last step.",
        ),
        Misconception(
            "falls to zero",
            schedule_with(blend=lambda cosine, floor: cosine),
            "The rate ends at final_fraction of the peak: squeeze the cosine into what lies between.",
        ),
        Misconception(
            "the floor added on top",
            schedule_with(blend=lambda cosine, floor: floor + cosine),
            "With the floor added, the rate begins above the peak. The cosine may only cover the rest, "
            "1 − final_fraction.",
        ),
        Misconception(
            "cut off at the floor",
            schedule_with(blend=lambda cosine, floor: max(floor, cosine)),
            "The cosine runs to zero here and is cut off on its way. It should arrive at final_fraction smoothly, "
            "at the last step.",
        ),
        Misconception(
            "a whole turn of the cosine",
            schedule_with(turn=2 * math.pi),
            "cos(2π·progress) comes back up: the run would end at the peak. Half a turn goes from 1 to −1.",
        ),
        Misconception(
            "a quarter of a turn",
            schedule_with(turn=math.pi / 2),
            "cos(π/2·progress) only gets to 0, so (1 + cos)/2 only to a half. Half a turn goes from 1 to −1.",
        ),
        Misconception(
            "never quite arrives",
            schedule_with(last=0),
            "Steps are counted from 0, so the last one is steps − 1: divide by steps − 1 − warmup_steps.",
        ),
        Misconception(
            "final_fraction taken for the rate",
            lambda step, steps, warmup_steps, peak, final_fraction: cosine_rate(
                step, steps, warmup_steps, peak, final_fraction / peak
            ),
            "final_fraction is a share of the peak: the last rate is final_fraction · peak, not final_fraction itself.",
        ),
        Misconception(
            "a line in place of the cosine",
            schedule_with(curve=lambda progress: 1 - progress),
            "The rate falls along a line. Half a cosine is flat at both ends: (1 + cos(π·progress)) / 2.",
        ),
        Misconception(
            "1 + cos not halved",
            schedule_with(curve=lambda progress: 1 + math.cos(math.pi * progress)),
            "1 + cos(π·progress) goes from 2 to 0, so the rate begins far above the peak. Halve it.",
        ),
        Misconception(
            "the cosine alone",
            schedule_with(curve=lambda progress: math.cos(math.pi * progress)),
            "cos(π·progress) goes from 1 to −1, so the rate falls too far. (1 + cos) / 2 goes from 1 to 0.",
        ),
        Misconception(
            "a quarter of a cosine, down to 0",
            schedule_with(curve=lambda progress: math.cos(math.pi / 2 * progress)),
            "That is a quarter of a cosine, steep at the end. Half a cosine is flat at both ends: (1 + "
            "cos(π·progress)) / 2.",
        ),
        Misconception(
            "divided by a warm-up of 0",
            divided_before_asking,
            "There may be no warm-up at all, and then you divide by 0. Ask for step < warmup_steps first.",
        ),
        Misconception(
            "the warm-up one step longer",
            schedule_with(longer=1),
            "The warm-up are the steps 0 … warmup_steps − 1: step < warmup_steps, not <=.",
        ),
        Misconception(
            "never at the peak while warming up",
            schedule_with(divisor=1),
            "You divide by warmup_steps + 1. The last step of the warm-up has the peak: (step + 1) / warmup_steps.",
        ),
        Misconception(
            "the fraction without the peak",
            lambda step, steps, warmup_steps, peak, final_fraction: cosine_rate(
                step, steps, warmup_steps, 1.0, final_fraction
            ),
            "Yours goes up to 1. Multiply by the peak.",
        ),
        Misconception(
            "progress of the whole run",
            schedule_with(begin=lambda warmup_steps: 0, last=0),
            "The cosine's progress is 0 at step warmup_steps and 1 at the last one: (step − warmup_steps) / (steps − "
            "1 − "
            "warmup_steps), not step / steps.",
        ),
        Misconception(
            "π forgotten",
            schedule_with(turn=1.0),
            "cos(progress) hardly falls. Half a turn is π: cos(π·progress) goes from 1 to −1.",
        ),
        Misconception(
            "the floor left out of the sum",
            schedule_with(blend=lambda cosine, floor: (1 - floor) * cosine),
            "The cosine covers the part above the floor. Add the floor: final_fraction + (1 − final_fraction) · "
            "cosine.",
        ),
        Misconception(
            "stays at the peak",
            schedule_with(curve=lambda progress: 1.0),
            "After the warm-up the rate stays at its peak. It should fall along half a cosine.",
        ),
        *OF_CURVES,
    ),
    hints=(
        "Write the warm-up first and leave the function there: two cases, two formulas.",
        "For the rest: progress = (step - warmup_steps) / (steps - 1 - warmup_steps) goes from 0 to 1, and "
        "(1 + math.cos(math.pi * progress)) / 2 from 1 to 0.",
        "peak * (step + 1) / warmup_steps during the warm-up, then "
        "peak * (final_fraction + (1 - final_fraction) * cosine).",
    ),
    review="lesson 11, 'The learning rate: up, then down'",
    tolerance=1e-6,
)
