"""Stage 6: the small model drafts, the large one verifies several tokens at a time."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_lib.checks.capstone.growth.material import Material
from course_lib.checks.capstone.growth.plan import Notes, Plan
from course_lib.checks.capstone.parts import Parts
from course_lib.finetuning import judge_answer
from course_lib.generation import Sampling, generate
from course_lib.gpt import GPT
from course_lib.inference import ModelDraft, expected_tokens
from course_lib.inference.laws import seeded_draw

USES = ("chat_ids", "sharpen", "keep_or_replace", "residual_distribution", "greedy_round", "look_up_draft")
TEMPERATURE = 0.6
LOOKED_UP = 2  # tokens that are looked for in the text before


class Written(NamedTuple):
    """A text with its prompt. rounds: passes of the target.   looked_at, kept: of the draft's tokens.

    chance: the sum of Σ min(p, q) over those looked at.
    """

    tokens: list[int]
    rounds: int
    looked_at: int
    kept: int
    chance: float


def speculate(parts: Parts, model: nn.Module, small: GPT, material: Material, plan: Plan, notes: Notes) -> str:
    """Tell stories with a draft; the acceptance rate, tokens per pass against the formula. Returns the best story."""
    asked = material.asked(material.held_out[: plan.told])
    prompts = [material.prompt(parts, one.request) for one in asked]
    k, end = plan.drafted, material.template.end
    told = [
        write(parts, model, small, prompt, plan, end, TEMPERATURE, plan.seed + i) for i, prompt in enumerate(prompts)
    ]
    looked_at, kept = sum(one.looked_at for one in told), sum(one.kept for one in told)
    rate, chance = kept / looked_at, sum(one.chance for one in told) / looked_at
    new = sum(len(one.tokens) - len(prompt) for one, prompt in zip(told, prompts, strict=True))
    rounds = sum(one.rounds for one in told)
    formula = expected_tokens(rate, k)
    notes.say(
        f"{k} tokens drafted at a time by the int4 model: {kept:,} of {looked_at:,} kept, {rate:.3f}; "
        f"by Σ min(p, q): {chance:.3f}",
        acceptance=rate,
        acceptance_expected=chance,
    )
    notes.say(
        f"tokens per pass of the target: {new / rounds:.2f}; by the formula (1 − a^{k + 1}) / (1 − a): {formula:.2f}",
        tokens_per_pass=new / rounds,
        tokens_formula=formula,
    )
    apart = _difference(parts, model, small, prompts[0])
    notes.say(f"the law of a token differs from the target's own by {apart:.0e} at most", law_apart=apart)
    greedy = write(parts, model, small, prompts[0], plan, end, 0.0, plan.seed)
    alone = _greedy(model, prompts[0], plan, end)
    same = greedy.tokens == alone
    notes.numbers["greedy_same"] = float(same)
    if same:
        passes, tokens = greedy.rounds, len(alone) - len(prompts[0])
        notes.say(f"at temperature 0 the text is that of the target alone, in {passes} passes for {tokens} tokens")
    else:
        notes.say("at temperature 0 the text is NOT that of the target alone")
    passes, tokens = _looked_up(parts, model, prompts[0], plan, end)
    notes.say(f"with `look_up_draft` and no model: {tokens / passes:.2f} tokens per pass", looked_up=tokens / passes)
    notes.conclude("speculates: tokens per pass of the target", f"{new / rounds:.2f}", f"formula {formula:.2f}")

    texts = [
        material.tokenizer.decode(one.tokens[len(prompt) :], skip_special_tokens=True).strip()
        for one, prompt in zip(told, prompts, strict=True)
    ]
    judged = [judge_answer(text, one.given) for text, one in zip(texts, asked, strict=True)]
    best = max(range(len(texts)), key=lambda i: (judged[i].met, judged[i].possible, len(judged[i].told)))
    possible = "a possible story" if judged[best].possible else "not a possible story to its end"
    as_asked = ", ".join(sorted(judged[best].told)) or "nothing"
    notes.say(f"the best of these {len(texts)} stories, shown at the end, is {possible}; as asked: {as_asked}")
    return f"{asked[best].request}\n\n{texts[best]}"


@torch.no_grad()
def write(
    parts: Parts,
    model: nn.Module,
    small: GPT,
    prompt: Sequence[int],
    plan: Plan,
    end: int,
    temperature: float,
    seed: int,
) -> Written:
    """Rounds until the text ends: the draft proposes, the target reads all of it at once, and the rule decides."""
    draft, sampling = ModelDraft(small), Sampling(temperature=temperature)
    draw, generator = seeded_draw(seed), torch.Generator().manual_seed(seed)
    text, rounds, looked_at, kept, chance = list(prompt), 0, 0, 0, 0.0
    seq_len = plan.shape.seq_len
    while (len(text) < seq_len and text[-1] != end) or len(text) == len(prompt):
        drafted, q = draft.propose(text, min(plan.drafted, seq_len - len(text) - 1), sampling, draw)
        logits = _last(model, [*text, *drafted], len(drafted) + 1)  # (k + 1, V)
        rounds += 1
        if temperature == 0:
            tokens = parts["greedy_round"](drafted, logits.argmax(dim=-1).tolist())
            looked_at, kept = looked_at + min(len(tokens), len(drafted)), kept + len(tokens) - 1
        else:
            p = parts["sharpen"](logits, temperature)
            tokens, stayed = _round(parts["keep_or_replace"], drafted, p, q, generator)
            chance += sum(torch.minimum(p[i], q[i]).sum().item() for i in range(min(stayed + 1, len(drafted))))
            looked_at, kept = looked_at + min(stayed + 1, len(drafted)), kept + stayed
        if end in tokens:
            tokens = tokens[: tokens.index(end) + 1]
        text += tokens
    return Written(text, rounds, looked_at, kept, chance)


def _round(
    keep_or_replace: Callable, drafted: list[int], p: Tensor, q: Tensor, generator: torch.Generator
) -> tuple[list[int], int]:
    """The tokens of a round, and how many of them are the draft's. p: (k + 1, V).   q: (k, V)."""
    for place, token in enumerate(drafted):
        u, v = torch.rand(2, generator=generator).tolist()
        told = int(keep_or_replace(token, p[place], q[place], u, v))
        if told != token:  # the residual is 0 at a token that was refused, so it is never given again
            return [*drafted[:place], told], place
    last = int(torch.multinomial(p[-1], 1, generator=generator))
    return [*drafted, last], len(drafted)


