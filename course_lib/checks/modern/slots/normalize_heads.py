"""Where slips happen in the code of `normalize_heads`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def normalize_heads(x, weight, eps):
    mean = <mean>
    return <end>
""",
    (
        Slot(
            "mean",
            "x.square().mean(dim=-1, keepdim=True)",
            (
                "x.square().sum(dim=-1, keepdim=True)",
                "x.square().mean(dim=-2, keepdim=True)",
                "x.square().mean(dim=1, keepdim=True)",
                "x.square().mean(dim=(1, 3), keepdim=True)",
                "x.square().mean(dim=(2, 3), keepdim=True)",
                "x.square().mean(dim=(1, 2, 3), keepdim=True)",
                "x.square().mean()",
                "x.var(dim=-1, keepdim=True)",
                "x.var(dim=-1, keepdim=True, unbiased=False)",
                "x.mean(dim=-1, keepdim=True).square()",
                "x.abs().mean(dim=-1, keepdim=True)",
                "x.square().amax(dim=-1, keepdim=True)",
                "x.square().mean(dim=-1, keepdim=True).sqrt()",
            ),
        ),
        Slot(
            "end",
            "x / (mean + eps).sqrt() * weight",
            (
                "x / (mean.sqrt() + eps) * weight",
                "x / (mean + eps) * weight",
                "x * (mean + eps).sqrt() * weight",
                "x / mean.sqrt() * weight",
                "x / (mean + eps).sqrt()",
                "x / (mean + eps).sqrt() / weight",
                "x / (mean + eps).sqrt() + weight",
                "x / (mean + eps).sqrt() * (1 + weight)",
                "x / (mean + eps**2).sqrt() * weight",
                "x / (mean - eps).sqrt() * weight",
                "x / (mean + eps).sqrt() * weight.mean()",
                "(x - x.mean(dim=-1, keepdim=True)) / (mean + eps).sqrt() * weight",
                "x * weight / ((x * weight).square().mean(dim=-1, keepdim=True) + eps).sqrt()",
                "x / (mean + eps).sqrt() * weight.flip(0)",
                "x / (mean + 1e-6).sqrt() * weight",
            ),
        ),
    ),
)
