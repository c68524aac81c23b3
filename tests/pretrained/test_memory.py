"""Loading keeps one copy of the weights: the peak of a fresh process, as a multiple of the checkpoint."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pretrained.checkpoints import write

ROOT = Path(__file__).parents[2]
MEASURE = """
import json, sys
import torch
from benchmarks.report import extra_megabytes
from course_lib import pretrained

small, large = sys.argv[1:]
idx = torch.zeros(1, 8, dtype=torch.long)

def use(folder, dtype):
    model = pretrained.load(folder, dtype=dtype)
    with torch.inference_mode():
        model(idx)
    return model  # held while the memory is looked at

peaks = {}
for dtype in (None, torch.bfloat16):
    use(small, dtype)  # what the libraries need for themselves is there before
    peaks[str(dtype)] = extra_megabytes(lambda: use(large, dtype))
print(json.dumps(peaks))
"""
SIZES = {
    "gpt2": {"n_embd": 512, "n_layer": 6, "n_head": 8},
    "llama": {"hidden_size": 512, "num_hidden_layers": 6, "intermediate_size": 1536, "num_attention_heads": 8},
}


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere resident memory does not count mapped files the same way"
)
@pytest.mark.parametrize(("model_type", "shard"), [("gpt2", "1GB"), ("llama", "20MB")], ids=["one file", "sharded"])
def test_peak_memory_is_the_checkpoint_once(tmp_path: Path, model_type: str, shard: str) -> None:
    small = write(tmp_path / "small", model_type).folder
    large = write(tmp_path / "large", model_type, shard=shard, **SIZES[model_type]).folder
    megabytes = sum(path.stat().st_size for path in large.glob("*.safetensors")) / 1e6
    assert megabytes > 50
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, small, large], cwd=ROOT, capture_output=True, text=True, check=True
    )
    peaks = json.loads(done.stdout)
    # As stored: the mapped pages, and activations. Twice would be a copy beside them.
    assert 0.9 < peaks["None"] / megabytes < 1.25
    # Converted to half the bytes: the copy, and one tensor of the file at a time.
    assert 0.4 < peaks["torch.bfloat16"] / megabytes < 0.8
