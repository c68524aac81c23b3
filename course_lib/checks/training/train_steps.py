"""Lesson 11, exercise 2 (debug): the loop."""

import torch

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Case, Exercise, Misconception
from course_lib.checks.training.inputs import draw_batches, draw_weights
from course_lib.checks.training.loops import loop_with, train_steps
from course_lib.checks.training.slots.train_steps import VARIANTS


def loop_cases(generator: torch.Generator) -> list[Case]:
    """One step, two, and six on batches that differ; the last model comes in eval mode, as after a validation."""

    def case(count: int, training: bool, label: str) -> Case:
        batches = draw_batches([2] * count, int(torch.randint(3, 7, (1,), generator=generator)), 5, generator)
        rate = 0.02 + 0.08 * torch.rand((), generator=generator).item()
        return Case((draw_weights(5, generator), batches, rate), {"training": training}, label=label)

    count = int(torch.randint(4, 8, (1,), generator=generator))
    return [
        case(1, True, "1 batch"),
        case(2, True, "2 batches"),
        case(count, False, f"{count} batches, and a model that was left in eval mode"),
    ]


EXERCISE = Exercise(
    name="train_steps",
    reference=train_steps,
    variants=VARIANTS,
    cases=loop_cases,
    drive=drive.train_bigram,
    may_change_inputs=("model",),
    misconceptions=(
        Misconception(
            "zero_grad forgotten",
            loop_with(zero="never"),
            "backward adds to .grad, so each step follows the sum of all gradients since the beginning.",
        ),
        Misconception(
            "nothing is learned",
            loop_with(zero="before step"),
            "No step changes anything: optimizer.step() is missing, or the gradients are cleared between backward and "
            "step, so that it finds none.",
        ),
        Misconception(
            "the step before backward",
            loop_with(step_first=True),
            "step uses what is in .grad at that moment: the gradient of the batch before, or none.",
        ),
        Misconception(
            "a new optimizer each step",
            loop_with(optimizer_once=False),
            "AdamW's averages live in the optimizer. Made anew, it begins with its first step again and again.",
        ),
        Misconception(
            "still in eval mode",
            loop_with(train_mode=False),
            "The model comes from a validation and is still in eval mode: without model.train() dropout stays off.",
        ),
        Misconception(
            "the loss after the step",
            loop_with(loss_afterwards=True),
            "The loss to report is the one that backward was called on. A second forward pass doubles the cost.",
        ),
        Misconception(
            "learning_rate not used",
            loop_with(make=lambda parameters, rate: torch.optim.AdamW(parameters)),
            "The optimizer has AdamW's default rate, 0.001. Give it yours: AdamW(model.parameters(), "
            "lr=learning_rate).",
        ),
        Misconception(
            "SGD for AdamW",
            loop_with(make=lambda parameters, rate: torch.optim.SGD(parameters, lr=rate)),
            "That is plain gradient descent, torch.optim.SGD. Asked for is a step of AdamW.",
        ),
        Misconception(
            "no decay of the weights",
            loop_with(make=lambda parameters, rate: torch.optim.Adam(parameters, lr=rate)),
            "No weight decays: that is Adam. Asked for is torch.optim.AdamW, with its default for weight_decay.",
        ),
        Misconception(
            "one step for all batches",
            loop_with(zero="never", steps_at_the_end=True),
            "The optimizer makes a single step at the end. Asked for is one for each batch, in the loop.",
        ),
        Misconception(
            "the first batch again and again",
            lambda model, batches, learning_rate: train_steps(model, [batches[0]] * len(batches), learning_rate),
            "Every step reads the first batch. Go through all of them.",
        ),
        Misconception(
            "losses with their graphs",
            loop_with(as_numbers=False),
            "The losses are tensors that still hold their graphs, and memory grows with each step. Keep numbers: "
            "loss.item().",
        ),
        Misconception(
            "tensors for numbers",
            lambda *args: [torch.tensor(loss) for loss in train_steps(*args)],
            "Your losses are tensors that hold a number each. Asked for are numbers of Python's: loss.item().",
        ),
        Misconception(
            "both traps",
            loop_with(zero="never", train_mode=False),
            "Gradients are never cleared, so each step follows the sum of all since the beginning; and a model that "
            "comes from a "
            "validation is left in eval mode: model.train().",
        ),
        Misconception(
            "losses summed over tokens",
            loop_with(reduce=torch.sum),
            "The loss is the sum over all tokens. Take the mean, as F.cross_entropy does by itself.",
        ),
        Misconception(
            "two steps a batch",
            loop_with(steps=2),
            "optimizer.step() is called twice for each batch. One step for each: backward, then step.",
        ),
        Misconception(
            "the input for a target",
            loop_with(target=lambda batch: batch[0]),
            "The loss compares with x, the tokens that are read. What is to be predicted is y.",
        ),
        Misconception(
            "gradients clipped",
            loop_with(clip=1.0),
            "You shorten the gradients before the step. That is sensible elsewhere, but was not asked for.",
        ),
        Misconception(
            "in eval mode on purpose",
            lambda model, batches, learning_rate: loop_with(train_mode=False)(model.eval(), batches, learning_rate),
            "You put the model into eval mode, in which dropout is off. Training needs model.train().",
        ),
    ),
    hints=(
        "Print the length of the gradient at each step, for a batch that is the same every time. Should it grow?",
        "What does .backward() do to a .grad that is already there?",
        "Put optimizer.zero_grad() before loss.backward(), and model.train() before the loop.",
    ),
    review="lesson 11, 'A mistake that everybody makes once'",
    tolerance=1e-6,
)
