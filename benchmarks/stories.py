"""The text that benchmarks work on: stories of the built-in corpus."""

from course_lib.corpus import load_stories

CHARACTERS_A_STORY = 300  # fewer than any run of stories has on average


def take_stories(megabytes: float) -> list[str]:
    """The first stories of the built-in corpus that hold this much text, in 10⁶ characters."""
    wanted = int(megabytes * 1_000_000)
    stories: list[str] = []
    for story in load_stories("sample", n=wanted // CHARACTERS_A_STORY)["text"]:
        stories.append(story)
        wanted -= len(story)
        if wanted <= 0:
            return stories
    raise ValueError(f"the built-in corpus has less than {megabytes} MB of text")
