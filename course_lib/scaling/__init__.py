"""How good is a model, how good could it be, and how good will a larger one be?"""

from course_lib.scaling.bootstrap import Interval, bootstrap, bootstrap_laws, percentile_interval
from course_lib.scaling.contamination import copies, overlapping
from course_lib.scaling.fit import fit_law
from course_lib.scaling.isoflop import bottom_of
from course_lib.scaling.law import ScalingLaw, excess, tokens_for, training_flops
from course_lib.scaling.log import read_log
from course_lib.scaling.stories import StoryRows, rows_of
from course_lib.scaling.units import Units, total_nats, units_of

__all__ = [
    "Interval",
    "ScalingLaw",
    "StoryRows",
    "Units",
    "bootstrap",
    "bootstrap_laws",
    "bottom_of",
    "copies",
    "excess",
    "fit_law",
    "overlapping",
    "percentile_interval",
    "read_log",
    "rows_of",
    "tokens_for",
    "total_nats",
    "training_flops",
    "units_of",
]
