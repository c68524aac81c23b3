"""How good is a model, how good could it be, and how good will a larger one be?"""

from course_lib.scaling.bootstrap import Interval, bootstrap, bootstrap_laws, percentile_interval
from course_lib.scaling.fit import fit_law
from course_lib.scaling.law import ScalingLaw, excess, tokens_for, training_flops

__all__ = [
    "Interval",
    "ScalingLaw",
    "bootstrap",
    "bootstrap_laws",
    "excess",
    "fit_law",
    "percentile_interval",
    "tokens_for",
    "training_flops",
]
