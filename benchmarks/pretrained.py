"""Memory that loading a checkpoint takes at its peak, as a multiple of the file, and what a transposed view costs."""

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import torch
from torch import nn

from benchmarks.report import Measurement, extra_megabytes, relative_time
from course_lib import pretrained

VOCABULARY, TOKENS = 4096, 8  # tokens of the forward pass, after which every weight has been read


def _write(folder: Path, model_type: str, width: int, layers: int) -> None:
    """A checkpoint with new weights; of width 512 and 8 layers it has some 100 MB."""
    import transformers  # here, so that the processes that measure ours start without it

    shape = {"hidden_size": width, "num_hidden_layers": layers, "num_attention_heads": 8, "vocab_size": VOCABULARY}
    special = {
        "gpt2": {},
        "gpt_neo": {"attention_types": [[["global", "local"], layers // 2]]},
        "llama": {"intermediate_size": 3 * width, "num_key_value_heads": 4},
    }
    tokens = {"bos_token_id": 0, "eos_token_id": 0}
    config = transformers.AutoConfig.for_model(model_type, **shape, **tokens, **special[model_type])
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)


def measure(runs: int) -> Iterator[Measurement]:
    """Peak memory of loading and one forward pass, ours and transformers'; then the view against our own layout."""
    for model_type in pretrained.ARCHITECTURES:
        with tempfile.TemporaryDirectory() as temporary:
            large, small = Path(temporary) / "large", Path(temporary) / "small"
            _write(large, model_type, width=512, layers=8)
            _write(small, model_type, width=64, layers=2)
            megabytes = (large / "model.safetensors").stat().st_size / 1e6
            for what, load, at_most in (
                (f"peak memory of loading {model_type} and a pass", pretrained.load, 1.15),
                (f"the same, float32 to bfloat16, {model_type}", _in_bfloat16, 0.75),
                (f"the same by transformers, {model_type}", _by_transformers, None),
            ):
                values = tuple(_in_new_process(load, small, large) / megabytes for _ in range(min(runs, 2)))
                yield Measurement(what, "the checkpoint's size", values, at_most=at_most)
    for T in (1, 128):
        rows = torch.randn(T, 768)
        stored = torch.randn(768, 3072)  # (in, out), as GPT-2's file has it
        view, copy = stored.t(), stored.t().contiguous()
        yield relative_time(
            f"a linear layer on a transposed view, {T} rows",
            partial(_many, nn.functional.linear, rows, view),
            against="on a copy in our layout",
            baseline=partial(_many, nn.functional.linear, rows, copy),
            runs=runs,
        )


def _many(layer: Callable, rows: torch.Tensor, weight: torch.Tensor, times: int = 50) -> None:
    for _ in range(times):
        layer(rows, weight)


def _in_bfloat16(folder: Path) -> nn.Module:
    return pretrained.load(folder, dtype=torch.bfloat16)


def _by_transformers(folder: Path) -> nn.Module:
    import transformers

    return transformers.AutoModelForCausalLM.from_pretrained(folder)


def _in_new_process(load: Callable[[Path], nn.Module], small: Path, large: Path) -> float:
    """Memory that was freed by earlier work would be used again unseen, so a fresh process is measured."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_peak, load, small, large).result()


@torch.inference_mode()
def _peak(load: Callable[[Path], nn.Module], small: Path, large: Path) -> float:
    """Extra megabytes at the highest while the large model is loaded and each of its weights is used once."""
    idx = torch.zeros(1, TOKENS, dtype=torch.long)
    load(small)(idx)  # what the libraries need for themselves is there before
    return extra_megabytes(lambda: [model := load(large), model(idx)])
