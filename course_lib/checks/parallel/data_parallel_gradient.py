"""Lesson 14, exercise 3 (debug): data parallel."""

import torch

from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property
from course_lib.checks.parallel.gradients import (
    by_the_batch,
    data_parallel_gradient,
    gradients_never_reset,
    gradients_with,
    the_same_for_all,
    whole_parts_only,
)
from course_lib.checks.parallel.inputs import drawn_size, whole_sum
from course_lib.checks.parallel.slots.data_parallel_gradient import VARIANTS


def gradient_cases(generator: torch.Generator) -> list[Case]:
    """Two devices with one example each, then an even and an uneven share."""

    def drawn(B: int, devices: int, label: str) -> Case:
        weight, x = torch.randn(5, 3, generator=generator), torch.randn(B, 3, generator=generator)
        return Case((weight, x, torch.randint(5, (B,), generator=generator), devices), label=label)

    devices, size = drawn_size(generator, 2, 5), drawn_size(generator, 2, 4)
    by_hand = (torch.zeros(2, 1), torch.tensor([[2.0], [6.0]]), torch.tensor([0, 0]), 2)
    return [
        Case(by_hand, label="2 examples, one for each of 2 devices"),
        drawn(8, 4, "8 examples on 4 devices"),
        drawn(7, 3, "7 examples on 3 devices: one of them has 3, the others 2"),
        drawn(devices * size + 1, devices, f"{devices * size + 1} examples on {devices} devices"),
    ]


def as_on_one_device(call: Call, generator: torch.Generator) -> None:
    """The gradient of the whole batch on one device, whatever the number of devices."""
    weight, x = torch.randn(4, 3, generator=generator), torch.randn(12, 3, generator=generator)
    y = torch.randint(4, (12,), generator=generator)
    alone = call(weight, x, y, 1)
    for devices in (2, 3, 6):
        together = call(weight, x, y, devices)
        if not torch.allclose(together, alone, atol=1e-5):
            ratio = (together.norm() / alone.norm()).item()
            raise Failed(f"12 examples on {devices} devices give a gradient {ratio:.2f} times as long as on one device")


EXERCISE = Exercise(
    name="data_parallel_gradient",
    reference=data_parallel_gradient,
    variants=VARIANTS,
    cases=gradient_cases,
    properties=(Property("any number of devices gives the gradient of one", as_on_one_device),),
    misconceptions=(
        Misconception(
            "both mistakes still there",
            gradients_with(shards=the_same_for_all, combine=whole_sum),
            "Every device reads the same examples, and the gradients are added where the mean is wanted.",
        ),
        Misconception(
            "summed instead of averaged",
            gradients_with(combine=whole_sum),
            "Each device's loss is a mean over its own examples. The sum of N such means is N times too large: "
            "with "
            "8 devices your learning rate is 8 times what you think.",
        ),
        Misconception(
            "the same examples on every device",
            gradients_with(shards=the_same_for_all),
            "All devices compute the same gradient, and the mean of equal things is one of them: seven of eight "
            "devices heat the room. Device r takes examples of its own.",
        ),
        Misconception(
            "mean of uneven means",
            gradients_with(),
            "Right as long as all devices have equally many examples. Where one has 3 and another 2, its examples "
            "count less: divide sums of losses by the size of the whole batch, and add.",
        ),
        Misconception(
            "the rest dropped",
            gradients_with(shards=whole_parts_only),
            "Examples that do not divide evenly are left out. torch.tensor_split gives them to the first devices.",
        ),
        Misconception(
            "the rest dropped, and counted",
            lambda weight, x, y, devices: gradients_with(
                shards=whole_parts_only, combine=lambda gradients: whole_sum(gradients) / len(x), reduction="sum"
            )(weight, x, y, devices),
            "You divide by the size of the whole batch, but examples that do not divide evenly are on no device. "
            "torch.tensor_split gives them to the first devices.",
        ),
        Misconception(
            "divided twice",
            gradients_with(combine=lambda gradients: torch.stack(gradients).mean(dim=0) / len(gradients)),
            "A mean is taken already, and then divided by the number of devices once more.",
        ),
        Misconception(
            "one device's gradient",
            gradients_with(combine=lambda gradients: gradients[0]),
            "You return what the first device has found. Without an all-reduce the devices' weights drift apart.",
        ),
        Misconception(
            "the last device's gradient",
            gradients_with(combine=lambda gradients: gradients[-1], reduction="mean"),
            "You give back what the last device found. The gradients of all devices belong together: all-reduce them.",
        ),
        Misconception(
            "the last device's share",
            lambda weight, x, y, devices: gradients_with(
                combine=lambda gradients: gradients[-1] / len(x), reduction="sum"
            )(weight, x, y, devices),
            "You give back what the last device found. The gradients of all devices belong together: add them.",
        ),
        Misconception(
            "gradients that add up in one place",
            gradients_never_reset,
            "backward() adds to w.grad, so each gradient holds those before it. Each device has a weight of its own.",
        ),
        Misconception(
            "over the devices as well",
            lambda weight, x, y, devices: data_parallel_gradient(weight, x, y, devices) / devices,
            "Each loss is divided by the size of the whole batch already: then the gradients are only added.",
        ),
        Misconception(
            "sign turned",
            lambda weight, x, y, devices: -data_parallel_gradient(weight, x, y, devices),
            "That is the step downhill, the gradient with its sign turned. Asked for is the gradient.",
        ),
        Misconception(
            "sums never divided",
            gradients_with(combine=whole_sum, reduction="sum"),
            "That is the gradient of the sum of all losses. Asked for is that of their mean: divide by the size of "
            "the batch.",
        ),
        Misconception(
            "sums divided by the number of devices",
            gradients_with(reduction="sum"),
            "Each device has a sum over its examples, so divide by the number of examples in the batch, not by that "
            "of devices.",
        ),
        Misconception(
            "the first share on every device",
            by_the_batch(lambda gradients: gradients[0] * len(gradients)),
            "Every device reads the first share of the batch. Device r takes share r of x and of y.",
        ),
        Misconception(
            "the first device's share",
            by_the_batch(lambda gradients: gradients[0]),
            "You give back what the first device found. The gradients of all devices belong together: add them.",
        ),
        Misconception(
            "targets of other examples",
            lambda weight, x, y, devices: data_parallel_gradient(weight, x, y.roll(1), devices),
            "x and y are not cut alike, so that examples meet the targets of others. Cut both in the same way.",
        ),
        Misconception(
            "every N-th example, and its neighbour's target",
            lambda weight, x, y, devices: data_parallel_gradient(weight, x, y.flip(0), devices),
            "x and y are in different orders, so that examples meet the targets of others. Cut both in the same way.",
        ),
    ),
    hints=(
        "Which examples does device 1 see in the broken code? And if each device had found the same g, what "
        "should the whole batch's gradient be, and what does the broken code return?",
        "x.tensor_split(devices) gives each device its own. Then mind that these shares may differ in size.",
        'For each share: loss = F.cross_entropy(mine @ w.T, target, reduction="sum") / len(x), then backward. '
        "The answer is the sum of all w.grad.",
    ),
    review="lesson 14, section 2, 'Data parallel'",
)
