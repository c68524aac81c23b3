"""How the module of lesson 04 goes wrong."""

import math

from course_lib.attention import scaled_dot_product_attention
from course_lib.checks.engine.exercise import Misconception
from course_lib.checks.multi_head_attention.layouts import (
    cut_along_batch,
    heads_left_behind,
    parts_inside_heads,
    reshape_straight,
    view_straight,
)
from course_lib.checks.multi_head_attention.steps import (
    ThreeLayers,
    each_part,
    every_third_channel,
    scaled_by_all_channels,
    scaled_by_number_of_heads,
    view_into,
    with_steps,
    without_heads,
)

MISTAKES = (
    Misconception(
        "view without transpose",
        with_steps(split=each_part(view_straight)),
        "q, k and v were viewed as (B, H, T, D) at once, which mixes tokens with heads: split with "
        "view(B, T, H, D), then transpose(1, 2).",
    ),
    Misconception(
        "heads merged without transposing back",
        with_steps(merge=reshape_straight),
        "The heads come out as (B, H, T, D): transpose(1, 2) before they become (B, T, C).",
    ),
    Misconception(
        "attention over the heads",
        with_steps(split=each_part(heads_left_behind), merge=lambda heads: heads.flatten(2)),
        "With (B, T, H, D) the heads of one token attend to each other and no token sees another. Attention "
        "works on the last two dimensions: make them (T, D).",
    ),
    Misconception(
        "q, k, v cut along the batch",
        with_steps(split=cut_along_batch, merge=lambda heads: heads.transpose(1, 2)),
        "chunk(3) without dim cuts dimension 0, the batch: a third of the sequences became queries, a third "
        "keys, a third values. Cut the channels: chunk(3, dim=-1).",
    ),
    Misconception(
        "q, k, v taken from each head's rows",
        with_steps(split=parts_inside_heads),
        "The 3·C channels are all queries, then all keys, then all values. Cut into three first, then each "
        "third into heads.",
    ),
    Misconception(
        "q and k exchanged",
        with_steps(attend=lambda q, k, v: scaled_dot_product_attention(k, q, v)),
        "The first C channels are the queries, the next the keys. With the causal mask it matters who asks.",
    ),
    Misconception(
        "k and v exchanged",
        with_steps(attend=lambda q, k, v: scaled_dot_product_attention(q, v, k)),
        "The channels are queries, keys, values, in this order; yours compares queries with values.",
    ),
    Misconception(
        "no output projection",
        with_steps(project=False),
        "The heads side by side are not the result yet: out_proj lets them mix.",
    ),
    Misconception(
        "scores divided by √C",
        with_steps(attend=scaled_by_all_channels),
        "Each dot product is over one head's D channels, so its variance is D: divide by √D.",
    ),
    Misconception(
        "scores divided by √H",
        with_steps(attend=scaled_by_number_of_heads),
        "The scale is the root of a head's width D = C / H, not of the number of heads.",
    ),
    Misconception(
        "no causal mask",
        with_steps(attend=lambda q, k, v: scaled_dot_product_attention(q, k, v, causal=False)),
        "Every token sees the whole sequence, the future too. The library's function masks by default; torch's "
        "needs is_causal=True.",
    ),
    Misconception(
        "biases whatever the configuration says",
        with_steps(bias=True),
        "nn.Linear has a bias by default. Pass bias=config.bias to both layers.",
    ),
    Misconception(
        "biases never",
        with_steps(bias=False),
        "Whether there are biases is for the configuration to say. Pass bias=config.bias to both layers.",
    ),
    Misconception(
        "one head",
        with_steps(split=without_heads),
        "q, k and v are never cut into heads, so one head of all C channels attends. Split them, and merge the "
        "results.",
    ),
    Misconception(
        "five heads for every configuration",
        with_steps(heads=5),
        "Your module has five heads, as the course's model does. How many it has is for the configuration to say: "
        "config.n_head.",
    ),
    Misconception(
        "five heads for every configuration, by view",
        with_steps(split=view_into(5)),
        "Your module has five heads, as the course's model does. How many it has is for the configuration to say: "
        "config.n_head.",
    ),
    Misconception(
        "three layers instead of one",
        ThreeLayers,
        "Queries, keys and values come out of one layer here: qkv_proj, from C to 3·C, whose output is cut in "
        "three. Yours has a layer for each.",
    ),
    Misconception(
        "q, k, v take turns at the channels",
        with_steps(split=every_third_channel),
        "The 3·C channels are all queries, then all keys, then all values; they do not take turns.",
    ),
    Misconception(
        "the input added",
        with_steps(adds_input=True),
        "Adding the input is the block's work, in lesson 06. This module returns only what was gathered.",
    ),
    Misconception(
        "scores divided twice",
        with_steps(attend=lambda q, k, v: scaled_dot_product_attention(q / math.sqrt(q.shape[-1]), k, v)),
        "scaled_dot_product_attention divides by √D itself; you divide once more.",
    ),
)
