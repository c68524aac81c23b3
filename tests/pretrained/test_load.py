"""Checkpoints that `transformers` wrote give its logits in our classes: types, ties, shards, prefixes, no copies."""

import json
import shutil
from pathlib import Path

import pytest
import torch
import transformers
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from course_lib import pretrained
from course_lib.config import GPTConfig, GPTNeoConfig, LlamaConfig, RopeScaling
from course_lib.generation import generate
from course_lib.gpt import GPT, next_token_loss
from course_lib.llama import Llama
from course_lib.modern import ModernDecoder
from course_lib.pretrained.gpt_neo import GPTNeo
from course_lib.show.profiling import num_params
from tests.pretrained.checkpoints import LLAMA3_ROPE, POSITIONS, VOCAB, edit_config, tokens, write

OURS = {
    "gpt2": GPT,
    "gpt_neo": GPTNeo,
    "llama": Llama,
    "qwen3": ModernDecoder,
    "gemma3_text": ModernDecoder,
    "mixtral": ModernDecoder,
}
each_type = pytest.mark.parametrize("model_type", OURS)
# Largest difference over the largest logit; as in test_llama.py and test_gpt_neo.py.
TOLERANCE = {torch.float32: 5e-6, torch.bfloat16: 6e-2}


def assert_same_logits(ours: torch.nn.Module, theirs: transformers.PreTrainedModel) -> None:
    idx = tokens()
    with torch.no_grad():
        got, expected = ours(idx), theirs(idx).logits
    assert got.dtype == expected.dtype
    scale = expected.abs().max().item()
    assert scale > 0.1
    assert (got - expected).abs().max().item() <= TOLERANCE[got.dtype] * scale


@each_type
@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
@pytest.mark.parametrize("shard", ["1GB", "4KB"], ids=["one file", "sharded"])
@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
def test_logits_equal_transformers(tmp_path: Path, model_type: str, tied: bool, shard: str, dtype: torch.dtype) -> None:
    folder, theirs = write(tmp_path, model_type, dtype, shard, tie_word_embeddings=tied)
    files = list(folder.glob("*.safetensors"))
    assert (len(files) > 1) == (shard == "4KB")
    ours = pretrained.load(folder)
    assert type(ours) is OURS[model_type]
    assert not ours.training
    assert {parameter.dtype for parameter in ours.parameters()} == {dtype}
    assert (ours.head.weight is ours.token_embedding.weight) == tied
    assert num_params(ours) == theirs.num_parameters()
    assert_same_logits(ours, theirs)


@each_type
@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
def test_gradients_equal_transformers(tmp_path: Path, model_type: str, dtype: torch.dtype) -> None:
    """Every parameter of theirs is one of ours: the same gradient there, transposed where the weight is."""
    folder, theirs = write(tmp_path, model_type, dtype, tie_word_embeddings=True)
    ours = pretrained.load(folder)
    idx = tokens()
    next_token_loss(ours(idx[:, :-1]).float(), idx[:, 1:]).backward()
    next_token_loss(theirs(idx[:, :-1]).logits.float(), idx[:, 1:]).backward()
    prefix = pretrained.ARCHITECTURES[model_type].prefix
    compared = set()
    for row in pretrained.name_map(ours.config):
        got, expected = ours.get_parameter(row.ours).grad, their_gradient(theirs, prefix + row.theirs)
        if row.transposed:
            expected = expected.t()
        largest = expected.abs().max().item()
        assert (got - expected).abs().max().item() <= TOLERANCE[dtype] * max(largest, 1e-2)
        compared.add(row.ours)
    assert compared == {name for name, _ in ours.named_parameters()}


def their_gradient(theirs: transformers.PreTrainedModel, name: str) -> torch.Tensor:
    """The gradient of what is called so in a file; in memory `transformers` stacks the experts, gate on up."""
    *_, layer, _, experts, number, matrix, _ = f"......{name}".split(".")
    if experts != "experts":
        return theirs.get_parameter(name.replace("block_sparse_moe.gate", "mlp.gate")).grad
    stacked = theirs.model.layers[int(layer)].mlp.experts
    if matrix == "w2":
        return stacked.down_proj.grad[int(number)]
    return stacked.gate_up_proj.grad[int(number)].chunk(2)[{"w1": 0, "w3": 1}[matrix]]


