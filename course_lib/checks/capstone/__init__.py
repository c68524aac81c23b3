"""The capstone: a GPT and its training, assembled from a learner's own answers.

Read in this order: `parts` (what is put together, and the library's pieces), `finding` (answers in notebooks),
`assembly` (which pieces are taken, and the model), `training` (the loop that they run in).
"""

from course_lib.checks.capstone.assembly import Assembly, Origin, assemble
from course_lib.checks.capstone.parts import PARTS, Part

__all__ = ["PARTS", "Assembly", "Origin", "Part", "assemble"]
