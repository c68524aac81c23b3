"""What the tracer prints, and that it leaves no trace of its own."""

import pytest
import torch
from torch import Tensor, nn

from course_lib.config import GPTConfig
from course_lib.gpt import GPT
from course_lib.show.tracing import trace_shapes

SMALL = GPTConfig(vocab_size=50, seq_len=16, n_layer=4, n_embd=20, n_head=2)

GPT_TABLE = """\
module                              input        output
GPT                                 (2, 8)       (2, 8, 50)
  token_embedding: Embedding        (2, 8)       (2, 8, 20)
  position_embedding: Embedding     (8,)         (8, 20)
  dropout: Dropout                  (2, 8, 20)   (2, 8, 20)
  blocks.0: DecoderBlock            (2, 8, 20)   (2, 8, 20)
    norm_1: LayerNorm               (2, 8, 20)   (2, 8, 20)
    attention: MultiHeadAttention   (2, 8, 20)   (2, 8, 20)
      qkv_proj: Linear              (2, 8, 20)   (2, 8, 60)
      out_proj: Linear              (2, 8, 20)   (2, 8, 20)
      out_dropout: Dropout          (2, 8, 20)   (2, 8, 20)
    norm_2: LayerNorm               (2, 8, 20)   (2, 8, 20)
    mlp: MLP                        (2, 8, 20)   (2, 8, 20)
      up_proj: Linear               (2, 8, 20)   (2, 8, 80)
      down_proj: Linear             (2, 8, 80)   (2, 8, 20)
      dropout: Dropout              (2, 8, 20)   (2, 8, 20)
  blocks.1 … blocks.3: the same
  final_norm: LayerNorm             (2, 8, 20)   (2, 8, 20)
  head: Linear                      (2, 8, 20)   (2, 8, 50)
"""


class Net(nn.Module):
    """Two layers; `between` is what a learner gets wrong."""

    def __init__(self, width: int = 6) -> None:
        super().__init__()
        self.up = nn.Linear(4, 6)
        self.down = nn.Linear(width, 4)

    def between(self, x: Tensor) -> Tensor:
        return x

    def forward(self, x: Tensor) -> Tensor:
        return self.down(self.between(self.up(x)))


class Transposed(Net):
    def between(self, x: Tensor) -> Tensor:
        return x.transpose(0, 1)


class Stopped(Net):
    def between(self, x: Tensor) -> Tensor:
        raise RuntimeError("no way on")


class Widened(Net):
    def __init__(self) -> None:
        super().__init__()
        self.up = nn.Linear(4, 7)