@pytest.mark.parametrize(
    ("model_type", "changes"),
    [
        ("gpt2", {"n_inner": 57}),
        ("gpt2", {"activation_function": "gelu_pytorch_tanh", "attn_pdrop": 0.0}),
        ("gpt_neo", {"intermediate_size": 57, "layer_norm_epsilon": 1e-3}),
        ("gpt_neo", {"num_layers": 3, "attention_types": [[["local"], 2], [["global"], 1]], "window_size": 1}),
        ("gpt_neo", {"num_layers": 1, "attention_types": [[["global"], 1]]}),
        ("llama", {"num_key_value_heads": 1, "head_dim": 8, "rms_norm_eps": 1e-3}),
        ("llama", {"num_key_value_heads": 4, "rope_parameters": {"rope_type": "default", "rope_theta": 100.0}}),
        ("llama", {"rope_parameters": LLAMA3_ROPE | {"factor": 32.0, "original_max_position_embeddings": 16}}),
        ("qwen3", {"head_dim": 8, "tie_word_embeddings": True}),
        ("qwen3", {"use_sliding_window": True, "sliding_window": 4, "max_window_layers": 1}),
        ("gemma3_text", {"layer_types": None, "num_hidden_layers": 7, "sliding_window": 3}),
        ("gemma3_text", {"layer_types": ["sliding_attention"] * 2, "sliding_window": 1}),
        ("mixtral", {"num_local_experts": 3, "num_experts_per_tok": 1, "sliding_window": None}),
        ("mixtral", {"num_experts_per_tok": 4, "rope_parameters": LLAMA3_ROPE, "head_dim": 10}),
    ],
    ids=lambda value: value if isinstance(value, str) else ", ".join(value),
)
def test_what_config_json_says_is_heeded(tmp_path: Path, model_type: str, changes: dict) -> None:
    folder, theirs = write(tmp_path, model_type, **changes)
    assert_same_logits(pretrained.load(folder), theirs)


def test_rope_as_written_before_version_5_reads_the_same(tmp_path: Path) -> None:
    folder, theirs = write(tmp_path, "llama")
    scaling = {key: value for key, value in LLAMA3_ROPE.items() if key != "rope_theta"}
    edit_config(folder, remove=("rope_parameters",), rope_scaling=scaling, rope_theta=500_000.0)
    config = pretrained.read_config(folder)
    assert config.rope_scaling == RopeScaling(8.0, 1.0, 4.0, 8)
    assert config.rope_theta == 500_000.0
    assert_same_logits(pretrained.load(folder), theirs)
    assert_same_logits(pretrained.load(folder), transformers.LlamaForCausalLM.from_pretrained(folder).eval())
    edit_config(folder, rope_scaling=None, rope_theta=100.0)
    assert (pretrained.read_config(folder).rope_scaling, pretrained.read_config(folder).rope_theta) == (None, 100.0)


@each_type
def test_names_without_the_prefix_load_too(tmp_path: Path, model_type: str) -> None:
    """As openai-community/gpt2 has them: saved by the class without a head."""
    folder, theirs = write(tmp_path, model_type, tie_word_embeddings=True)
    theirs.base_model.save_pretrained(folder)
    with safe_open(folder / "model.safetensors", "pt") as file:
        assert not any(name.startswith(pretrained.ARCHITECTURES[model_type].prefix) for name in file.keys())  # noqa: SIM118
    assert_same_logits(pretrained.load(folder), theirs)


MASK = torch.ones(1, 1, POSITIONS, POSITIONS, dtype=torch.bool).tril()


@pytest.mark.parametrize(
    ("model_type", "extra"),
    [
        ("gpt2", {"transformer.h.1.attn.bias": MASK, "transformer.h.0.attn.masked_bias": torch.tensor(-1e4)}),
        ("gpt_neo", {"transformer.h.1.attn.attention.bias": MASK}),
        ("gpt_neo", {"transformer.h.0.attn.attention.masked_bias": torch.tensor(-1e9)}),
        ("llama", {"model.layers.1.self_attn.rotary_emb.inv_freq": torch.ones(4)}),
    ],
)
def test_masks_and_angles_in_old_files_are_passed_over(tmp_path: Path, model_type: str, extra: dict) -> None:
    folder, theirs = write(tmp_path, model_type)
    add_tensors(folder, extra)
    assert_same_logits(pretrained.load(folder), theirs)


