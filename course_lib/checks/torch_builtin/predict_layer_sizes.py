"""Exercise 1 of lesson 09: predict what the defaults cost."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case
from course_lib.checks.engine.slips import Ingredient, Slip, misconceptions_of


def layer_sizes(
    matrices: int, width: int, biases: bool, norm: int, cross_attentions: int, cross_norms: int
) -> tuple[int, int]:
    """Of an encoder layer and of a decoder layer, for C = 100.

    matrices: in an attention.   width: of the MLP's hidden layer.   biases: of linear layers.   norm: numbers in one.
    cross_attentions, cross_norms: that a decoder layer has more.
    """
    C = 100
    attention = matrices * (C**2 + C * biases)
    mlp = 2 * C * width + (width + C) * biases
    encoder = attention + mlp + 2 * norm
    return encoder, encoder + cross_attentions * attention + cross_norms * norm


def predict_layer_sizes() -> tuple[int, int]:
    """Attention, the MLP of width 2048, two norms, everything with biases; a decoder layer has a second attention."""
    return layer_sizes(4, 2048, True, 200, 1, 1)


INGREDIENTS = (
    Ingredient(
        4,
        (
            Slip(
                3,
                "output projection forgotten",
                "An attention has four matrices of C² numbers: queries, keys, values, and the projection of the "
                "output.",
            ),
        ),
    ),
    Ingredient(
        2048,
        (
            Slip(
                400,
                "dim_feedforward taken for 4·C",
                "The MLP's hidden layer is as wide as dim_feedforward says, whatever C is; look up its default.",
            ),
        ),
    ),
    Ingredient(
        True,
        (
            Slip(
                False,
                "biases of the linear layers forgotten",
                "bias=True is the default: one number more for each output of each linear layer.",
            ),
        ),
    ),
    Ingredient(
        200,
        (
            Slip(
                0,
                "norms forgotten",
                "An encoder layer has two norms, a decoder layer three; each has a scale and a shift of C numbers.",
            ),
            Slip(100, "shifts of the norms forgotten", "A norm has a scale and a shift, C numbers each."),
        ),
    ),
    Ingredient(
        1,
        (
            Slip(
                0,
                "cross-attention forgotten",
                "torch's decoder layer has a second attention, to a second text.",
            ),
            Slip(
                2,
                "one attention too many",
                "torch's decoder layer has two attentions: to its own text, and to a second one.",
            ),
        ),
    ),
    Ingredient(
        1,
        (
            Slip(
                0,
                "no norm for the cross-attention",
                "Each part of a layer has its norm, and the cross-attention is a part of its own.",
            ),
        ),
    ),
)

BIASES = (
    "One of the biases is missing. Every linear layer has one for each of its outputs: 3·C for queries, keys and "
    "values, "
    "C for the attention's output, dim_feedforward and C in the MLP."
)

NAMED = (
    Misconception(
        "no cross-attention in the decoder layer",
        lambda: layer_sizes(4, 2048, True, 200, 0, 0),
        "torch's decoder layer has a second attention, to a second text, and a third norm in front of it.",
    ),
    Misconception(
        "no biases, in the norms neither",
        lambda: layer_sizes(4, 2048, False, 100, 1, 1),
        "bias=True is the default: one number more for each output of each linear layer, and a shift in each norm.",
    ),
    Misconception(
        "the other order",
        lambda: predict_layer_sizes()[::-1],
        "Both numbers are right. First comes the encoder layer, then the decoder layer.",
    ),
    Misconception(
        "a second MLP in the decoder layer",
        lambda: (predict_layer_sizes()[0], predict_layer_sizes()[1] + 2 * 100 * 2048 + 2048 + 100),
        "torch's decoder layer has two attentions but a single MLP.",
    ),
    Misconception(
        "a decoder layer twice as large",
        lambda: (predict_layer_sizes()[0], 2 * predict_layer_sizes()[0]),
        "Only the attention, with its norm, is there twice in a decoder layer; the MLP is there once.",
    ),
    Misconception(
        "one norm too few",
        lambda: tuple(size - 200 for size in predict_layer_sizes()),
        "An encoder layer has two norms of 2·C numbers, a decoder layer three. Yours have one less.",
    ),
    Misconception(
        "biases of the MLP forgotten",
        lambda: tuple(size - 2_148 for size in predict_layer_sizes()),
        "The MLP's two layers have biases too: dim_feedforward numbers in the first, C in the second.",
    ),
    Misconception(
        "an attention for each head",
        lambda: (predict_layer_sizes()[0] + 4 * 40_400, predict_layer_sizes()[1] + 8 * 40_400),
        "The heads share the attention's matrices: nhead=5 cuts their C outputs into five parts and adds no parameter.",
    ),
    Misconception(
        "d_model taken for 512",
        lambda: tuple(4 * 100**2 * n + 2 * 100 * 512 + 400 * n + 612 + 200 * (n + 1) for n in (1, 2)),
        "The MLP's hidden layer is as wide as dim_feedforward says, 2048 by default; 512 is the d_model of the paper.",
    ),
    *(
        Misconception(
            name, lambda fewer=fewer: tuple(s - n for s, n in zip(predict_layer_sizes(), fewer, strict=True)), BIASES
        )
        for name, fewer in (
            ("biases of queries, keys and values forgotten", (300, 600)),
            ("biases of the attention forgotten", (400, 800)),
            ("the output's bias forgotten", (100, 200)),
            ("the last bias of the MLP forgotten", (100, 100)),
            ("the first bias of the MLP forgotten", (2048, 2048)),
        )
    ),
    Misconception(
        "our block's size",
        lambda: (120_400, 120_400),
        "That is our block. torch's defaults are others: dim_feedforward is 2048, and there are biases.",
    ),
)

SLIPS = misconceptions_of(INGREDIENTS, layer_sizes)

EXERCISE = Exercise(
    name="predict_layer_sizes",
    reference=predict_layer_sizes,
    cases=single_case,
    misconceptions=(*NAMED, *(slip for slip in SLIPS if slip.mutant() not in [named.mutant() for named in NAMED])),
    hints=(
        "Write down the parts of each layer first: what is there once, and what twice?",
        "Attention: 4·C² + 4·C. MLP: 2·C·F + F + C with F = dim_feedforward. A norm: 2·C. The defaults are in "
        "help(nn.TransformerEncoderLayer).",
        "F = 2048. Encoder layer: 40,400 + (2·100·2048 + 2148) + 400. The decoder layer has 40,400 + 200 more.",
    ),
    review="lesson 09, 'What torch calls a decoder'",
)
