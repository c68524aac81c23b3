"""Stage 1: the stories, those held out, the tokenizer, and requests with their answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from course_lib.checks.capstone.growth.plan import Notes, Plan
from course_lib.checks.capstone.parts import Parts
from course_lib.corpus import choices_of, generate, log_prob_of_choices
from course_lib.corpus.generator import Story
from course_lib.corpus.plots import PLOTS
from course_lib.finetuning import ChatTemplate, Example, request_for
from course_lib.show.progress import bar
from course_lib.tokenization import train_tokenizer

USES = ("split_stories", "contaminated_share", "chat_ids")
WORDS_IN_A_ROW = 20
TOKENIZED = 3_000  # stories that the tokenizer learns from
SPECIAL = 2  # tokens that the chat adds to the vocabulary
SPOKEN = 3  # tokens of a row beside request and answer, but for the last: it is a target only


class Asked(NamedTuple):
    """A story that meets a request, and the choices that the request names."""

    story: Story
    request: str
    given: dict[str, str]

    def nats(self) -> float:
        """−log p(story | request) under the generator: the least that this answer can cost. It takes a moment."""
        return log_prob_of_choices(self.given) - self.story.log_probability


@dataclass(frozen=True)
class Material:
    """Stories and their tokens. template: knows the ids of the special tokens.   seq_len: what the model can read."""

    tokenizer: Any
    template: ChatTemplate
    seq_len: int
    train: list[Story]
    held_out: list[Story]

    def ids(self, stories: Sequence[Story]) -> list[list[int]]:
        """Each story's tokens."""
        texts = [story.text for story in stories]
        return [encoded.ids for encoded in self.tokenizer.encode_batch(texts, add_special_tokens=False)]

    def alone(self, stories: Sequence[Story]) -> list[Example]:
        """Stories without a request, as rows all of whose targets count."""
        end = self.template.end
        return [Example((end, *ids, end), 1) for ids in self.ids(stories)]

    def asked(self, stories: Sequence[Story]) -> list[Asked]:
        """The requests that these stories meet, where both together are not longer than what the model can read."""
        plots = {plot.name: plot for plot in PLOTS}
        found = []
        for story in bar(stories, description="requests", unit="story"):
            choices = choices_of(story.text, [plots[story.plot]])
            assert choices is not None  # the plot is the story's own
            request = request_for(choices)
            found.append(Asked(story, request.text, request.given))
        lengths = [len(ids) + SPOKEN for ids in self.ids([one.story for one in found])]
        rows = zip(found, lengths, strict=True)
        return [one for one, length in rows if length + len(self.template.encode(one.request)) <= self.seq_len]

    def laid_out(self, parts: Parts, asked: Sequence[Asked]) -> list[Example]:
        """Requests with their answers, by `chat_ids`."""
        t, rows = self.template, []
        for ids, one in zip(self.ids([one.story for one in asked]), asked, strict=True):
            request = list(t.encode(one.request))
            start = len(parts["chat_ids"](request, None, t.end, t.user, t.storyteller))
            rows.append(Example(tuple(parts["chat_ids"](request, ids, t.end, t.user, t.storyteller)), start))
        return rows

    def prompt(self, parts: Parts, request: str, beginning: str = "") -> list[int]:
        """What the model gets at use: the request, and how the answer begins if that is given."""
        t = self.template
        prompt = list(parts["chat_ids"](list(t.encode(request)), None, t.end, t.user, t.storyteller))
        return [*prompt, *t.encode(beginning)]


def gather(parts: Parts, plan: Plan, notes: Notes) -> Material:
    """Tell stories, hold some out, and learn a vocabulary."""
    stories = {story.text: story for story in islice(generate("train"), plan.stories)}
    train, held_out = parts["split_stories"](list(stories), plan.every)
    shared = parts["contaminated_share"](held_out, train, WORDS_IN_A_ROW)
    both = len(set(train) & set(held_out))
    tokenizer = train_tokenizer(train[:TOKENIZED], vocab_size=plan.shape.vocab_size - SPECIAL)
    template = ChatTemplate.of(tokenizer)
    if tokenizer.get_vocab_size() > plan.shape.vocab_size:
        raise ValueError(f"{tokenizer.get_vocab_size()} tokens do not fit into {plan.shape.vocab_size}")
    notes.say(
        f"{len(train):,} stories to learn from, {len(held_out)} held out; {both} of these are in both parts",
        train=len(train),
        held_out=len(held_out),
        in_both=both,
    )
    notes.say(
        f"{shared:.0%} of those held out share {WORDS_IN_A_ROW} words in a row with one to learn from", shared=shared
    )
    told, unseen = ([stories[text] for text in texts] for texts in (train, held_out))
    return Material(tokenizer, template, plan.shape.seq_len, told, unseen)
