"""Where slips happen in the code of `concatenate_stories`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def concatenate_stories(stories, end_of_text):
    stream = []
    for story in <stories>:
        stream += <piece>
    return <result>
""",
    (
        Slot(
            "stories",
            "stories",
            ("stories[:-1]", "stories[1:]", "stories[::-1]", "filter(None, stories)", "stories[:1]"),
        ),
        Slot(
            "piece",
            "[end_of_text, *story]",
            (
                "[*story, end_of_text]",
                "[*story]",
                "[end_of_text, *story, end_of_text]",
                "[end_of_text, *(story or [end_of_text])]",
                "[0, *story]",
                "[end_of_text, *story[:-1]]",
                "[end_of_text, *story[1:]]",
                "[end_of_text, *reversed(story)]",
                "[end_of_text, *sorted(story)]",
                "[end_of_text] * (not stream) + story",
                "[end_of_text] * bool(stream) + story",
                "[x for token in story for x in (end_of_text, token)]",
            ),
        ),
        Slot(
            "result",
            "torch.tensor(stream)",
            (
                "torch.tensor(stream + [end_of_text])",
                "torch.tensor(stream[1:])",
                "torch.tensor(stream[:-1])",
                "torch.tensor(stream).float()",
                "torch.tensor(stream)[None]",
                "torch.tensor(stream)[:, None]",
                "torch.tensor(stream).unique()",
                "stream",
                "torch.tensor(stream).to(torch.uint8)",
                "torch.tensor(stream).to(torch.int16)",
            ),
        ),
    ),
    {"torch": torch},
)
