"""The exercises of lesson 04: what their reports say besides."""

from course_lib.checks.engine.examine import WRONG
from course_lib.checks.engine.report import report_of
from tests.checks.answers import examined
from tests.checks.answers.multi_head_attention import LAYERS, SPLIT


def test_a_split_that_lets_torch_complain_is_told_to_raise_a_value_error() -> None:
    examination = examined(
        "split_heads",
        "def split_heads(x, n_head): return x.view(*x.shape[:2], n_head, x.shape[-1] // n_head).transpose(1, 2)",
    )
    assert examination.status == WRONG
    assert "raise a ValueError" in examination.verdicts[1].detail
    assert "RuntimeError" in examination.verdicts[1].detail


def test_a_split_that_drops_the_channels_left_over_is_told_so() -> None:
    examination = examined(
        "split_heads",
        """
def split_heads(x, n_head):
    d = x.shape[-1] // n_head
    return torch.stack([x[..., h * d:(h + 1) * d] for h in range(n_head)], dim=1)
""",
    )
    assert examination.status == WRONG
    assert "but your code gave a result of (1, " in examination.verdicts[1].detail


def test_a_module_without_the_output_layer_is_told_which_parameter_it_lacks() -> None:
    source = LAYERS.replace("        self.out_proj = nn.Linear(C, C, bias=config.bias)\n", "")
    examination = examined("MultiHeadAttention", source + SPLIT + "        return join(F.relu(q))")
    assert examination.status == WRONG
    assert "your module lacks `out_proj.weight` of shape (4, 4)" in examination.verdicts[0].detail


def test_a_module_that_mixes_the_sequences_of_a_batch_fails_that_property() -> None:
    source = (
        LAYERS
        + SPLIT
        + "        return self.out_proj(join(scaled_dot_product_attention(q, k, v.mean(0, True).expand_as(v))))"
    )
    examination = examined("MultiHeadAttention", source)
    failed = [verdict.statement for verdict in examination.verdicts if not verdict.holds]
    assert "the sequences of a batch do not see each other" in failed


def test_the_refusal_names_both_numbers() -> None:
    one_number = """
def split_heads(x, n_head):
    B, T, C = x.shape
    if C % n_head != 0:
        raise ValueError(f"C must be divisible by n_head, and {n_head} is not")
    return x.reshape(B, T, n_head, C // n_head).transpose(1, 2)
"""
    examination = examined("split_heads", one_number)
    assert examination.status == WRONG
    assert "name both numbers" in repr(report_of(examination))
