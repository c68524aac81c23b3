"""From a model that tells to one that listens: requests, a chat template, loss on the answer alone, packing, LoRA.

Read the modules in this order: `requests` makes requests from stories and judges answers, `chat` lays both out as
tokens, `batches` pads or packs them and counts the answer alone, `lora` changes a model by little, `tuning` trains and
measures.
"""

from course_lib.finetuning.batches import (
    IGNORED,
    Batch,
    Walls,
    answer_loss,
    answer_nats,
    answer_targets,
    block_mask,
    pack,
    pad,
    restarted_positions,
)
from course_lib.finetuning.chat import STORYTELLER, USER, ChatTemplate, Example, grow_vocabulary, grow_window
from course_lib.finetuning.lora import LoRALinear, Memory, add_lora, lora_parameters, merge_lora, training_memory
from course_lib.finetuning.requests import ASKED, Request, Verdict, judge_answer, request_for, request_of
from course_lib.finetuning.tuning import answers, finetune, mean_answer_nats

__all__ = [
    "ASKED",
    "IGNORED",
    "STORYTELLER",
    "USER",
    "Batch",
    "ChatTemplate",
    "Example",
    "LoRALinear",
    "Memory",
    "Request",
    "Verdict",
    "Walls",
    "add_lora",
    "answer_loss",
    "answer_nats",
    "answer_targets",
    "answers",
    "block_mask",
    "finetune",
    "grow_vocabulary",
    "grow_window",
    "judge_answer",
    "lora_parameters",
    "mean_answer_nats",
    "merge_lora",
    "pack",
    "pad",
    "request_for",
    "request_of",
    "restarted_positions",
    "training_memory",
]
