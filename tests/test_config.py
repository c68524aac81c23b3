import dataclasses
import re
from pathlib import Path

import pytest

from course_lib.config import HUB_NAMES, PRESET_TABLE, PRESETS, GPTConfig, check_length, find_preset


def test_the_defaults_are_the_models_of_the_course():
    config = GPTConfig()
    assert dataclasses.astuple(config) == (10_000, 128, 12, 100, 5, 4.0, False, 0.0)
    assert (config.head_dim, config.hidden_dim) == (20, 400)


def test_a_config_cannot_be_changed_only_replaced():
    config = GPTConfig()
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.n_layer = 2
    assert dataclasses.replace(config, n_layer=2).n_layer == 2
    assert config.n_layer == 12


def test_replacing_a_value_checks_it_too():
    with pytest.raises(ValueError, match="n_layer must be a positive whole number, got 0"):
        dataclasses.replace(GPTConfig(), n_layer=0)


@pytest.mark.parametrize("name", ["vocab_size", "seq_len", "n_layer", "n_embd", "n_head"])
@pytest.mark.parametrize("value", [0, -1, 2.0, "8", None, True])
def test_sizes_must_be_positive_whole_numbers(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a positive whole number, got {value!r}"):
        GPTConfig(**{name: value})


def test_heads_must_share_the_width_evenly_and_the_error_says_which_numbers_do():
    with pytest.raises(ValueError, match=r"n_embd = 12 .* n_head = 5 .* one of \[1, 2, 3, 4, 6, 12\]"):
        GPTConfig(n_embd=12, n_head=5)


@pytest.mark.parametrize("ratio", [0.0, -4.0, 2.505])
def test_the_mlp_must_have_a_whole_width(ratio):
    with pytest.raises(ValueError, match=f"mlp_ratio = {ratio}"):
        GPTConfig(mlp_ratio=ratio)


def test_a_fraction_is_a_fine_ratio_where_the_width_comes_out_whole():
    assert GPTConfig(n_embd=100, mlp_ratio=2.5).hidden_dim == 250
    assert GPTConfig(n_embd=13, n_head=1, mlp_ratio=57 / 13).hidden_dim == 57  # 13 · (57/13) is 57.00000000000001


@pytest.mark.parametrize("dropout", [-0.1, 1.0, float("nan")])
def test_dropout_must_be_a_probability_below_one(dropout):
    with pytest.raises(ValueError, match="dropout must be at least 0 and below 1"):
        GPTConfig(dropout=dropout)


def test_equal_configs_are_interchangeable():
    assert GPTConfig() == PRESETS["howsam"]
    assert len({GPTConfig(), PRESETS["howsam"]}) == 1


@pytest.mark.parametrize(
    ("name", "layers", "width", "heads"),
    # Radford et al. 2019, table 2; heads as in the released checkpoints.
    [("gpt2", 12, 768, 12), ("gpt2-medium", 24, 1024, 16), ("gpt2-large", 36, 1280, 20), ("gpt2-xl", 48, 1600, 25)],
)
def test_gpt2_presets_have_the_published_shapes(name, layers, width, heads):
    config = PRESETS[name]
    assert (config.n_layer, config.n_embd, config.n_head) == (layers, width, heads)
    assert (config.vocab_size, config.seq_len, config.bias, config.head_dim) == (50_257, 1024, True, 64)


def test_one_table_holds_shape_training_and_released_weights_of_every_preset():
    assert list(PRESETS) == list(PRESET_TABLE)
    for name, preset in PRESET_TABLE.items():
        assert PRESETS[name] is preset.shape is find_preset(name).shape
        assert preset.training.steps > preset.training.warmup_steps
        assert HUB_NAMES.get(name) == preset.hub_name
        assert (preset.hub_name is None) == name.startswith("howsam")


def test_a_preset_that_is_not_there_is_refused_with_the_names_of_those_that_are():
    with pytest.raises(ValueError, match=r"there is no preset 'gpt5'; there are howsam, .*llama-3\.1-8b"):
        find_preset("gpt5")


def test_each_table_of_presets_and_each_way_from_configuration_to_model_is_there_once():
    """A hub's name is written in one file, and one file says which class a kind of configuration makes."""
    root = Path(__file__).parents[1]
    sources = {path.relative_to(root): path.read_text("utf-8") for path in (root / "course_lib").rglob("*.py")}
    names = {path for path, text in sources.items() if '"openai-community/gpt2' in text or '"meta-llama/' in text}
    assert names == {Path("course_lib/config/presets.py")}
    classes = {path for path, text in sources.items() if re.search(r"\b(GPTNeo\(|GPTNeoConfig: GPTNeo\b)", text)}
    assert classes == {Path("course_lib/pretrained/gpt_neo.py"), Path("course_lib/pretrained/models.py")}


def test_a_sequence_that_is_too_long_is_refused_in_one_place():
    check_length(GPTConfig(seq_len=12), 12)
    with pytest.raises(ValueError, match=r"seq_len = 12 tokens, got a sequence of 13; crop it.*larger seq_len$"):
        check_length(GPTConfig(seq_len=12), 13)
    with pytest.raises(ValueError, match=r"larger seq_len, or pray$"):
        check_length(GPTConfig(seq_len=12), 13, ", or pray")
    root = Path(__file__).parents[1] / "course_lib"
    compares = re.compile(r"> self\.config\.seq_len")
    found = [path.relative_to(root) for path in root.rglob("*.py") if compares.search(path.read_text("utf-8"))]
    assert [path for path in found if path.parts[0] != "checks"] == []  # a check's stand-in models are their own
