"""Where slips happen in the code of `chat_ids`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def chat_ids(request, answer, end, user, storyteller):
    prompt = <prompt>
    return prompt if <none> else [*prompt, <answer>]
""",
    (
        Slot(
            "prompt",
            "[end, user, *request, storyteller]",
            (
                "[user, *request, storyteller]",
                "[end, *request, storyteller]",
                "[end, user, *request]",
                "[end, user, *request, end, storyteller]",
                "[end, storyteller, *request, user]",
                "[end, user, request, storyteller]",
                "[end, user, *request, user, storyteller]",
                "[user, end, *request, storyteller]",
                "[end, user, *request[::-1], storyteller]",
                "[end, user, storyteller, *request]",
                "[end, end, user, *request, storyteller]",
            ),
        ),
        Slot("none", "answer is None", ("not answer", "False", "answer == []")),
        Slot(
            "answer",
            "*answer, end",
            (
                "*answer",
                "answer, end",
                "*answer, end, end",
                "end, *answer",
                "*answer, user",
                "*answer, storyteller",
                "storyteller, *answer, end",
                "*answer[::-1], end",
                "*(answer and [*answer, end])",
            ),
        ),
    ),
    NAMES,
)
