"""Where slips happen in the code of `adamw_step`."""

from course_lib.checks.engine.variants import Slot, Variants

VARIANTS = Variants(
    """
def adamw_step(weight, gradient, average, average_square, step, *, lr, beta1, beta2, eps, weight_decay):
    m = <m>
    v = <v>
    m_hat = <m_hat>
    v_hat = <v_hat>
    new = <new>
    return <end>
""",
    (
        Slot(
            "m",
            "beta1 * average + (1 - beta1) * gradient",
            (
                "beta1 * average + gradient",
                "(1 - beta1) * average + beta1 * gradient",
                "beta1 * average - (1 - beta1) * gradient",
                "beta2 * average + (1 - beta2) * gradient",
                "average + (1 - beta1) * gradient",
                "beta1 * average + (1 - beta1) * gradient.square()",
                "(average + gradient) / 2",
                "gradient",
                "beta1 * average + (1 - beta1) * gradient.abs()",
            ),
        ),
        Slot(
            "v",
            "beta2 * average_square + (1 - beta2) * gradient.square()",
            (
                "beta2 * average_square + (1 - beta2) * gradient",
                "beta2 * average_square + gradient.square()",
                "(1 - beta2) * average_square + beta2 * gradient.square()",
                "beta1 * average_square + (1 - beta1) * gradient.square()",
                "beta2 * average_square + (1 - beta2) * gradient.abs()",
                "beta2 * average_square + (1 - beta2) * m.square()",
                "beta2 * average_square + (1 - beta2) * (gradient - m).square()",
                "beta2 * average_square + ((1 - beta2) * gradient).square()",
                "beta2 * average_square + (1 - beta2) * gradient.square().mean()",
                "gradient.square()",
            ),
        ),
        Slot(
            "m_hat",
            "m / (1 - beta1**step)",
            (
                "m",
                "m / (1 - beta1)",
                "m / (1 - beta1 ** (step + 1))",
                "m / (1 - beta1 ** (step - 1) + 1e-9)",
                "m / (1 - beta1 * step)",
                "m * (1 - beta1**step)",
                "m / (1 - beta2**step)",
                "m / beta1**step",
                "gradient",
            ),
        ),
        Slot(
            "v_hat",
            "v / (1 - beta2**step)",
            (
                "v",
                "v / (1 - beta2)",
                "v / (1 - beta2 ** (step + 1))",
                "v / (1 - beta2 * step)",
                "v * (1 - beta2**step)",
                "v / (1 - beta1**step)",
                "v / beta2**step",
            ),
        ),
        Slot(
            "new",
            "weight - lr * weight_decay * weight - lr * m_hat / (v_hat.sqrt() + eps)",
            (
                "weight - lr * m_hat / (v_hat.sqrt() + eps)",
                "weight - weight_decay * weight - lr * m_hat / (v_hat.sqrt() + eps)",
                "weight - lr * weight_decay * weight - lr * m_hat / (v_hat + eps).sqrt()",
                "weight - lr * weight_decay * weight - lr * m_hat / (v_hat + eps)",
                "weight - lr * weight_decay * weight - lr * m_hat / v_hat.sqrt()",
                "weight - lr * weight_decay * weight - lr * m_hat / v_hat.sqrt() + eps",
                "weight - lr * weight_decay * weight - m_hat / (v_hat.sqrt() + eps)",
                "weight - lr * weight_decay * weight + lr * m_hat / (v_hat.sqrt() + eps)",
                "weight + lr * weight_decay * weight - lr * m_hat / (v_hat.sqrt() + eps)",
                "(weight - lr * m_hat / (v_hat.sqrt() + eps)) * (1 - lr * weight_decay)",
                "weight * (1 - weight_decay) - lr * m_hat / (v_hat.sqrt() + eps)",
                "weight - lr * weight_decay - lr * m_hat / (v_hat.sqrt() + eps)",
                "weight - lr * weight_decay * weight - lr * gradient / (v_hat.sqrt() + eps)",
                "weight - lr * weight_decay * weight - lr * m_hat * (v_hat.sqrt() + eps)",
                "weight - lr * (m_hat / (v_hat.sqrt() + eps) - weight_decay * weight)",
                "weight - lr * weight_decay * gradient - lr * m_hat / (v_hat.sqrt() + eps)",
                "weight - lr * weight_decay * weight - lr * m_hat / (v_hat.sqrt() + eps).mean()",
                "weight * weight_decay - lr * m_hat / (v_hat.sqrt() + eps)",
            ),
        ),
        Slot(
            "end",
            "new, m, v",
            (
                "new, m_hat, v_hat",
                "new, v, m",
                "new, m, v.sqrt()",
                "new, average, average_square",
                "new",
                "m, v, new",
                "new - weight, m, v",
            ),
        ),
    ),
)
