"""Where slips happen in the code of `for_muon`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def for_muon(shapes):
    found = []
    for name, shape in shapes.items():
        table = <table>
        if <moved>:
            found.append(<what>)
    return <end>
""",
    (
        Slot(
            "table",
            'any(part in name for part in ("embedding", "head", "router"))',
            (
                'any(part in name for part in ("embedding", "head"))',
                'any(part in name for part in ("embedding", "router"))',
                'any(part in name for part in ("head", "router"))',
                '"embedding" in name',
                '"router" in name',
                'name.startswith("blocks")',
                'any(part in name for part in ("embedding", "head", "router", "mlp"))',
                'any(part in name for part in ("embedding", "head", "router", "attention"))',
                'any(part in name for part in ("embedding", "head", "router", "out_proj", "down_proj"))',
            ),
        ),
        Slot(
            "moved",
            "len(shape) == 2 and not table",
            (
                "len(shape) == 2",
                "not table",
                "len(shape) == 1 and not table",
                "len(shape) == 2 and table",
                "len(shape) == 2 and shape[0] == shape[1] and not table",
                "len(shape) == 2 and shape[0] >= shape[1] and not table",
                'name.endswith(".weight") and not table',
                '"norm" not in name and not table',
                "not (len(shape) == 2 and not table)",
                'len(shape) == 2 and name.startswith("blocks.0") and not table',
                'len(shape) == 2 and "proj" in name and "mlp" in name',
                'len(shape) == 2 and "proj" in name and "attention" in name',
            ),
        ),
        Slot(
            "what",
            "name",
            (
                "shape",
                "(name, shape)",
                'name.removesuffix(".weight")',
            ),
        ),
        Slot(
            "end",
            "found",
            (
                "sorted(found)",
                "set(found)",
                "found[::-1]",
                "len(found)",
            ),
        ),
    ),
)
