"""The exercises of lesson 16: answers as students type them."""

PRELUDE = """
import math
import torch
from torch.nn import functional as F
"""


def chat(body: str) -> str:
    return f"def chat_ids(request, answer, end, user, storyteller):\n    {body}\n"


def targets(body: str) -> str:
    return f"def answer_targets(ids, start):\n    {body}\n"


def mask(body: str) -> str:
    return f"def block_mask(segments):\n    T = segments.size(1)\n    {body}\n"


def lora(line: str) -> str:
    return f"def lora_output(x, W, A, B, alpha):\n    r = A.size(0)\n    return {line}\n"


def merged(body: str) -> str:
    return f"def merged_weight(W, A, B, alpha):\n    r = A.size(0)\n    {body}\n"


def predicted(*numbers: int) -> str:
    return f"def predict_lora(): return {numbers}"


RIGHT_ANSWERS = {
    "chat_ids": [
        chat("p = [end, user] + request + [storyteller]; return p if answer is None else p + answer + [end]"),
        """
def chat_ids(request, answer, end, user, storyteller):
    ids = [end, user]
    ids.extend(request)
    ids.append(storyteller)
    if answer is not None:
        ids.extend(answer)
        ids.append(end)
    return ids
""",
        chat("return [end, user, *request, storyteller, *([*answer, end] if answer is not None else ())]"),
        chat(
            "tail = [] if answer is None else list(answer) + [end]"
            "; return [end] + [user] + request + [storyteller] + tail"
        ),
        chat(
            "if answer is None: return [end, user, *request, storyteller]\n"
            "    return chat_ids(request, None, end, user, storyteller) + answer + [end]"
        ),
    ],
    "answer_targets": [
        targets("return [-100] * (start - 1) + ids[start:]"),
        targets("return [t if i + 1 >= start else -100 for i, t in enumerate(ids[1:])]"),
        targets("y = ids[1:]\n    y[: start - 1] = [-100] * (start - 1)\n    return y"),
        targets("y = torch.tensor(ids).roll(-1)[:-1]\n    y[: start - 1] = -100\n    return y.tolist()"),
        targets(
            "out = []\n    for t in range(len(ids) - 1):\n"
            "        out.append(ids[t + 1] if t + 1 >= start else -100)\n    return out"
        ),
    ],
    "block_mask": [
        mask("return (segments[:, :, None] == segments[:, None, :]) & torch.tril(torch.ones(T, T)).bool()"),
        mask("return torch.tril(segments.unsqueeze(-1) == segments.unsqueeze(-2))"),
        mask("t = torch.arange(T); return (segments[:, :, None] == segments[:, None]) & (t[:, None] >= t)"),
        mask("return ((segments[:, :, None] - segments[:, None, :]) == 0).tril()"),
        """
def block_mask(segments):
    B, T = segments.shape
    out = torch.zeros(B, T, T, dtype=torch.bool)
    for b in range(B):
        for q in range(T):
            for k in range(q + 1):
                out[b, q, k] = segments[b, q] == segments[b, k]
    return out
""",
    ],
    "lora_output": [
        lora("x @ W.T + alpha / r * x @ A.T @ B.T"),
        lora("F.linear(x, W) + F.linear(F.linear(x, A), B) * (alpha / r)"),
        lora("x @ (W + alpha / r * B @ A).T"),
        lora("torch.einsum('ni,oi->no', x, W) + (alpha / r) * torch.einsum('ni,ri,or->no', x, A, B)"),
        lora("(W @ x.T + B @ (A @ x.T) * alpha / B.shape[1]).T"),
    ],
    "merged_weight": [
        merged("return W + alpha / r * B @ A"),
        merged("return W.clone().add_(B @ A, alpha=alpha / r)"),
        merged("return W + (A.T @ B.T).T * (alpha / r)"),
        merged("M = W.clone()\n    M += (alpha / r) * torch.mm(B, A)\n    return M"),
        merged("return W + sum(torch.outer(B[:, i], A[i]) for i in range(r)) * alpha / r"),
    ],
    "predict_lora": [
        predicted(800, 19_200, 153_600, 0),
        "def predict_lora():\n    one = 4 * 100 + 100 * 4\n    return one, one * 24, one * 24 * 8, 0",
        "def predict_lora(): return [800, 2 * 12 * 800, 2 * 12 * 800 * 2 * 4, 0]",
    ],
}


