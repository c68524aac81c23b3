"""Stage 1: the stories, those held out, the tokenizer, and requests with their answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tokenizers import Tokenizer

from course_lib.checks.capstone.growth.plan import Notes, Plan
from course_lib.checks.capstone.parts import Parts
from course_lib.corpus import choices_of, log_prob_of_choices, sample
from course_lib.corpus.generator import Story
from course_lib.corpus.plots import PLOTS
from course_lib.corpus.telling import Plot
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


@dataclass(frozen=True)
class Material:
    """Stories and their tokens.

    plots: of which stories are told.   template: knows the ids of the special tokens.   seq_len: what the model reads.
    """

    plots: tuple[Plot, ...]
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
        plots = {plot.name: plot for plot in self.plots}
        found = []
        for story in bar(stories, description="requests", unit="story"):
            choices = choices_of(story.text, [plots[story.plot]])
            assert choices is not None  # the plot is the story's own
            request = request_for(choices)
            found.append(Asked(story, request.text, request.given))
        lengths = [len(ids) + SPOKEN for ids in self.ids([one.story for one in found])]
        rows = zip(found, lengths, strict=True)
        return [one for one, length in rows if length + len(self.template.encode(one.request)) <= self.seq_len]

    def floor(self, asked: Sequence[Asked]) -> float:
        """The mean of −log p(story | request) under the generator of these plots: the least that answers can cost."""
        costs = [log_prob_of_choices(one.given, self.plots) - one.story.log_probability for one in asked]
        return sum(costs) / len(costs)

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
    plots = _plots(plan)
    stories = {story.text: story for story in sample(n=plan.stories, seed=plan.seed, plots=plots)}
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
    return Material(plots, tokenizer, template, plan.shape.seq_len, told, unseen)


def pack(material: Material) -> dict[str, Any]:
    """The stories and the tokenizer as plain data."""
    told, unseen = ([tuple(story) for story in stories] for stories in (material.train, material.held_out))
    return {"tokenizer": material.tokenizer.to_str(), "train": told, "held_out": unseen}


def unpack(packed: dict[str, Any], _: Parts, plan: Plan) -> Material:
    """The same again."""
    tokenizer = Tokenizer.from_str(packed["tokenizer"])
    told, unseen = ([Story(*story) for story in packed[name]] for name in ("train", "held_out"))
    return Material(_plots(plan), tokenizer, ChatTemplate.of(tokenizer), plan.shape.seq_len, told, unseen)


def _plots(plan: Plan) -> tuple[Plot, ...]:
    """Those that the plan names. Raises ValueError for a name that no plot has."""
    if unknown := set(plan.plots) - {plot.name for plot in PLOTS}:
        raise ValueError(
            f"no plot is called {', '.join(sorted(unknown))}; there are {', '.join(p.name for p in PLOTS)}"
        )
    return tuple(plot for plot in PLOTS if plot.name in plan.plots)
