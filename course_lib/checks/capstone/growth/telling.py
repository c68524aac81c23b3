"""Stage 2: the model of the learner's parts learns to tell stories."""

import math

from torch import nn

from course_lib.checks.capstone.assembly import Assembly
from course_lib.checks.capstone.growth.material import Material
from course_lib.checks.capstone.growth.plan import Notes, Plan
from course_lib.checks.capstone.parts import PARTS, Parts
from course_lib.finetuning import mean_answer_nats
from course_lib.initialization import GPT2_WIDTH
from course_lib.show.profiling import num_params

USES = (
    *(part.name for part in PARTS if part.name != "greedy_generate"),
    "for_muon",
    "newton_schulz_step",
    "bits_per_byte",
)
JUDGED = 100  # stories


def tell(parts: Parts, material: Material, plan: Plan, notes: Notes) -> nn.Module:
    """Train, and hold the loss on unseen stories against the floor. Raises FloatingPointError if it is not finite."""
    assembly = Assembly(parts, ())
    end, seq_len = material.template.end, plan.shape.seq_len
    data, unseen = (assembly.windows(material.ids(some), end, seq_len) for some in (material.train, material.held_out))
    model = assembly.model(plan.shape, plan.seed, scale=math.sqrt(GPT2_WIDTH / plan.shape.n_embd), copying=True)
    history = assembly.train(model, data, plan.training(plan.steps, plan.rate), plan.muon_rate)
    loss = assembly.validate(model, unseen, plan.batch_size, batches=8)
    if not math.isfinite(loss):
        raise FloatingPointError(f"the loss on unseen windows is {loss}")

    judged = material.held_out[:JUDGED]
    rows = material.alone(judged)
    fitting = [(story, row) for story, row in zip(judged, rows, strict=True) if len(row.ids) <= seq_len + 1]
    measured = mean_answer_nats(model, [row for _, row in fitting])
    all_nats = -sum(story.log_probability for story, _ in fitting)
    floor, tokens = all_nats / len(fitting), sum(len(row.ids) - 1 for _, row in fitting)
    size = sum(len(story.text.encode()) for story, _ in fitting)
    bits = parts["bits_per_byte"]([measured.mean * len(fitting) / tokens], [tokens], size)
    lowest = all_nats / math.log(2) / size
    notes.say(f"{num_params(model):,} parameters, {plan.steps:,} steps, {history.tokens:,} tokens read")
    notes.say(f"loss on unseen windows: {loss:.3f} nats per token", window_loss=loss)
    notes.say(
        f"an unseen story costs {measured.mean:.1f} ± {measured.standard_error:.1f} nats; floor: {floor:.1f}",
        story_nats=measured.mean,
        story_floor=floor,
    )
    notes.say(f"that is {bits:.3f} bits per byte; floor: {lowest:.3f}", bits=bits, bits_floor=lowest)
    notes.conclude("trained: nats of an unseen story", f"{measured.mean:.1f}", f"floor {floor:.1f}")
    return model