WRONG_ANSWERS = [
    ("chat_ids", "no end", chat("return [end, user] + request + [storyteller] + (answer or [])")),
    (
        "chat_ids",
        "an end after an open prompt",
        chat("return [end, user] + request + [storyteller] + (answer or []) + [end]"),
    ),
    (
        "chat_ids",
        "no beginning",
        chat("p = [user] + request + [storyteller]; return p if answer is None else p + answer + [end]"),
    ),
    (
        "chat_ids",
        "nobody answers",
        chat("p = [end, user] + request; return p if answer is None else p + answer + [end]"),
    ),
    (
        "chat_ids",
        "nobody asks",
        chat("p = [end] + request + [storyteller]; return p if answer is None else p + answer + [end]"),
    ),
    (
        "chat_ids",
        "speakers swapped",
        chat("p = [end, storyteller] + request + [user]; return p if answer is None else p + answer + [end]"),
    ),
    (
        "chat_ids",
        "an end between request and answer",
        chat("p = [end, user] + request + [end, storyteller]; return p if answer is None else p + answer + [end]"),
    ),
    (
        "chat_ids",
        "an empty answer taken for none",
        chat("p = [end, user] + request + [storyteller]; return p + answer + [end] if answer else p"),
    ),
    (
        "chat_ids",
        "closed with the user",
        chat("p = [end, user] + request + [storyteller]; return p if answer is None else p + answer + [user]"),
    ),
    (
        "chat_ids",
        "the storyteller once more at the end",
        chat(
            "p = [end, user] + request + [storyteller]; return p if answer is None else p + answer + [end, storyteller]"
        ),
    ),
    ("answer_targets", "the prompt counts", targets("return ids[1:]")),
    (
        "answer_targets",
        "shifted twice, the end lost",
        targets("return [-100] * (start - 1) + ids[start + 1:] + [-100]"),
    ),
    ("answer_targets", "not shifted", targets("return [t if i >= start else -100 for i, t in enumerate(ids[:-1])]")),
    ("answer_targets", "the end does not count", targets("return [-100] * (start - 1) + ids[start:-1] + [-100]")),
    ("answer_targets", "the answer's first token does not count", targets("return [-100] * start + ids[start + 1:]")),
    (
        "answer_targets",
        "the prompt's last token counts",
        targets("return [-100] * (start - 2) + ids[max(start - 1, 1):]"),
    ),
    ("answer_targets", "0 for what does not count", targets("return [0] * (start - 1) + ids[start:]")),
    ("answer_targets", "-1 for what does not count", targets("return [-1] * (start - 1) + ids[start:]")),
    ("answer_targets", "only the answer returned", targets("return ids[start:]")),
    ("answer_targets", "nothing shifted away", targets("return [-100] * start + ids[start:]")),
    ("block_mask", "the future seen", mask("return segments[:, :, None] == segments[:, None, :]")),
    (
        "block_mask",
        "no walls",
        mask("return torch.tril(torch.ones(T, T, dtype=torch.bool)).repeat(len(segments), 1, 1)"),
    ),
    ("block_mask", "the upper triangle", mask("return torch.triu(segments[:, :, None] == segments[:, None, :])")),
    ("block_mask", "True where hidden", mask("return ~torch.tril(segments[:, :, None] == segments[:, None, :])")),
    ("block_mask", "not itself", mask("return torch.tril(segments[:, :, None] == segments[:, None, :], -1)")),
    (
        "block_mask",
        "numbers for True and False",
        mask("return torch.tril(segments[:, :, None] == segments[:, None, :]).float()"),
    ),
    ("block_mask", "segments before seen", mask("return torch.tril(segments[:, :, None] >= segments[:, None, :])")),
    (
        "block_mask",
        "filling sees nobody",
        mask("return torch.tril(segments[:, :, None] == segments[:, None, :]) & (segments != -1)[:, :, None]"),
    ),
    (
        "block_mask",
        "either instead of both",
        mask("return (segments[:, :, None] == segments[:, None, :]) | torch.ones(T, T).tril().bool()"),
    ),
    (
        "block_mask",
        "what is added instead",
        mask("m = torch.tril(segments[:, :, None] == segments[:, None, :])\n    return torch.where(m, 0.0, -math.inf)"),
    ),
    ("lora_output", "α without r", lora("x @ W.T + alpha * x @ A.T @ B.T")),
    ("lora_output", "no factor", lora("x @ W.T + x @ A.T @ B.T")),
    ("lora_output", "1/r without α", lora("x @ W.T + x @ A.T @ B.T / r")),
    ("lora_output", "r/α", lora("x @ W.T + r / alpha * x @ A.T @ B.T")),
    ("lora_output", "divided by √r", lora("x @ W.T + alpha / r ** 0.5 * x @ A.T @ B.T")),
    ("lora_output", "the base left out", lora("alpha / r * x @ A.T @ B.T")),
    ("lora_output", "the change left out", lora("x @ W.T")),
    ("lora_output", "divided by the width", lora("x @ W.T + alpha / A.shape[1] * x @ A.T @ B.T")),
    ("lora_output", "α times r", lora("x @ W.T + alpha * r * x @ A.T @ B.T")),
    ("lora_output", "the factor on the base, too", lora("alpha / r * x @ (W + B @ A).T")),
    ("merged_weight", "α without r", merged("return W + alpha * B @ A")),
    ("merged_weight", "no factor", merged("return W + B @ A")),
    ("merged_weight", "1/r without α", merged("return W + B @ A / r")),
    ("merged_weight", "the change alone", merged("return alpha / r * B @ A")),
    ("merged_weight", "merged twice", merged("M = W + alpha / r * B @ A\n    return M + alpha / r * B @ A")),
    ("merged_weight", "unmerged", merged("return W - alpha / r * B @ A")),
    ("merged_weight", "divided by the width", merged("return W + alpha / A.shape[-1] * B @ A")),
    ("merged_weight", "divided by the outputs", merged("return W + alpha / B.shape[0] * B @ A")),
    ("merged_weight", "α times r", merged("return W + alpha * r * B @ A")),
    ("merged_weight", "the factor on W, too", merged("return alpha / r * (W + B @ A)")),
    ("predict_lora", "one of two matrices", predicted(400, 19_200, 153_600, 0)),
    ("predict_lora", "the whole weight", predicted(10_000, 19_200, 153_600, 0)),
    ("predict_lora", "one projection a layer", predicted(800, 9_600, 153_600, 0)),
    ("predict_lora", "one layer", predicted(800, 1_600, 153_600, 0)),
    ("predict_lora", "all four projections", predicted(800, 38_400, 153_600, 0)),
    ("predict_lora", "one moment", predicted(800, 19_200, 76_800, 0)),
    ("predict_lora", "numbers for bytes", predicted(800, 19_200, 38_400, 0)),
    ("predict_lora", "gradients counted", predicted(800, 19_200, 230_400, 0)),
    ("predict_lora", "merged beside the base", predicted(800, 19_200, 153_600, 19_200)),
    ("predict_lora", "a second weight", predicted(800, 19_200, 153_600, 240_000)),
]

