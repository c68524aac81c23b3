"""What cannot be loaded is refused in plain words: by real files, each with one thing wrong."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from course_lib import pretrained
from tests.pretrained.checkpoints import LLAMA3_ROPE, edit_config, write


@pytest.fixture
def gpt2(tmp_path: Path) -> Path:
    return write(tmp_path / "gpt2", "gpt2").folder


@pytest.fixture
def llama(tmp_path: Path) -> Path:
    return write(tmp_path / "llama", "llama").folder


@pytest.fixture
def sharded(tmp_path: Path) -> Path:
    return write(tmp_path / "sharded", "llama", shard="4KB").folder


def edit_tensors(folder: Path, edit: Callable[[dict[str, torch.Tensor]], object]) -> None:
    path = folder / "model.safetensors"
    tensors = {name: value.clone() for name, value in load_file(path).items()}
    edit(tensors)
    save_file(tensors, path)


# Which checkpoint


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", str(tmp_path / "nothing"), "./nothing", "~/nothing", "a/b/c"):
        with pytest.raises(FileNotFoundError, match=r"there is no folder .*(nothing|a/b/c); give a checkpoint's"):
            pretrained.load(path)


def test_a_file_instead_of_its_folder(gpt2: Path) -> None:
    with pytest.raises(ValueError, match=r"model.safetensors is a file; give the folder"):
        pretrained.load(gpt2 / "model.safetensors")


def test_a_folder_without_a_configuration(gpt2: Path) -> None:
    (gpt2 / "config.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"has no config.json; it holds .*model.safetensors"):
        pretrained.load(gpt2)


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no config.json; it holds nothing"):
        pretrained.load(tmp_path)


@pytest.mark.parametrize(
    ("model_type", "classes", "named"),
    [
        ("bert", ["BertForMaskedLM"], r"'bert' \(BertForMaskedLM\)"),
        ("mistral", ["MistralForCausalLM"], r"'mistral' \(MistralForCausalLM\)"),
        ("gptj", None, "'gptj'"),
        (None, ["Strange"], r"not named \(no model_type in config.json; its classes are \['Strange'\]\)"),
    ],
)
def test_another_architecture_is_named_with_those_supported(gpt2: Path, model_type, classes, named: str) -> None:
    edit_config(gpt2, model_type=model_type, architectures=classes)
    with pytest.raises(
        ValueError, match=f"is {named}; supported are the model_types gemma3_text, gpt2, gpt_neo, llama"
    ):
        pretrained.load(gpt2)


@pytest.mark.parametrize(("text", "message"), [("{", "is not JSON"), ("[]", "one JSON object, got list"), ("", "JSON")])
def test_a_configuration_that_is_none(gpt2: Path, text: str, message: str) -> None:
    (gpt2 / "config.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=f"config.json .*{message}.*download it again"):
        pretrained.load(gpt2)


# What config.json asks for


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"activation_function": "relu"}, r"activation_function = 'relu' .* our gpt2 computes; supported: 'gelu_new'"),
        ({"layer_norm_epsilon": 1e-3}, r"layer_norm_epsilon = 0.001 .* supported: 1e-05"),
        ({"scale_attn_weights": False}, r"scale_attn_weights = False"),
        ({"scale_attn_by_inverse_layer_idx": True}, r"scale_attn_by_inverse_layer_idx = True"),
        ({"add_cross_attention": True}, r"add_cross_attention = True"),
        ({"quantization_config": {"bits": 4}}, r"quantized"),
        ({"n_layer": None}, r"says nothing about n_layer"),
        ({"n_layer": "two"}, r"n_layer in config.json should be a number, got 'two'"),
        ({"n_layer": 2.5}, r"n_layer in config.json should be a whole number above 0, got 2.5"),
        ({"n_embd": 0}, r"n_embd in config.json should be a whole number above 0, got 0"),
        ({"n_head": 5}, r"n_embd = 24 cannot be split into n_head = 5"),
        ({"resid_pdrop": True}, r"resid_pdrop in config.json should be a number, got True"),
    ],
)
def test_gpt2_that_ours_is_not(gpt2: Path, changes: dict, message: str) -> None:
    edit_config(gpt2, **changes)
    with pytest.raises(ValueError, match=message):
        pretrained.load(gpt2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"head_dim": 16}, r"head_dim = 16 in config.json, .* 32 / 4 = 8 wide"),
        ({"hidden_act": "gelu"}, r"hidden_act = 'gelu'"),
        ({"attention_bias": True}, r"attention_bias = True"),
        ({"mlp_bias": True}, r"mlp_bias = True"),
        ({"rope_parameters": {"rope_type": "yarn", "factor": 2.0}}, r"kind 'yarn' is not supported; .*'llama3'"),
        ({"rope_parameters": {}, "rope_scaling": {"type": "linear", "factor": 2.0}}, r"kind 'linear'"),
        ({"rope_parameters": {"rope_type": "llama3", "factor": 2.0}}, r"says nothing about low_freq_factor"),
        ({"rope_parameters": LLAMA3_ROPE | {"partial_rotary_factor": 0.5}}, r"partial_rotary_factor = 0.5"),
        ({"rope_parameters": LLAMA3_ROPE | {"factor": 0.5}}, r"factor must be at least 1, got 0.5"),
        ({"num_key_value_heads": 3}, r"n_kv_head = 3 cannot serve n_head = 4"),
    ],
)
def test_a_llama_that_ours_is_not(llama: Path, changes: dict, message: str) -> None:
    edit_config(llama, **changes)
    with pytest.raises(ValueError, match=message):
        pretrained.load(llama)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"attention_types": [[["global", "local"], 2]]}, r"the attention of 4 layers, but num_layers is 2"),
        ({"attention_types": None}, r"should be \[\[\[kinds\], times\], …\], got None"),
        ({"attention_types": ["global", "local"]}, r"should be \[\[\[kinds\], times\], …\]"),
        ({"attention_types": [[["sparse"], 2]]}, r"'global' or 'local', got \('sparse', 'sparse'\)"),
        ({"activation_function": "gelu"}, r"activation_function = 'gelu'"),
    ],
)
def test_a_gpt_neo_that_ours_is_not(tmp_path: Path, changes: dict, message: str) -> None:
    folder = write(tmp_path, "gpt_neo").folder
    edit_config(folder, **changes)
    with pytest.raises(ValueError, match=message):
        pretrained.load(folder)


# Pickles


class Harm:
    """What a pickle can do: run code when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        (
            "pytorch_model.bin",
            r"from_pretrained\('.*gpt2'\)\.save_pretrained\('converted'\), then load\('converted'\)$",
        ),
        ("pytorch_model-00001-of-00002.bin", "convert it once with transformers"),
        ("consolidated.00.pth", "Meta's own files: take the repository's model"),
    ],
)
def test_a_pickle_is_refused_unopened_with_reason_and_remedy(
    gpt2: Path, tmp_path: Path, name: str, remedy: str
) -> None:
    (gpt2 / "model.safetensors").unlink()
    torch.save(Harm(tmp_path / "harm"), gpt2 / name)
    with pytest.raises(ValueError, match=rf"only as a pickle \({name}\), .* runs whatever code .*{remedy}"):
        pretrained.load(gpt2)
    assert not (tmp_path / "harm").exists()


