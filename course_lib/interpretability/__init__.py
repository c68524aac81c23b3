"""Inside a trained model: what it says half way, where its heads look, which part carries a fact, what it is worth."""

from course_lib.interpretability.lens import logit_lens, rank_of
from course_lib.interpretability.names import Rows, name_places, story_rows
from course_lib.interpretability.patching import (
    Head,
    heads_replaced,
    logit_difference,
    patch_heads,
    patch_stream,
    recovered,
    stream_replaced,
)
from course_lib.interpretability.probe import Probe, accuracy, control_labels, fit_probe
from course_lib.interpretability.recording import (
    attention_patterns,
    head_outputs,
    inputs_of,
    outputs_of,
    residual_stream,
)
from course_lib.interpretability.scores import (
    copying_score,
    copying_table,
    induction_score,
    looking_score,
    previous_token_score,
    repeated_tokens,
)
from course_lib.interpretability.worth import estimate, interval, mean_outputs, nats, worth

__all__ = [
    "Head",
    "Probe",
    "Rows",
    "accuracy",
    "attention_patterns",
    "control_labels",
    "copying_score",
    "copying_table",
    "estimate",
    "fit_probe",
    "head_outputs",
    "heads_replaced",
    "induction_score",
    "inputs_of",
    "interval",
    "logit_difference",
    "logit_lens",
    "looking_score",
    "mean_outputs",
    "name_places",
    "nats",
    "outputs_of",
    "patch_heads",
    "patch_stream",
    "previous_token_score",
    "rank_of",
    "recovered",
    "repeated_tokens",
    "residual_stream",
    "story_rows",
    "stream_replaced",
    "worth",
]