SEEN_ANSWERS = [
    (
        "chat_ids",
        "`prompt = [end, user, request, storyteller]`",
        """
def chat_ids(request: list[int], answer: list[int] | None, end: int, user: int, storyteller: int):
    prompt = [end, user, request, storyteller]
    return prompt if answer is None else [*prompt, *answer, end]
""",
    ),
    (
        "lora_output",
        "`return x @ W + alpha / A.shape[0] * (x @ A.T @ B.T)`",
        """
def lora_output(
    x,
    W,
    A,
    B,
    alpha: float,
):
    r = A.shape[0]
    return x @ W + alpha / r * (x @ A.T @ B.T)
""",
    ),
    (
        "predict_lora",
        "number 1: the whole weight. The weight of 100 × 100 is frozen. A and B",
        """
def predict_lora(): return 10_000, 240_000, 1_920_000, 0
""",
    ),
    (
        "predict_lora",
        "number 1: one of two matrices. There are two: A is 4 × 100, and B is 1",
        """
def predict_lora(): return 400, 9600, 76_800, 0
""",
    ),
    (
        "lora_output",
        "`return x @ W.T + alpha**2 / A.shape[0] * (x @ A.T @ B.T)`",
        """
def lora_output(x, W, A, B, alpha):
    return x @ W.T + alpha * alpha / len(A) * (x @ A.T @ B.T)
""",
    ),
    (
        "merged_weight",
        "each number of yours is 1/2 times what it should be",
        """
def merged_weight(W, A, B, alpha):
    return (W + alpha / len(A) * (B @ A)) / 2
""",
    ),
    (
        "merged_weight",
        "`return -W + alpha / A.shape[0] * (B @ A)`",
        """
def merged_weight(W, A, B, alpha):
    return alpha / len(A) * (B @ A) - W
""",
    ),
]
