"""The second capstone: a model made of a learner's answers is trained, listens, likes, shrinks, speculates, is opened.

Read in this order: `plan` (how much of everything), `material` (stories and requests), then the stages `telling`,
`listening`, `choosing`, `shrinking`, `speculating` and `looking`. `stages` runs them and `keeping` keeps what they
leave; `growing` puts them one behind the other, and `grown` is what comes of it.
"""

from course_lib.checks.capstone.growth.growing import grow
from course_lib.checks.capstone.growth.grown import Growth
from course_lib.checks.capstone.growth.plan import Plan

__all__ = ["Growth", "Plan", "grow"]
