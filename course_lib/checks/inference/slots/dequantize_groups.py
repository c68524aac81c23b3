"""Where slips happen in the code of `dequantize_groups`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def dequantize_groups(numbers, scale, zero):
    size = <size>
    number = numbers.to(scale.dtype)
    s = <scales>
    z = <zeros>
    return <weights>
""",
    (
        Slot(
            "size",
            "numbers.shape[1] // scale.shape[1]",
            (
                "scale.shape[1]",
                "numbers.shape[0] // scale.shape[0]",
            ),
        ),
        Slot(
            "scales",
            "scale.repeat_interleave(size, dim=1)",
            (
                "scale.repeat(1, size)",
                "scale.repeat_interleave(size, dim=0).reshape(numbers.shape)",
                "scale[:, :1]",
                "scale[:, -1:]",
                "scale.mean(dim=1, keepdim=True)",
                "scale[:1].repeat_interleave(size, dim=1)",
                "1 / scale.repeat_interleave(size, dim=1)",
                "scale.flip(1).repeat_interleave(size, dim=1)",
            ),
        ),
        Slot(
            "zeros",
            "zero.to(scale.dtype).repeat_interleave(size, dim=1)",
            (
                "zero.to(scale.dtype).repeat(1, size)",
                "zero.to(scale.dtype)[:, :1]",
                "zero.to(scale.dtype)[:, -1:]",
                "zero.to(scale.dtype)[:1].repeat_interleave(size, dim=1)",
                "0",
                "128",
                "zero.to(scale.dtype).abs().repeat_interleave(size, dim=1)",
            ),
        ),
        Slot(
            "weights",
            "(number - z) * s",
            (
                "(number + z) * s",
                "(z - number) * s",
                "number * s - z",
                "number * s + z",
                "number - z * s",
                "number * s",
                "(number - z) / s",
                "(numbers - zero.repeat_interleave(size, dim=1)) * s",
                "((number - z) * s).round()",
                "(number * s).reshape(numbers.shape)",
                "(number - z) * s.abs().sqrt()",
            ),
        ),
    ),
)