def test_a_pickle_called_safetensors_is_no_safetensors(gpt2: Path, tmp_path: Path) -> None:
    torch.save(Harm(tmp_path / "harm"), gpt2 / "model.safetensors")
    with pytest.raises(ValueError, match=r"model.safetensors is not a whole safetensors file"):
        pretrained.load(gpt2)
    assert not (tmp_path / "harm").exists()


def test_no_weights_at_all(gpt2: Path) -> None:
    (gpt2 / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match=r"no model.safetensors and no model.safetensors.index.json; it holds"):
        pretrained.load(gpt2)


# Files


@pytest.mark.parametrize("kept", [0, 7, 200, -1], ids=["empty", "broken length", "broken header", "one byte short"])
def test_a_truncated_file(gpt2: Path, kept: int) -> None:
    path = gpt2 / "model.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:kept])
    with pytest.raises(ValueError, match=r"is not a whole safetensors .* it has [\d,]+ bytes\).* delete the file"):
        pretrained.load(gpt2)


def test_a_file_with_a_tail(gpt2: Path) -> None:
    with open(gpt2 / "model.safetensors", "ab") as file:
        file.write(b"more")
    with pytest.raises(ValueError, match=r"is not a whole safetensors file"):
        pretrained.load(gpt2)


def test_a_pointer_of_git_lfs(gpt2: Path) -> None:
    (gpt2 / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
    with pytest.raises(ValueError, match=r"pointer that git left .* `git lfs pull`"):
        pretrained.load(gpt2)


def test_a_missing_shard_is_named(sharded: Path) -> None:
    shard = sorted(sharded.glob("model-*"))[1]
    shard.unlink()
    with pytest.raises(FileNotFoundError, match=f"has no {shard.name}; it holds"):
        pretrained.load(sharded)


def test_a_truncated_shard_is_named(sharded: Path) -> None:
    shard = sorted(sharded.glob("model-*"))[1]
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(ValueError, match=f"{shard.name} is not a whole safetensors file"):
        pretrained.load(sharded)


def test_a_tensor_in_two_shards(sharded: Path) -> None:
    first, second = sorted(sharded.glob("model-*"))[:2]
    shutil.copy(first, second)
    with pytest.raises(ValueError, match=f"is in {first.name} and in {second.name}; keep one"):
        pretrained.load(sharded)


@pytest.mark.parametrize("text", ["{", "{}", '{"weight_map": []}', '{"weight_map": {"a": 1}}'])
def test_an_index_that_is_none(sharded: Path, text: str) -> None:
    (sharded / "model.safetensors.index.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"index.json (is not the index|names the file 1)"):
        pretrained.load(sharded)


@pytest.mark.parametrize("name", ["../secret.safetensors", "/etc/passwd", "a\\b.safetensors", ".."])
def test_an_index_may_not_point_elsewhere(sharded: Path, name: str) -> None:
    text = json.dumps({"weight_map": {"model.norm.weight": name}})
    (sharded / "model.safetensors.index.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"shards must be safetensors in the same folder"):
        pretrained.load(sharded)


# Tensors


def test_missing_tensors_are_named(gpt2: Path) -> None:
    edit_tensors(gpt2, lambda tensors: [tensors.pop(f"transformer.h.{i}.ln_1.bias") for i in range(2)])
    with pytest.raises(
        ValueError,
        match=r"a gpt2 .*: 2 missing: transformer.h.0.ln_1.bias, transformer.h.1.ln_1.bias. Nothing was loaded",
    ):
        pretrained.load(gpt2)


def test_unexpected_tensors_are_named(gpt2: Path) -> None:
    edit_tensors(gpt2, lambda tensors: tensors.update({"score.weight": torch.ones(2, 24)}))
    with pytest.raises(ValueError, match=r"1 not expected: score.weight. Nothing was loaded"):
        pretrained.load(gpt2)


def test_layers_that_config_json_does_not_count_are_unexpected(llama: Path) -> None:
    edit_config(llama, num_hidden_layers=1)
    with pytest.raises(ValueError, match=r"9 not expected: model.layers.1.input_layernorm.weight, .* and 4 more"):
        pretrained.load(llama)


def test_tensors_of_another_shape_are_named_with_both(gpt2: Path) -> None:
    name = "transformer.h.0.mlp.c_fc.weight"
    edit_tensors(gpt2, lambda tensors: tensors.update({name: tensors[name].t().contiguous()}))
    with pytest.raises(ValueError, match=rf"1 of another shape: {name} is \(96, 24\) and should be \(24, 96\)"):
        pretrained.load(gpt2)


def test_a_config_of_another_size_names_the_shapes(llama: Path) -> None:
    edit_config(llama, vocab_size=99)
    with pytest.raises(
        ValueError, match=r"2 of another shape: .*lm_head.weight is \(53, 32\) and should be \(99, 32\)"
    ):
        pretrained.load(llama)


def test_numbers_that_are_no_floats(gpt2: Path) -> None:
    name = "transformer.h.0.mlp.c_fc.weight"
    edit_tensors(gpt2, lambda tensors: tensors.update({name: tensors[name].to(torch.int8)}))
    with pytest.raises(ValueError, match=rf"1 not floating-point numbers: {name} \(I8\)"):
        pretrained.load(gpt2)


def test_an_untied_model_without_its_head(llama: Path) -> None:
    edit_tensors(llama, lambda tensors: tensors.pop("lm_head.weight"))
    with pytest.raises(ValueError, match=r"1 missing: lm_head.weight"):
        pretrained.load(llama)


def test_mixed_types_need_a_choice(gpt2: Path) -> None:
    name = "transformer.ln_f.weight"
    edit_tensors(gpt2, lambda tensors: tensors.update({name: tensors[name].bfloat16()}))
    with pytest.raises(ValueError, match=r"mixes types \(.* in F32, transformer.ln_f.weight in BF16\); choose one"):
        pretrained.load(gpt2)
    model = pretrained.load(gpt2, dtype=torch.float32)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


def test_weights_are_floats(gpt2: Path) -> None:
    with pytest.raises(ValueError, match=r"dtype cannot be torch.int64"):
        pretrained.load(gpt2, dtype=torch.int64)


def test_a_refusal_comes_before_any_weight_is_read(tmp_path: Path) -> None:
    """Of a gigabyte, as sparse as the file system makes it, only the header is looked at."""
    folder = write(tmp_path, "gpt2").folder
    header = json.dumps({"big": {"dtype": "F32", "shape": [250_000_000], "data_offsets": [0, 1_000_000_000]}}).encode()
    with open(folder / "model.safetensors", "wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + 1_000_000_000)
    start = time.process_time()
    with pytest.raises(ValueError, match=r"28 missing: transformer.wte.weight, .*; 1 not expected: big"):
        pretrained.load(folder)
    assert time.process_time() - start < 5  # seconds of the processor, which reading a gigabyte would take
