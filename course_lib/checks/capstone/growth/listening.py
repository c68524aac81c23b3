"""Stage 3: the model learns to do what a request asks for."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from course_lib.checks.capstone.building import twin_of
from course_lib.checks.capstone.growth.material import Asked, Material
from course_lib.checks.capstone.growth.plan import Notes, Plan
from course_lib.checks.capstone.parts import Parts
from course_lib.checks.capstone.training import Updates
from course_lib.finetuning import ASKED, IGNORED, Example, Walls, answer_loss, grow_window, judge_answer, pack
from course_lib.finetuning.requests import Verdict
from course_lib.generation import generate_batch
from course_lib.show.progress import bar

USES = (
    "chat_ids",
    "answer_targets",
    "block_mask",
    "bootstrap_interval",
    "cosine_rate",
    "for_muon",
    "newton_schulz_step",
    "parameter_groups",
    "clip_gradients",
    "adamw_step",
)
PACKED = 768  # tokens in a row of several answers
WHOLE = "all three, in a possible story,"
NAMED = {"hero": "the hero", "object": "the object", "lesson": "the lesson"}
DRAWS = 1_000  # of the bootstrap
TEMPERATURE = 0.5  # of the answers in the exam: at 0 each color is the likeliest one, and no story names one twice


class OwnWalls(Walls):
    """Walls between the examples of a row that `block_mask` says."""

    def __init__(self, segments: Tensor, mask: Tensor) -> None:
        super().__init__(segments)
        self._mask = mask[:, None]  # (B, 1, T, T)


def listen(parts: Parts, model: nn.Module, material: Material, plan: Plan, notes: Notes) -> nn.Module:
    """Fine-tune all weights on requests with their answers; nats of true answers and requests met, before and after."""
    exam = material.asked(material.held_out[: plan.exam])
    lessons = material.laid_out(parts, material.asked(material.train[: plan.requests]))
    true = material.laid_out(parts, exam)
    floor = material.floor(exam)
    before = answer_nats(parts, model, true).mean().item()
    met_before = verdicts(parts, model, material, exam, plan)
    _finetune(parts, model, lessons, plan)
    nats = answer_nats(parts, model, true)  # (n,)
    met = verdicts(parts, model, material, exam, plan)

    n = len(exam)
    notes.say(
        f"nats of a true answer: {before:.1f} before, {nats.mean():.1f} after; floor H(story | request): {floor:.1f}",
        answer_before=before,
        answer_nats=nats.mean().item(),
        answer_floor=floor,
    )
    generator = torch.Generator().manual_seed(plan.seed)
    told = {NAMED[name]: [[name in verdict.told for verdict in some] for some in (met_before, met)] for name in ASKED}
    told["all three"] = [[len(verdict.told) == len(ASKED) for verdict in some] for some in (met_before, met)]
    told[WHOLE] = [[verdict.met for verdict in some] for some in (met_before, met)]
    for name, (old, new) in told.items():
        draws = torch.randint(n, (DRAWS, n), generator=generator)
        low, high = parts["bootstrap_interval"](torch.tensor(new, dtype=torch.float64), draws, 0.95)
        notes.say(f"{name} as asked: {sum(old)} of {n} before, {sum(new)} after ({low:.0%} to {high:.0%})")
    heroes, named, whole = (sum(told[name][1]) for name in ("the hero", "all three", WHOLE))
    notes.numbers |= {"met": whole, "named": named, "hero_told": heroes}
    notes.conclude("fine-tuned: nats of a true answer", f"{nats.mean():.1f}", f"floor {floor:.1f}")
    notes.conclude("fine-tuned: heroes as asked", f"{heroes} of {n}", f"ceiling {n}")
    notes.conclude("fine-tuned: hero, object and lesson as asked", f"{named} of {n}", f"ceiling {n}")
    notes.conclude("fine-tuned: so in a possible story", f"{whole} of {n}", f"ceiling {n}")
    return model


def _finetune(parts: Parts, model: nn.Module, lessons: Sequence[Example], plan: Plan) -> None:
    """The loop of the first training with other targets: only the answer counts."""
    config = plan.training(plan.request_steps, plan.request_rate, weight_decay=0.0)
    updates = Updates(parts, model, config, plan.request_muon_rate)
    generator = torch.Generator().manual_seed(plan.seed)
    order: list[int] = []
    model.train()
    for step in bar(range(plan.request_steps), description="listening", unit="step"):
        if len(order) < plan.batch_size:
            order = torch.randperm(len(lessons), generator=generator).tolist()
        some, order = [lessons[i] for i in order[: plan.batch_size]], order[plan.batch_size :]
        x, y = _padded(parts, some)
        answer_loss(model(x), y).backward()
        updates.step(step)
    model.eval()


def _padded(parts: Parts, rows: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """Inputs, and the targets that `answer_targets` gives, both (B, T), filled up at the end."""
    T = max(len(row.ids) for row in rows) - 1
    x, y = torch.full((len(rows), T), rows[0].ids[0]), torch.full((len(rows), T), IGNORED)
    for i, row in enumerate(rows):
        x[i, : len(row.ids) - 1] = torch.tensor(row.ids[:-1])
        y[i, : len(row.ids) - 1] = torch.tensor(parts["answer_targets"](list(row.ids), row.start))
    return x, y


@torch.no_grad()
def answer_nats(parts: Parts, model: nn.Module, rows: Sequence[Example]) -> Tensor:
    """−log p of each answer, (n,), in an order of its own: several share a row, behind the walls of `block_mask`.

    They are read by the library's GPT with the model's weights, since it can be given a mask.
    """
    reader = twin_of(model)
    grow_window(reader, PACKED)  # a row is longer than a text, whose positions begin at 0 again
    batch = pack(rows, PACKED, fill=rows[0].ids[0])
    nats = []
    for x, y, segments in zip(batch.x.split(1), batch.y.split(1), batch.segments.split(1), strict=True):
        logits = reader(x, OwnWalls(segments, parts["block_mask"](segments)))  # (1, T, V)
        losses = F.cross_entropy(logits[0], y[0], ignore_index=IGNORED, reduction="none")  # (T,)
        nats += [losses[segments[0] == segment].sum() for segment in range(int(segments.max()) + 1)]
    return torch.stack(nats)


def verdicts(parts: Parts, model: nn.Module, material: Material, asked: Sequence[Asked], plan: Plan) -> list[Verdict]:
    """What the generator's parser says of the answers, written by the library's GPT with the model's weights."""
    prompts = [material.prompt(parts, one.request) for one in asked]
    rows = generate_batch(
        twin_of(model),
        prompts,
        plan.shape.seq_len - max(map(len, prompts)),
        temperature=TEMPERATURE,
        stop_token=material.template.end,
        seed=[plan.seed + i for i in range(len(prompts))],
    )
    texts = [
        material.tokenizer.decode(row[len(prompt) :], skip_special_tokens=True).strip()
        for row, prompt in zip(rows, prompts, strict=True)
    ]
    return [judge_answer(text, one.given) for text, one in zip(bar(texts, description="judging"), asked, strict=True)]
