"""Where slips happen in the code of `rms_norm`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def rms_norm(x, weight, eps):
    y = <y>
    mean = <mean>
    return <end>
""",
    (
        Slot(
            "y",
            "x.float()",
            (
                "x",
                "x.float() - x.float().mean(dim=-1, keepdim=True)",
                "x.half()",
                "x.float().abs()",
            ),
        ),
        Slot(
            "mean",
            "y.square().mean(dim=-1, keepdim=True)",
            (
                "y.square().sum(dim=-1, keepdim=True)",
                "y.square().mean()",
                "y.square().mean(dim=0, keepdim=True)",
                "y.square().mean(dim=tuple(range(x.dim())), keepdim=True)",
                "x.square().mean(dim=-1, keepdim=True).float()",
                "y.var(dim=-1, keepdim=True)",
                "y.var(dim=-1, keepdim=True, unbiased=False)",
                "y.abs().mean(dim=-1, keepdim=True)",
                "y.mean(dim=-1, keepdim=True).square()",
                "y.square().amax(dim=-1, keepdim=True)",
                "y.square().mean(dim=-1, keepdim=True).sqrt()",
            ),
        ),
        Slot(
            "end",
            "(y / (mean + eps).sqrt() * weight).to(x.dtype)",
            (
                "(y / (mean.sqrt() + eps) * weight).to(x.dtype)",
                "(y / (mean + eps) * weight).to(x.dtype)",
                "(y * (mean + eps).sqrt() * weight).to(x.dtype)",
                "(y / mean.sqrt() * weight).to(x.dtype)",
                "(y / (mean + eps).sqrt()).to(x.dtype)",
                "(y / (mean + eps).sqrt() / weight).to(x.dtype)",
                "(y / (mean + eps).sqrt() + weight).to(x.dtype)",
                "(y / (mean + eps).sqrt() * (1 + weight)).to(x.dtype)",
                "(y / (mean + eps**2).sqrt() * weight).to(x.dtype)",
                "(y / (mean - eps).sqrt() * weight).to(x.dtype)",
                "(y / (mean + 1e-5).sqrt() * weight).to(x.dtype)",
                "(y / (mean + eps).sqrt() * weight.mean()).to(x.dtype)",
                "(x * weight / (mean + eps).sqrt() * weight).to(x.dtype)",
            ),
        ),
    ),
)
