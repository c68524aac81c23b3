"""Where slips happen in the code of `head_worth`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def head_worth(without, kept):
    gain = <gain>
    mean = <mean>
    error = <error>
    return <end>
""",
    (
        Slot(
            "gain",
            "without - kept",
            (
                "kept - without",
                "(without - kept).abs()",
                "without / kept",
                "(without - kept) / kept",
                "without",
                "without.exp() - kept.exp()",
            ),
        ),
        Slot(
            "mean",
            "gain.mean().item()",
            (
                "gain.median().item()",
                "gain.sum().item()",
                "gain.max().item()",
            ),
        ),
        Slot(
            "error",
            "gain.std().item() / len(gain) ** 0.5",
            (
                "gain.std().item()",
                "gain.std(unbiased=False).item() / len(gain) ** 0.5",
                "gain.std().item() / len(gain)",
                "gain.var().item() / len(gain) ** 0.5",
                "gain.var().item() / len(gain)",
                "gain.std().item() / (len(gain) - 1) ** 0.5",
                "gain.std().item() * len(gain) ** 0.5",
                "((without.var() + kept.var()) / len(gain)).sqrt().item()",
                "without.std().item() / len(gain) ** 0.5",
                "kept.std().item() / len(gain) ** 0.5",
                "without.std().item() / len(gain) ** 0.5 + kept.std().item() / len(gain) ** 0.5",
            ),
        ),
        Slot(
            "end",
            "mean, mean - 1.96 * error, mean + 1.96 * error",
            (
                "mean, mean + 1.96 * error, mean - 1.96 * error",
                "mean - 1.96 * error, mean, mean + 1.96 * error",
                "mean, mean - error, mean + error",
                "mean, mean - 2 * error, mean + 2 * error",
                "mean, mean - 0.98 * error, mean + 0.98 * error",
                "mean, mean - 3.92 * error, mean + 3.92 * error",
                "mean, mean - 1.645 * error, mean + 1.645 * error",
                "mean, mean - 1.96 + error, mean + 1.96 + error",
                "mean, -1.96 * error, 1.96 * error",
                "mean, gain.min().item(), gain.max().item()",
                "mean, gain.quantile(0.025).item(), gain.quantile(0.975).item()",
                "mean, mean - 1.96 * error**2, mean + 1.96 * error**2",
                "mean, mean, mean + 1.96 * error",
                "mean, error, error",
            ),
        ),
    ),
)
