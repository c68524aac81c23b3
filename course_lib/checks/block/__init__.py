"""The exercises of lesson 06, in the order of its notebook: the decoder block."""

EXERCISES = (
    "layer_norm",
    "contribution_shares",
    "DecoderBlock",
    "PostNormBlock",
    "predict_block_parameters",
    "MendedBlock",
)