@torch.no_grad()
def _last(model: nn.Module, text: Sequence[int], places: int) -> Tensor:
    return model(torch.tensor([list(text)]))[0, -places:]


@torch.no_grad()
def _difference(parts: Parts, model: nn.Module, small: GPT, text: Sequence[int]) -> float:
    """Of the law of one token: min(p, q) if it is the draft's, else the residual; in float64."""
    p, q = (parts["sharpen"](_last(one, text, 1).double(), 1.0)[0] for one in (model, small))
    kept = torch.minimum(p, q)
    law = kept + (1 - kept.sum()) * parts["residual_distribution"](p, q)
    return (law - p).abs().max().item()


def _greedy(model: nn.Module, prompt: Sequence[int], plan: Plan, end: int) -> list[int]:
    """The target alone, a pass for each token."""
    new = plan.shape.seq_len - len(prompt)
    rows = generate(model, torch.tensor([list(prompt)]), new, temperature=0, stop_token=end, use_cache=False)
    return rows[0].tolist()


def _looked_up(parts: Parts, model: nn.Module, prompt: Sequence[int], plan: Plan, end: int) -> tuple[int, int]:
    """Passes and new tokens, at temperature 0, where the text itself is the draft."""
    text, passes = list(prompt), 0
    while len(text) < plan.shape.seq_len and (text[-1] != end or passes == 0):
        drafted = list(parts["look_up_draft"](text, LOOKED_UP, min(plan.drafted, plan.shape.seq_len - len(text) - 1)))
        best = _last(model, [*text, *drafted], len(drafted) + 1).argmax(dim=-1).tolist()
        tokens = parts["greedy_round"](drafted, best)
        text += tokens[: tokens.index(end) + 1] if end in tokens else tokens
        passes += 1
    return passes, len(text) - len(prompt)
