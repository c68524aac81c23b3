"""Where stories come from: the built-in generator, TinyStories from the hub, or your own file.

`load_stories` is the door to all three. The built-in generator knows the probability of each of its stories, so
`story_entropy` and `token_entropy` state the lowest loss that any model can reach, and `score` tells how probable a
given text is.
"""

from course_lib.corpus.entropy import Estimate, story_entropy, token_entropy
from course_lib.corpus.generator import Story, generate, score, write_story
from course_lib.corpus.hub import cache_folder
from course_lib.corpus.stories import load_stories

__all__ = [
    "Estimate",
    "Story",
    "cache_folder",
    "generate",
    "load_stories",
    "score",
    "story_entropy",
    "token_entropy",
    "write_story",
]
