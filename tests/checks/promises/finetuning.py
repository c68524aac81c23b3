"""What the statements of lesson 16's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "chat_ids": [
        Promise(
            "as one list of ids",
            "lambda *args: torch.tensor(right(*args))",
            "expected a list",
        ),
        Promise(
            "An empty answer is an answer, and ends",
            "lambda request, answer, *special: right(request, answer or None, *special)",
            "an empty answer taken for none",
        ),
        Promise(
            "stop after `storyteller`",
            "lambda request, answer, *special: right(request, answer, *special) if answer is not None "
            "else right(request, [], *special)",
            "an end after an open prompt",
        ),
        Promise(
            "`end`, `user`, the request, `storyteller`, the answer, `end`",
            "lambda *args: right(*args)[1:]",
            "no beginning",
        ),
    ],
    "answer_targets": [
        Promise(
            "Decide by the *place* whether a target counts, not by its id",
            "lambda ids, start: [-100 if t == ids[0] and i < len(ids) - 2 else t for i, t in "
            "enumerate(right(ids, start))]",
            "another value",
        ),
        Promise(
            "All other targets are −100",
            "lambda ids, start: [-1 if t == -100 else t for t in right(ids, start)]",
            "-1 for what does not count",
        ),
        Promise(
            "after 8 it shall say 90",
            "lambda ids, start: [*right(ids, start)[:-1], -100]",
            "the end does not count",
        ),
        Promise(
            "For each of ids[:-1]",
            "lambda ids, start: [*right(ids, start), -100]",
            "one target too many",
        ),
        Promise(
            "For each of ids[:-1]",
            "lambda ids, start: torch.tensor(right(ids, start))",
            "expected a list",
        ),
    ],
    "block_mask": [
        Promise(
            "True where a query (row) may attend to a key (column)",
            "lambda segments: right(segments).float()",
            "numbers for True and False",
        ),
        Promise(
            "True where a query (row) may attend to a key (column)",
            "lambda segments: right(segments).mT",
            "the upper triangle",
        ),
        Promise(
            "and none after itself",
            "lambda segments: segments[:, :, None] == segments[:, None]",
            "the future seen",
        ),
        Promise(
            "has the segment −1 and is treated like any other",
            "lambda segments: right(segments) & (segments != -1)[:, None]",
            "filling sees nobody",
        ),
        Promise(
            "of its own segment",
            "lambda segments: right(torch.zeros_like(segments))",
            "no walls",
        ),
    ],
    "lora_output": [
        Promise(
            "LoRA puts two narrow matrices beside it",
            "lambda x, W, A, B, alpha: x @ W.T + (alpha / len(A) * x @ A.T @ B.T).detach()",
            "no gradient arrives at `A`",
        ),
        Promise(
            "The rank $r$ is the number of rows of `A`",
            "lambda x, W, A, B, alpha: right(x, W, A, B, alpha * len(A))",
            "α without r",
        ),
        Promise(
            "\\frac{\\alpha}{r}",
            "lambda x, W, A, B, alpha: right(x, W, A, B, 1.0)",
            "1/r without α",
        ),
        Promise(
            "A frozen linear layer has the weight `W`",
            "lambda x, W, A, B, alpha: right(x, W, A, B, alpha) - x @ W.T",
            "the base left out",
        ),
    ],
    "merged_weight": [
        Promise(
            "Leave `W` as it is",
            "lambda W, A, B, alpha: W.copy_(right(W, A, B, alpha))",
            "merged in place",
        ),
        Promise(
            "Return its weight",
            "lambda W, A, B, alpha: right(W, A, B, alpha).T",
            "values differ",
        ),
        Promise(
            "one plain layer can do what the layer with LoRA does",
            "lambda W, A, B, alpha: right(W, A, B, alpha) - W",
            "the change alone",
        ),
    ],
    "predict_lora": [
        Promise(
            "how many bytes AdamW's two moments (its running means) take",
            "lambda: (right()[0], right()[1], right()[2] // 2, right()[3])",
            "one moment",
        ),
        Promise(
            "how many numbers the merged model has more",
            "lambda: (*right()[:3], right()[1])",
            "merged beside the base",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {}