def add_tensors(folder: Path, extra: dict[str, torch.Tensor], drop: tuple[str, ...] = ()) -> None:
    path = folder / "model.safetensors"
    tensors = {name: value.clone() for name, value in load_file(path).items() if name not in drop}
    save_file(tensors | extra, path)


@each_type
def test_a_tied_checkpoint_may_hold_either_name_or_both(tmp_path: Path, model_type: str) -> None:
    folder, theirs = write(tmp_path, model_type, tie_word_embeddings=True)
    prefix = pretrained.ARCHITECTURES[model_type].prefix
    embedding = prefix + pretrained.ARCHITECTURES[model_type].rows[0].theirs
    head = theirs.get_input_embeddings().weight.detach().clone()
    add_tensors(folder, {"lm_head.weight": head})
    assert_same_logits(pretrained.load(folder), theirs)
    add_tensors(folder, {}, drop=(embedding,))
    ours = pretrained.load(folder)
    assert ours.head.weight is ours.token_embedding.weight
    assert_same_logits(ours, theirs)


def test_a_tied_checkpoint_with_another_head_is_refused(tmp_path: Path) -> None:
    folder, theirs = write(tmp_path, "gpt2")
    add_tensors(folder, {"lm_head.weight": theirs.get_input_embeddings().weight.detach() + 1})
    with pytest.raises(ValueError, match=r"lm_head.weight and transformer.wte.weight differ; .*tie_word_embeddings"):
        pretrained.load(folder)


# Configurations and tables


def test_configurations_are_ours(tmp_path: Path) -> None:
    for model_type in OURS:
        write(tmp_path / model_type, model_type)
    assert pretrained.read_config(tmp_path / "gpt2") == GPTConfig(
        vocab_size=VOCAB, seq_len=POSITIONS, n_layer=2, n_embd=24, n_head=3, bias=True, dropout=0.1
    )
    assert pretrained.read_config(tmp_path / "gpt_neo") == GPTNeoConfig(
        vocab_size=VOCAB, seq_len=POSITIONS, n_layer=2, n_embd=24, n_head=4, window=5
    )
    assert pretrained.read_config(str(tmp_path / "llama")) == LlamaConfig(
        vocab_size=VOCAB,
        seq_len=POSITIONS,
        n_layer=2,
        n_embd=32,
        n_head=4,
        n_kv_head=2,
        hidden_dim=44,
        rope_scaling=RopeScaling(8.0, original_seq_len=8),
        norm_eps=1e-6,
        tie_embeddings=False,
    )


@each_type
def test_the_table_names_every_tensor_of_both_sides_once(model_type: str, tmp_path: Path) -> None:
    folder, _ = write(tmp_path, model_type)
    rows = pretrained.name_map(pretrained.read_config(folder))
    prefix = pretrained.ARCHITECTURES[model_type].prefix
    expected = set(pretrained.read_header(folder / "model.safetensors")) - {"lm_head.weight"}
    assert sorted(prefix + row.theirs for row in rows) == sorted(expected)
    ours = {name for name, _ in OURS[model_type](pretrained.read_config(folder)).named_parameters()} - {"head.weight"}
    assert sorted(row.ours for row in rows) == sorted(ours)
    assert {row.transposed for row in rows} == ({True, False} if model_type == "gpt2" else {False})


def test_a_header_tells_names_types_and_shapes(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(2, 3), "b": torch.zeros(5, dtype=torch.bfloat16)}, tmp_path / "x.safetensors")
    assert pretrained.read_header(tmp_path / "x.safetensors") == {"a": ("F32", (2, 3)), "b": ("BF16", (5,))}


# Memory


@each_type
def test_parameters_are_the_mapped_file_and_changing_them_does_not_change_it(tmp_path: Path, model_type: str) -> None:
    folder, _ = write(tmp_path, model_type)
    before = (folder / "model.safetensors").read_bytes()
    first, second = pretrained.load(folder), pretrained.load(folder)
    places = [(parameter.data_ptr(), parameter.numel() * parameter.element_size()) for parameter in first.parameters()]
    end = max(start + size for start, size in places)
    assert end - min(start for start, _ in places) <= len(before)  # side by side, as they are in the file
    with torch.no_grad():
        for parameter in first.parameters():
            parameter.add_(1)
    assert (folder / "model.safetensors").read_bytes() == before
    for (name, changed), (_, other) in zip(first.named_parameters(), second.named_parameters(), strict=True):
        assert torch.equal(changed, other + 1), name


