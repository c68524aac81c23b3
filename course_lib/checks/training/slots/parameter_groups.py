"""Where slips happen in the code of `parameter_groups`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def parameter_groups(model, weight_decay):
    named = [(name, p) for name, p in model.named_parameters(<listed>) if <trained>]
    decaying = [p for name, p in named if <decays>]
    sparing = [p for name, p in named if <spared>]
    return [{"params": decaying, "weight_decay": <decay>}, {"params": sparing, "weight_decay": <none>}]
""",
    (
        Slot(
            "listed",
            "remove_duplicate=True",
            (
                "remove_duplicate=False",
                "recurse=False",
            ),
        ),
        Slot(
            "trained",
            "p.requires_grad",
            (
                "True",
                "not p.requires_grad",
                "p.grad is not None",
            ),
        ),
        Slot(
            "decays",
            "p.dim() >= 2",
            (
                "p.dim() > 2",
                "p.dim() < 2",
                "p.dim() == 1",
                '"bias" not in name',
                '"norm" not in name',
                '"weight" in name',
                '"proj" in name',
                '"embedding" not in name and p.dim() >= 2',
                '"bias" not in name and "norm" not in name and "embedding" not in name',
                "True",
                "p.numel() > 1",
            ),
        ),
        Slot(
            "spared",
            "p.dim() < 2",
            (
                "p.dim() >= 2",
                '"bias" in name',
                '"norm" in name',
                '"bias" in name or "norm" in name or "embedding" in name',
                '"embedding" in name or p.dim() < 2',
                "True",
                "False",
            ),
        ),
        Slot(
            "decay",
            "weight_decay",
            (
                "0.0",
                "0.1",
                "0.01",
                "1.0",
            ),
        ),
        Slot(
            "none",
            "0.0",
            (
                "weight_decay",
                "None",
                "0.01",
                "weight_decay / 10",
            ),
        ),
    ),
    most=200,
)
