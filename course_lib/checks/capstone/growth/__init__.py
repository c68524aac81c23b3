"""The second capstone: a model made of a learner's answers is trained, listens, likes, shrinks, speculates, is opened.

Read in this order: `plan` (how much of everything), `material` (stories and requests), then the stages `telling`,
`listening`, `choosing`, `shrinking`, `speculating` and `looking`; `growing` puts them one behind the other.
"""

from course_lib.checks.capstone.growth.growing import Growth, grow
from course_lib.checks.capstone.growth.plan import Plan

__all__ = ["Growth", "Plan", "grow"]