def test_transposed_matrices_are_views_and_copies_are_in_our_layout(tmp_path: Path) -> None:
    folder, theirs = write(tmp_path, "gpt2")
    weight = pretrained.load(folder).blocks[0].attention.qkv_proj.weight
    assert weight.shape == (72, 24)
    assert weight.t().is_contiguous()
    assert torch.equal(weight, theirs.transformer.h[0].attn.c_attn.weight.t())
    assert pretrained.load(folder, dtype=torch.float64).blocks[0].attention.qkv_proj.weight.is_contiguous()


@each_type
@pytest.mark.parametrize(
    ("stored", "asked"), [(torch.float32, torch.bfloat16), (torch.bfloat16, torch.float32)], ids=str
)
def test_another_dtype_is_what_transformers_gives_in_it(
    tmp_path: Path, model_type: str, stored: torch.dtype, asked: torch.dtype
) -> None:
    folder, _ = write(tmp_path, model_type, stored)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=asked).eval()
    assert_same_logits(pretrained.load(folder, dtype=asked, device="cpu"), theirs)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@each_type
def test_weights_can_go_to_a_gpu(tmp_path: Path, model_type: str) -> None:
    folder, _ = write(tmp_path, model_type)
    on_gpu, on_cpu = pretrained.load(folder, device="cuda"), pretrained.load(folder)
    assert {parameter.device.type for parameter in on_gpu.parameters()} == {"cuda"}
    torch.testing.assert_close(on_gpu(tokens().cuda()).cpu(), on_cpu(tokens()), atol=1e-3, rtol=1e-3)


# What a loaded model is good for


@each_type
def test_a_loaded_model_generates_what_transformers_does(tmp_path: Path, model_type: str) -> None:
    folder, theirs = write(tmp_path, model_type)
    idx = tokens(1, 5)
    expected = theirs.generate(idx, max_new_tokens=12, do_sample=False, eos_token_id=None, pad_token_id=0)
    assert torch.equal(generate(pretrained.load(folder), idx, 12, temperature=0), expected)


@each_type
def test_a_loaded_model_can_be_trained(tmp_path: Path, model_type: str) -> None:
    folder, _ = write(tmp_path, model_type)
    before = (folder / "model.safetensors").read_bytes()
    model = pretrained.load(folder)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, fused=True)
    idx = tokens()
    losses = []
    for _ in range(5):
        loss = next_token_loss(model(idx[:, :-1]), idx[:, 1:])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.1
    assert (folder / "model.safetensors").read_bytes() == before


def test_a_folder_may_hold_other_files(tmp_path: Path) -> None:
    folder, theirs = write(tmp_path, "gpt2")
    (folder / "pytorch_model.bin").write_bytes(b"not read")
    (folder / "README.md").write_text("a story", encoding="utf-8")
    shutil.copy(folder / "model.safetensors", folder / "rust_model.safetensors")
    assert_same_logits(pretrained.load(folder), theirs)


def test_a_relative_path_and_a_name_with_a_tilde_are_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, theirs = write(tmp_path / "gpt2", "gpt2")  # a folder of that name comes before the hub's
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for name in ("gpt2", "./gpt2", "~/gpt2"):
        assert_same_logits(pretrained.load(name), theirs)


def test_index_is_heeded_where_other_shards_lie_about(tmp_path: Path) -> None:
    folder, theirs = write(tmp_path, "llama", shard="4KB")
    shutil.copy(next(folder.glob("model-00001*")), folder / "model-00001-of-00099.safetensors")
    assert_same_logits(pretrained.load(folder), theirs)
    assert json.loads((folder / "model.safetensors.index.json").read_text(encoding="utf-8"))["weight_map"]


@pytest.mark.parametrize(
    ("config", "generation", "ends"),
    [(3, [3, 5], {3, 5}), ([1, 2], None, {1, 2}), (None, 7, {7}), (None, None, set())],
)
def test_every_declared_end_of_text_is_found(tmp_path: Path, config: object, generation: object, ends: set) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"eos_token_id": config}), encoding="utf-8")
    (tmp_path / "generation_config.json").write_text(json.dumps({"eos_token_id": generation}), encoding="utf-8")
    assert pretrained.end_tokens(tmp_path) == ends
    (tmp_path / "config.json").write_text('{"eos_token_id": "x"}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"eos_token_id in config.json should be one id or a list of them, got 'x'"):
        pretrained.end_tokens(tmp_path)
