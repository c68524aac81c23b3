"""Exercise 1 of lesson 09: predict what the defaults cost."""

from course_lib.checks.engine.exercise import Exercise, Misconception, single_case

ENCODER_LAYER = (4 * 100**2 + 4 * 100) + (2 * 100 * 2048 + 2048 + 100) + 4 * 100


CROSS_ATTENTION = 4 * 100**2 + 4 * 100 + 2 * 100


def predict_layer_sizes() -> tuple[int, int]:
    """Attention, the MLP of width 2048, two norms, everything with biases; a decoder layer has a second attention."""
    return ENCODER_LAYER, ENCODER_LAYER + CROSS_ATTENTION


EXERCISE = Exercise(
    name="predict_layer_sizes",
    reference=predict_layer_sizes,
    cases=single_case,
    misconceptions=(
        Misconception(
            "dim_feedforward taken for 4·C",
            lambda: (
                ENCODER_LAYER - (2 * 100 + 1) * (2048 - 400),
                ENCODER_LAYER - (2 * 100 + 1) * (2048 - 400) + CROSS_ATTENTION,
            ),
            "The MLP's hidden layer is as wide as dim_feedforward says, whatever C is; look up its default.",
        ),
        Misconception(
            "biases of the linear layers forgotten",
            lambda: (
                ENCODER_LAYER - (400 + 2148),
                ENCODER_LAYER - (400 + 2148) + CROSS_ATTENTION - 400,
            ),
            "bias=True is the default: one number more for each output of each linear layer.",
        ),
        Misconception(
            "norms forgotten",
            lambda: (ENCODER_LAYER - 400, ENCODER_LAYER - 400 + CROSS_ATTENTION - 200),
            "An encoder layer has two norms, a decoder layer three; each has a scale and a shift of C numbers.",
        ),
        Misconception(
            "no cross-attention in the decoder layer",
            lambda: (ENCODER_LAYER, ENCODER_LAYER),
            "torch's decoder layer has a second attention, to a second text, and a third norm in front of it.",
        ),
        Misconception(
            "no norm for the cross-attention",
            lambda: (ENCODER_LAYER, ENCODER_LAYER + CROSS_ATTENTION - 200),
            "Each part of a layer has its norm, and the cross-attention is a part of its own.",
        ),
        Misconception(
            "no biases, in the norms neither",
            lambda: (
                ENCODER_LAYER - (400 + 2148) - 200,
                ENCODER_LAYER - (400 + 2148) - 200 + CROSS_ATTENTION - 400 - 100,
            ),
            "bias=True is the default: one number more for each output of each linear layer, and a shift in each norm.",
        ),
        Misconception(
            "shifts of the norms forgotten",
            lambda: (ENCODER_LAYER - 200, ENCODER_LAYER + CROSS_ATTENTION - 300),
            "A norm has a scale and a shift, C numbers each.",
        ),
        Misconception(
            "the other order",
            lambda: (ENCODER_LAYER + CROSS_ATTENTION, ENCODER_LAYER),
            "Both numbers are right. First comes the encoder layer, then the decoder layer.",
        ),
        Misconception(
            "a second MLP in the decoder layer",
            lambda: (ENCODER_LAYER, ENCODER_LAYER + CROSS_ATTENTION + 2 * 100 * 2048 + 2048 + 100),
            "torch's decoder layer has two attentions but a single MLP.",
        ),
        Misconception(
            "a decoder layer twice as large",
            lambda: (ENCODER_LAYER, 2 * ENCODER_LAYER),
            "Only the attention, with its norm, is there twice in a decoder layer; the MLP is there once.",
        ),
        Misconception(
            "output projection forgotten",
            lambda: (ENCODER_LAYER - 10_100, ENCODER_LAYER + CROSS_ATTENTION - 2 * 10_100),
            "An attention has four matrices of C² numbers: queries, keys, values, and the projection of the output.",
        ),
        Misconception(
            "our block's size",
            lambda: (120_400, 120_400),
            "That is our block. torch's defaults are others: dim_feedforward is 2048, and there are biases.",
        ),
    ),
    hints=(
        "Write down the parts of each layer first: what is there once, and what twice?",
        "Attention: 4·C² + 4·C. MLP: 2·C·F + F + C with F = dim_feedforward. A norm: 2·C. The defaults are in "
        "help(nn.TransformerEncoderLayer).",
        "F = 2048. Encoder layer: 40,400 + (2·100·2048 + 2148) + 400. The decoder layer has 40,400 + 200 more.",
    ),
    review="lesson 09, 'What a decoder is, in torch's words'",
)
