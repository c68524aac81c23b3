"""The capstones: a GPT and its training, assembled from a learner's own answers, and what becomes of it in part II.

Read in this order: `parts` (what is put together, and the library's pieces), `finding` (answers in notebooks),
`assembly` (which pieces are taken, and the model), `training` (the loop that they run in). Then, for part II,
`later_parts`, `watching` (pieces at work) and `growth` (its stages).
"""

from course_lib.checks.capstone.assembly import Assembly, Origin, assemble
from course_lib.checks.capstone.growth import Growth, Plan, grow
from course_lib.checks.capstone.later_parts import LATER_PARTS
from course_lib.checks.capstone.parts import PARTS, Part

__all__ = ["LATER_PARTS", "PARTS", "Assembly", "Growth", "Origin", "Part", "Plan", "assemble", "grow"]
