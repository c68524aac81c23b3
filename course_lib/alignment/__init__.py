"""From rewards and preferences to a policy: the gradient, GRPO and DPO, and how good the best policy could be."""

from course_lib.alignment.gradient import (
    clipped_loss,
    dpo_loss,
    group_advantages,
    grpo_loss,
    kl_estimate,
    policy_gradient_loss,
    token_log_probs,
)
from course_lib.alignment.loop import AlignConfig, Trail, train_dpo, train_grpo
from course_lib.alignment.optimum import (
    Point,
    best_objective,
    best_policy,
    frontier,
    kl_divergence,
    place,
    way_gone,
)
from course_lib.alignment.task import Drawn, Task, make_task

__all__ = [
    "AlignConfig",
    "Drawn",
    "Point",
    "Task",
    "Trail",
    "best_objective",
    "best_policy",
    "clipped_loss",
    "dpo_loss",
    "frontier",
    "group_advantages",
    "grpo_loss",
    "kl_divergence",
    "kl_estimate",
    "make_task",
    "place",
    "policy_gradient_loss",
    "token_log_probs",
    "train_dpo",
    "train_grpo",
    "way_gone",
]
