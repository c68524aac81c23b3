"""Where stories come from: the built-in generator, TinyStories from the hub, or your own file.

`load_stories` is the door to all three. The built-in generator knows the probability of each of its stories, so
`story_entropy` and `token_entropy` state the lowest loss that any model can reach, and `score` tells how probable a
given text is. `choices_of` says what a story is about, and `log_prob`, `sample`, `entropy` and `log_prob_of_choices`
are the truth about stories that make given choices.
"""

from course_lib.corpus.choices import choices_of, choices_so_far, meets
from course_lib.corpus.floor import Estimate, story_entropy, token_entropy
from course_lib.corpus.generator import Story, generate, score, write_story
from course_lib.corpus.given import entropy, log_prob, log_prob_of_choices, sample
from course_lib.corpus.hub import cache_folder
from course_lib.corpus.stories import load_stories

__all__ = [
    "Estimate",
    "Story",
    "cache_folder",
    "choices_of",
    "choices_so_far",
    "entropy",
    "generate",
    "load_stories",
    "log_prob",
    "log_prob_of_choices",
    "meets",
    "sample",
    "score",
    "story_entropy",
    "token_entropy",
    "write_story",
]
