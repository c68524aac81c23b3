"""Where slips happen in the code of `ov_table`."""

import torch

from course_lib.checks.engine.variants import Slot, Variants

NAMES = {"torch": torch}

VARIANTS = Variants(
    """
def ov_table(embedding, w_v, w_o, head):
    values = <values>
    written = <written>
    return <end>
""",
    (
        Slot(
            "values",
            "embedding @ w_v.T",
            (
                "embedding @ w_o",
                "head @ w_v.T",
                "head @ w_o",
                "torch.softmax(embedding @ w_v.T, dim=-1)",
                "embedding @ w_v.T / len(w_v) ** 0.5",
                "(embedding - embedding.mean(dim=-1, keepdim=True)) @ w_v.T",
            ),
        ),
        Slot(
            "written",
            "values @ w_o.T",
            (
                "values @ w_v",
                "values @ w_o.T / len(w_v) ** 0.5",
                "values @ w_o.T + embedding",
                "embedding + values @ w_o.T",
                "torch.nn.functional.layer_norm(values @ w_o.T, embedding.shape[-1:])",
                "embedding",
            ),
        ),
        Slot(
            "end",
            "written @ head.T",
            (
                "written @ embedding.T",
                "(written @ head.T).T",
                "written @ head",
                "torch.softmax(written @ head.T, dim=-1)",
                "torch.log_softmax(written @ head.T, dim=-1)",
                "written @ head.T + embedding @ head.T",
                "written @ head.T / head.shape[1] ** 0.5",
                "(written @ head.T).argmax(dim=-1)",
                "(written @ head.T) * torch.eye(len(head))",
                "written",
            ),
        ),
    ),
    NAMES,
)