def table(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def hooks_of(model: nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


# the table


def test_a_gpt_is_shown_module_by_module_and_equal_blocks_once(capsys: pytest.CaptureFixture[str]) -> None:
    model = GPT(SMALL)
    with trace_shapes(model):
        model(torch.zeros(2, 8, dtype=torch.long))
    assert capsys.readouterr().out == GPT_TABLE


def test_the_same_run_prints_the_same_again(capsys: pytest.CaptureFixture[str]) -> None:
    model = GPT(SMALL)
    for _ in range(2):
        with trace_shapes(model, reference=GPT(SMALL)):
            model(torch.zeros(2, 8, dtype=torch.long))
    text = capsys.readouterr().out
    assert text[: len(text) // 2] == text[len(text) // 2 :]


def test_blocks_that_differ_are_all_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    model = nn.Sequential(*(nn.Sequential(nn.Linear(a, b), nn.ReLU()) for a, b in ((3, 5), (5, 3), (3, 5))))
    with trace_shapes(model):
        model(torch.zeros(1, 3))
    lines = table(capsys)
    assert len(lines) == 1 + 1 + 3 * 3
    assert not any("the same" in line for line in lines)


def test_a_module_called_several_times_has_a_row_a_call(capsys: pytest.CaptureFixture[str]) -> None:
    class Unrolled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            for step in range(3):
                x = self.cell(x[step:])
            return x

    model = Unrolled()
    with trace_shapes(model):
        model(torch.zeros(9, 2))
    rows = [line.split("   ")[0] + line[line.index("(") :] for line in table(capsys)[2:]]
    assert rows == ["  cell: Linear(9, 2)   (9, 2)", "  cell: Linear(8, 2)   (8, 2)", "  cell: Linear(6, 2)   (6, 2)"]


def test_equal_calls_of_one_module_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    class Repeated(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            for _ in range(5):
                x = self.cell(x)
            return x

    model = Repeated()
    with trace_shapes(model):
        model(torch.zeros(9, 2))
    assert table(capsys)[3:] == ["  cell, 4 calls more: the same"]


def test_nested_arguments_and_results_are_shown_as_nested(capsys: pytest.CaptureFixture[str]) -> None:
    class Odd(nn.Module):
        def forward(self, x: Tensor, *, pair: tuple, cache: list, mask: None, start: int) -> dict:
            return {"out": x, "kept": (x, [x[0], x[0], x[0]]), "sum": x.sum(), "none": None}

    model = Odd()
    x = torch.zeros(2, 3)
    with trace_shapes(model):
        model(x, pair=(x, x[0]), cache=[[x, x], []], mask=None, start=4)
    row = table(capsys)[1]
    assert "(2, 3), pair=[(2, 3), (3,)], cache=[[(2, 3) × 2…" in row  # cut there: the column is full
    assert "{out: (2, 3), kept: [(2, 3), [(3,) × 3]], sum: …" in row


def test_what_went_wrong_shows_how_far_the_model_came(capsys: pytest.CaptureFixture[str]) -> None:
    model = Net(width=7)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"), trace_shapes(model):
        model(torch.zeros(3, 4))
    lines = table(capsys)
    assert [line.split()[-2:] for line in lines[1:]] == [
        ["raised", "RuntimeError"],
        ["(3,", "6)"],
        ["raised", "RuntimeError"],
    ]
    assert lines[3].startswith("  down: Linear")


def test_a_block_left_by_another_error_prints_what_was_done_before(capsys: pytest.CaptureFixture[str]) -> None:
    model = nn.Linear(2, 3)
    with pytest.raises(KeyError), trace_shapes(model):
        {}[model(torch.zeros(1, 2))]
    assert table(capsys)[1:] == ["Linear   (1, 2)   (1, 3)"]


def test_an_interrupted_call_is_shown_without_output(capsys: pytest.CaptureFixture[str]) -> None:
    class Interrupted(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise KeyboardInterrupt

    model = Interrupted()
    with pytest.raises(KeyboardInterrupt), trace_shapes(model):
        model(torch.zeros(1, 2))
    assert table(capsys)[1:] == ["Interrupted   (1, 2)   –"]


def test_calls_after_a_caught_error_are_indented_as_if_nothing_had_happened(capsys: pytest.CaptureFixture[str]) -> None:
    model = Net()
    with trace_shapes(model):
        with pytest.raises(RuntimeError):
            model(torch.zeros(3, 5))
        model(torch.zeros(3, 4))
    names = [line.split("   ")[0].rstrip() for line in table(capsys)[1:]]
    assert names == ["Net", "  up: Linear", "Net", "  up: Linear", "  down: Linear"]


def test_parts_called_by_themselves_carry_their_full_name(capsys: pytest.CaptureFixture[str]) -> None:
    model = GPT(SMALL)
    with trace_shapes(model, reference=GPT(SMALL)):
        model.blocks[1].mlp.up_proj(torch.zeros(1, 1, 20))
    lines = table(capsys)
    assert lines[1].startswith("blocks.1.mlp.up_proj: Linear")
    assert lines[2] == "The reference was not run: only parts of the model were called, not the model itself."


def test_an_empty_block_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with trace_shapes(Net()):
        pass
    assert table(capsys) == ["No module was called: call the model inside the `with` block."]


def test_a_class_instead_of_a_model_is_refused() -> None:
    with pytest.raises(TypeError, match=r"an instance of nn\.Module, got <class"), trace_shapes(nn.Linear):
        pass


# against a reference


def marked(lines: list[str]) -> list[tuple[str, str]]:
    """First word of each marked row, and its mark."""
    return [(line.split()[0], line.partition("← ")[2]) for line in lines if "←" in line]


@pytest.mark.parametrize(
    ("model", "where", "mark"),
    [
        (Transposed(), "down:", "first difference: input, in the reference (3, 5, 6)"),
        (Widened(), "up:", "first difference: output, in the reference (3, 5, 6)"),
        (Stopped(), "Stopped", "first difference: output, in the reference (3, 5, 4)"),
        (Net(width=9), "down:", "first difference: output, in the reference (3, 5, 4)"),
    ],
    ids=["input", "output", "raised between modules", "raised in a module"],
)
def test_the_first_difference_in_time_is_marked_and_no_other(
    model: nn.Module, where: str, mark: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        with trace_shapes(model, reference=Net()):
            model(torch.zeros(3, 5, 4))
    except RuntimeError:
        pass
    assert marked(table(capsys)) == [(where, mark)]


def test_equal_shapes_are_said_to_be_equal(capsys: pytest.CaptureFixture[str]) -> None:
    model = Net()
    with trace_shapes(model, reference=Net()):
        model(torch.zeros(3, 4))
    lines = table(capsys)
    assert marked(lines) == []
    assert lines[-1] == "All shapes are those of the reference."


def test_modules_of_other_names_are_matched_by_class_and_order(capsys: pytest.CaptureFixture[str]) -> None:
    model = nn.Sequential(nn.Linear(4, 6), nn.Dropout(), nn.Linear(6, 4))
    with trace_shapes(model, reference=Net()):
        model(torch.zeros(3, 4))
    assert table(capsys)[-2:] == ["Only here: 1", "All shapes are those of the reference."]


def test_a_module_that_is_never_called_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    class Forgetful(Net):
        def forward(self, x: Tensor) -> Tensor:
            return self.up(x)[..., :4]

    model = Forgetful()
    with trace_shapes(model, reference=Net()):
        model(torch.zeros(3, 4))
    assert "Only in the reference: down" in table(capsys)


def test_a_marked_block_is_not_folded_away(capsys: pytest.CaptureFixture[str]) -> None:
    model, reference = GPT(SMALL), GPT(SMALL)
    wide = nn.Linear(20, 81)
    model.blocks[2].mlp.up_proj, model.blocks[2].mlp.down_proj = wide, nn.Linear(81, 20)
    with trace_shapes(model, reference=reference):
        model(torch.zeros(1, 4, dtype=torch.long))
    lines = table(capsys)
    assert marked(lines) == [("up_proj:", "first difference: output, in the reference (1, 4, 80)")]
    assert sum("DecoderBlock" in line for line in lines) == 3, "blocks 0, 2 and 3; block 1 is as block 0"


def test_each_call_of_the_model_is_compared_with_its_own_reference_run(capsys: pytest.CaptureFixture[str]) -> None:
    model = Net()
    with trace_shapes(model, reference=Net()):
        for length in (1, 2, 3):
            model(torch.zeros(length, 4))
    assert table(capsys)[-1] == "All shapes are those of the reference."


def test_a_reference_that_fails_is_reported_and_the_model_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    model = Net()
    with trace_shapes(model, reference=nn.Linear(3, 3)):
        assert model(torch.zeros(2, 4)).shape == (2, 4)
    assert table(capsys)[-1].startswith("The reference raised RuntimeError: mat1 and mat2 shapes cannot be multiplied")


def test_a_model_may_be_its_own_reference_and_share_parts_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    model, other = Net(), Net()
    other.up = model.up
    for reference in (model, other):
        with trace_shapes(model, reference=reference):
            model(torch.zeros(2, 4))
        lines = table(capsys)
        assert len(lines) == 5
        assert lines[-1] == "All shapes are those of the reference."


# what it leaves behind


def test_hooks_are_removed_whatever_happens() -> None:
    model, reference = Net(), Net()
    with trace_shapes(model, reference=reference):
        assert hooks_of(model) == 3 * 3
        model(torch.zeros(2, 4))
    assert hooks_of(model) == hooks_of(reference) == 0
    with pytest.raises(RuntimeError), trace_shapes(model, reference=reference):
        model(torch.zeros(2, 5))
    assert hooks_of(model) == hooks_of(reference) == 0


def test_hooks_of_others_stay() -> None:
    model = Net()
    seen = []
    model.up.register_forward_hook(lambda *_: seen.append("up"))
    with trace_shapes(model):
        model(torch.zeros(2, 4))
    model(torch.zeros(2, 4))
    assert seen == ["up", "up"]
    assert hooks_of(model) == 1


def test_values_gradients_and_random_numbers_are_as_without_it() -> None:
    class Noisy(Net):
        def between(self, x: Tensor) -> Tensor:
            return nn.functional.dropout(x)

    model, reference = Noisy(), Noisy()
    outputs = []
    for traced in (False, True):
        torch.manual_seed(3)
        x = torch.ones(2, 4, requires_grad=True)
        if traced:
            with trace_shapes(model, reference=reference):
                y = model(x)
        else:
            y = model(x)
        outputs.append((y.detach(), *torch.autograd.grad(y.sum(), [x, model.up.weight]), torch.rand(1)))
    for without, with_it in zip(*outputs, strict=True):
        assert torch.equal(without, with_it)
