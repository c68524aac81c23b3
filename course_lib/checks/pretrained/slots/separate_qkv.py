"""Where slips happen in the code of `separate_qkv`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def separate_qkv(weight, bias):
    weights = <weights>
    biases = <biases>
    return <end>
""",
    (
        Slot(
            "weights",
            "[w.T for w in weight.chunk(3, dim=1)]",
            (
                "weight.chunk(3, dim=1)",
                "weight.T.chunk(3, dim=1)",
                "[w.T for w in weight.reshape(3, len(weight), -1)]",
                "list(weight.reshape(3, len(weight), -1))",
                "[weight[:, i::3].T for i in range(3)]",
                "[weight[:, i::3] for i in range(3)]",
                "[w.T for w in weight.chunk(3, dim=1)][::-1]",
                "[weight.chunk(3, dim=1)[i].T for i in (1, 0, 2)]",
                "[weight.chunk(3, dim=1)[i].T for i in (0, 2, 1)]",
                "[w.T for w in weight.chunk(3, dim=0)]",
                "[w.flip(1) for w in weight.chunk(3, dim=1)]",
            ),
        ),
        Slot(
            "biases",
            "list(bias.chunk(3))",
            (
                "[bias[i::3] for i in range(3)]",
                "[bias] * 3",
                "list(bias.chunk(3))[::-1]",
                "[bias.chunk(3)[i] for i in (1, 0, 2)]",
                "[bias.chunk(3)[i] for i in (0, 2, 1)]",
                "[bias.chunk(3)[0]] * 3",
                "[b[:, None] for b in bias.chunk(3)]",
                "list(bias.reshape(-1, 3).T)",
            ),
        ),
        Slot(
            "end",
            "tuple(zip(weights, biases))",
            (
                "(*weights, *biases)",
                "(tuple(weights), tuple(biases))",
                "tuple(zip(biases, weights))",
                'dict(zip("qkv", zip(weights, biases)))',
            ),
        ),
    ),
)
