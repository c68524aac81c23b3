"""Ways to exercise an answer: each runs it on one input and returns plain data.

Plain data are tensors, arrays, numbers, strings, bytes, None, and lists, tuples, sets and dicts of them. The drivers
know nothing of any exercise, so that they can run where no reference may be: beside a student's code.
"""

from course_lib.checks.engine.drive.clock import FakeDevice, time_on_a_fake_clock
from course_lib.checks.engine.drive.devices import (
    FakeAllReduce,
    FakeRing,
    call_with_all_reduce,
    call_with_few_reduced,
    run_on_a_ring,
)
from course_lib.checks.engine.drive.errors import described
from course_lib.checks.engine.drive.exercised import exercised
from course_lib.checks.engine.drive.functions import (
    call,
    call_with_gradient,
    call_with_gradient_of_log_probs,
    call_with_gradients_of_low_rank,
    call_with_old_policy,
)
from course_lib.checks.engine.drive.hints import call_with_and_without_hint
from course_lib.checks.engine.drive.inputs import Change, Watched, is_as_before, snapshot
from course_lib.checks.engine.drive.language_models import (
    CachedTableModel,
    RunningSum,
    TableModel,
    call_with_cached_model,
    call_with_model,
)
from course_lib.checks.engine.drive.misfit import Misfit
from course_lib.checks.engine.drive.modes import call_module_in_mode
from course_lib.checks.engine.drive.modules import build_module, call_module, load_weights
from course_lib.checks.engine.drive.objects import configure_twice, fill_cache, fill_layers, read_dataset, read_fields
from course_lib.checks.engine.drive.plain import NotPlain
from course_lib.checks.engine.drive.refusals import look_up
from course_lib.checks.engine.drive.runs import call_with_run
from course_lib.checks.engine.drive.training import (
    BigramModel,
    TiedExample,
    accumulate,
    clip,
    group_parameters,
    train_bigram,
    validate_bigram,
)

__all__ = [
    "BigramModel",
    "CachedTableModel",
    "Change",
    "FakeAllReduce",
    "FakeDevice",
    "FakeRing",
    "Misfit",
    "NotPlain",
    "RunningSum",
    "TableModel",
    "TiedExample",
    "Watched",
    "accumulate",
    "build_module",
    "call",
    "call_module",
    "call_module_in_mode",
    "call_with_all_reduce",
    "call_with_and_without_hint",
    "call_with_cached_model",
    "call_with_few_reduced",
    "call_with_gradient",
    "call_with_gradient_of_log_probs",
    "call_with_gradients_of_low_rank",
    "call_with_model",
    "call_with_old_policy",
    "call_with_run",
    "clip",
    "configure_twice",
    "described",
    "exercised",
    "fill_cache",
    "fill_layers",
    "group_parameters",
    "is_as_before",
    "load_weights",
    "look_up",
    "read_dataset",
    "read_fields",
    "run_on_a_ring",
    "snapshot",
    "time_on_a_fake_clock",
    "train_bigram",
    "validate_bigram",
]
