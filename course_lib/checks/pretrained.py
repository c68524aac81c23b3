"""The exercises of lesson 13: right answers, and the mistakes that are really made with other people's models."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Call, Case, Exercise, Failed, Misconception, Property, single_case
from course_lib.config import GPTConfig, LlamaConfig, RopeScaling

# Exercise 1: config.json


def read_config(text: str) -> GPTConfig | LlamaConfig:
    """The configuration that a config.json of GPT-2 or of Llama describes."""
    fields = json.loads(text)
    if fields["model_type"] == "gpt2":
        return gpt2_config(fields)
    if fields["model_type"] == "llama":
        return llama_config(fields)
    raise ValueError(f"model_type {fields['model_type']!r} is neither 'gpt2' nor 'llama'")


def gpt2_config(fields: Mapping[str, Any]) -> GPTConfig:
    """GPT-2's names into ours."""
    return GPTConfig(
        vocab_size=fields["vocab_size"],
        seq_len=fields["n_positions"],
        n_layer=fields["n_layer"],
        n_embd=fields["n_embd"],
        n_head=fields["n_head"],
        mlp_ratio=(fields.get("n_inner") or 4 * fields["n_embd"]) / fields["n_embd"],
        bias=True,
        dropout=fields["resid_pdrop"],
    )


def llama_config(fields: Mapping[str, Any]) -> LlamaConfig:
    """Llama's names into ours."""
    scaling = fields.get("rope_scaling")
    return LlamaConfig(
        vocab_size=fields["vocab_size"],
        seq_len=fields["max_position_embeddings"],
        n_layer=fields["num_hidden_layers"],
        n_embd=fields["hidden_size"],
        n_head=fields["num_attention_heads"],
        n_kv_head=fields.get("num_key_value_heads", fields["num_attention_heads"]),
        hidden_dim=fields["intermediate_size"],
        rope_theta=fields.get("rope_theta", 10_000.0),
        rope_scaling=RopeScaling(scaling["factor"]) if scaling else None,
        norm_eps=fields["rms_norm_eps"],
        tie_embeddings=fields.get("tie_word_embeddings", False),
    )


def config_with(
    gpt2: Callable[[GPTConfig], GPTConfig] = lambda config: config,
    llama: Callable[[LlamaConfig], LlamaConfig] = lambda config: config,
) -> Callable[[str], GPTConfig | LlamaConfig]:
    """`read_config` with something changed in what comes out."""

    def mutant(text: str) -> GPTConfig | LlamaConfig:
        config = read_config(text)
        return gpt2(config) if isinstance(config, GPTConfig) else llama(config)

    return mutant


def old_heads(text: str) -> GPTConfig | LlamaConfig:
    """Our own default where the file says nothing of key heads."""
    config = read_config(text)
    unsaid = "num_key_value_heads" not in json.loads(text)
    return replace(config, n_kv_head=1) if isinstance(config, LlamaConfig) and unsaid else config


def tied_if_unsaid(text: str) -> GPTConfig | LlamaConfig:
    """Our own default where the file says nothing of a tie."""
    config = read_config(text)
    unsaid = "tie_word_embeddings" not in json.loads(text)
    return replace(config, tie_embeddings=True) if isinstance(config, LlamaConfig) and unsaid else config


def every_model_a_llama(text: str) -> GPTConfig | LlamaConfig:
    """What is no GPT-2 is taken for a Llama."""
    fields = json.loads(text)
    return gpt2_config(fields) if fields["model_type"] == "gpt2" else llama_config(fields)


def config_cases(generator: torch.Generator) -> list[Case]:
    """GPT-2 as `transformers` saves it, one with an inner width; Llama old and new; one that looks like a Llama."""
    drawn = [int(number) for number in torch.randint(1, 6, (4,), generator=generator)]
    gpt2 = {
        "model_type": "gpt2",
        "vocab_size": 50257,
        "n_positions": 1024,
        "n_embd": 768,
        "n_layer": 12,
        "n_head": 12,
        "n_inner": None,
        "resid_pdrop": 0.1,
    }
    inner = gpt2 | {
        "n_embd": 16 * drawn[0],
        "n_head": 4,
        "n_inner": 48 * drawn[0],
        "n_positions": 64,
        "resid_pdrop": 0.0,
    }
    old = {
        "model_type": "llama",
        "vocab_size": 32000,
        "max_position_embeddings": 2048,
        "num_hidden_layers": drawn[1],
        "hidden_size": 4096,
        "num_attention_heads": 32,
        "intermediate_size": 11008,
        "rms_norm_eps": 1e-6,
    }
    new = old | {
        "vocab_size": 128256,
        "max_position_embeddings": 131072,
        "num_key_value_heads": 8,
        "rope_theta": 500000.0,
        "rope_scaling": {"rope_type": "llama3", "factor": 8.0 * drawn[2]},
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": True,
    }
    return [
        Case((json.dumps(gpt2),), label="GPT-2"),
        Case((json.dumps(inner),), label="a GPT-2 whose MLP is three times as wide as the stream"),
        Case((json.dumps(new),), label="a Llama 3.2"),
        Case((json.dumps(old | {"rope_scaling": None}),), label="the first Llama, whose file leaves things unsaid"),
        Case((json.dumps(new | {"model_type": "mistral"}),), label="model_type 'mistral'"),
    ]


# Exercise 2: GPT-2's tensors under our names

OUR_LAYERS = {
    "ln_1": "norm_1",
    "attn.c_attn": "attention.qkv_proj",
    "attn.c_proj": "attention.out_proj",
    "ln_2": "norm_2",
    "mlp.c_fc": "mlp.up_proj",
    "mlp.c_proj": "mlp.down_proj",
}
OUR_TABLES = {"wte": "token_embedding", "wpe": "position_embedding", "ln_f": "final_norm"}


def conv1d(name: str, tensor: Tensor) -> bool:
    """Whether GPT-2 keeps this tensor as (in, out)."""
    return re.search(r"\.c_(attn|proj|fc)\.weight$", name) is not None


def translate_with(
    *,
    turned: Callable[[str, Tensor], bool] = conv1d,
    layers: Mapping[str, str] = OUR_LAYERS,
    prefix: str = "transformer.",
    ignored: str = r"\.attn\.(masked_)?bias$|^lm_head\.weight$",
    strict: bool = True,
) -> Callable[[Mapping[str, Tensor]], dict[str, Tensor]]:
    """`gpt2_to_ours` with one of its rules replaced. ignored: names that carry no weight of their own."""

    def translate(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        ours = {}
        for name, tensor in tensors.items():
            short = name.removeprefix(prefix)
            if re.search(ignored, short):
                continue
            tensor = tensor.T if turned(short, tensor) else tensor
            layer = re.fullmatch(r"h\.(\d+)\.(.+)\.(weight|bias)", short)
            table = re.fullmatch(r"(\w+)\.(weight|bias)", short)
            if layer and layer[2] in layers:
                ours[f"blocks.{layer[1]}.{layers[layer[2]]}.{layer[3]}"] = tensor
            elif table and table[1] in OUR_TABLES:
                ours[f"{OUR_TABLES[table[1]]}.{table[2]}"] = tensor
            elif strict:
                raise ValueError(f"no place for the tensor {name}")
            else:
                ours[short] = tensor
        return ours

    return translate


gpt2_to_ours = translate_with()


def gpt2_tensors(
    generator: torch.Generator, C: int, layers: Sequence[int], V: int = 5, T: int = 3
) -> dict[str, Tensor]:
    """Tensors as a GPT-2 checkpoint has them, of the layers with these numbers."""
    shapes: dict[str, tuple[int, ...]] = {"wte.weight": (V, C), "wpe.weight": (T, C)}
    for n in layers:
        linear = {"attn.c_attn": (C, 3 * C), "attn.c_proj": (C, C), "mlp.c_fc": (C, 4 * C), "mlp.c_proj": (4 * C, C)}
        for name in ("ln_1", "ln_2"):
            shapes |= {f"h.{n}.{name}.weight": (C,), f"h.{n}.{name}.bias": (C,)}
        for name, shape in linear.items():
            shapes |= {f"h.{n}.{name}.weight": shape, f"h.{n}.{name}.bias": shape[1:]}
    shapes |= {"ln_f.weight": (C,), "ln_f.bias": (C,)}
    return {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}


def translate_cases(generator: torch.Generator) -> list[Case]:
    """A few tensors to read; all of a model; with prefix, head and masks, as old files have them; a strange name."""
    few = {
        "h.0.attn.c_proj.weight": torch.tensor([[1.0, 2.0], [3.0, 4.0]]),
        "h.0.mlp.c_proj.bias": torch.tensor([5.0, 6.0]),
        "wpe.weight": torch.tensor([[7.0, 8.0], [9.0, 0.0]]),
    }
    whole = gpt2_tensors(generator, C=4, layers=range(2))
    old = {f"transformer.{name}": t for name, t in gpt2_tensors(generator, C=2, layers=(1, 11)).items()}
    old |= {f"transformer.h.{n}.attn.bias": torch.ones(1, 1, 3, 3).tril() for n in (1, 11)}
    old |= {f"transformer.h.{n}.attn.masked_bias": torch.tensor(-1e4) for n in (1, 11)}
    old["lm_head.weight"] = old["transformer.wte.weight"]
    strange = {"h.0.attn.rotary.inv_freq": torch.ones(2)}
    return [
        Case((few,), label="three tensors"),
        Case((whole,), label="a model of two layers"),
        Case((old,), label="an older file: prefix, causal masks and head are in it"),
        Case((strange,), label="a tensor that GPT-2 does not have"),
    ]


# Exercise 3: three projections in one

Pair = tuple[Tensor, Tensor]


def separate_qkv(weight: Tensor, bias: Tensor) -> tuple[Pair, Pair, Pair]:
    """GPT-2's c_attn, (C, 3C) and (3C,), as three pairs (C, C) and (C,) for `nn.Linear`."""
    return split_with()(weight, bias)


def cut_columns(weight: Tensor) -> list[Tensor]:
    """The three parts side by side, each turned to (out, in)."""
    return [part.T for part in weight.chunk(3, dim=1)]


def split_with(
    cut: Callable[[Tensor], Sequence[Tensor]] = cut_columns,
    cut_bias: Callable[[Tensor], Sequence[Tensor]] = lambda bias: bias.chunk(3),
    order: tuple[int, int, int] = (0, 1, 2),
) -> Callable[[Tensor, Tensor], tuple[Pair, Pair, Pair]]:
    """`separate_qkv` cut otherwise."""

    def mutant(weight: Tensor, bias: Tensor) -> tuple[Pair, Pair, Pair]:
        weights, biases = cut(weight), cut_bias(bias)
        q, k, v = ((weights[i], biases[i]) for i in order)
        return q, k, v

    return mutant


def split_cases(generator: torch.Generator) -> list[Case]:
    """Numbers that say whose they are; a width that three does not divide; drawn ones."""
    told_apart = torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0]])

    def drawn(C: int) -> Case:
        weight, bias = torch.randn(C, 3 * C, generator=generator), torch.randn(3 * C, generator=generator)
        return Case((weight, bias), label=f"C = {C}")

    return [Case((told_apart, torch.arange(6.0)), label="C = 2"), drawn(3), drawn(6)]


def same_numbers_come_out(call: Call, generator: torch.Generator) -> None:
    """Three small projections give what the large one gave."""
    weight, bias = torch.randn(6, 18, generator=generator), torch.randn(18, generator=generator)
    x = torch.randn(4, 6, generator=generator)
    parts = [nn.functional.linear(x, w, b) for w, b in call(weight, bias)]
    if not torch.allclose(torch.cat(parts, dim=-1), x @ weight + bias, atol=1e-4):
        raise Failed("x @ weight + bias of the whole should be q, k and v of the parts side by side; it is not")


# Exercise 4 (debug): the loader that never complains


def load_checked(layers: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Every parameter of `layers` from GPT-2's tensors, nothing missing and nothing left over."""
    load_with()(layers, tensors)


def load_with(
    *,
    prefix: str = "transformer.",
    turn: Callable[[Tensor, Tensor | None], Tensor] = lambda tensor, mine: tensor.T if tensor.dim() == 2 else tensor,
    strict: bool = True,
) -> Callable[[nn.Module, Mapping[str, Tensor]], None]:
    """`load_checked` with one of its steps replaced. turn: sees the tensor and the parameter of its name, if any."""

    def load(layers: nn.Module, tensors: Mapping[str, Tensor]) -> None:
        mine = dict(layers.named_parameters())
        renamed = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
        layers.load_state_dict({n: turn(t, mine.get(n)) for n, t in renamed.items()}, strict=strict)

    return load


def turn_what_does_not_fit(tensor: Tensor, mine: Tensor | None) -> Tensor:
    """Square matrices are left as they are."""
    return tensor.T if mine is not None and tensor.dim() == 2 and tensor.shape != mine.shape else tensor


def load_in_a_loop(layers: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """What the model has is looked up in the file; what the file has beyond it is not noticed."""
    renamed = {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}
    with torch.no_grad():
        for name, parameter in layers.named_parameters():
            if name not in renamed:
                raise RuntimeError(f"{name} is missing")
            parameter.copy_(renamed[name].T if renamed[name].dim() == 2 else renamed[name])


def load_cases(generator: torch.Generator) -> list[Case]:
    """A square layer, one that is not, the prefix; then what must be refused: too little, too much, another size."""

    def drawn(sizes: Mapping[str, tuple[int, int]], prefix: str = "") -> dict[str, Tensor]:
        weights = {f"{prefix}{n}.weight": torch.randn(size, generator=generator) for n, size in sizes.items()}
        return weights | {f"{prefix}{n}.bias": torch.randn(s[1], generator=generator) for n, s in sizes.items()}

    one = {"c_proj": (2, 2)}
    two = {"c_fc": (3, 12), "c_proj": (12, 3)}
    fewer = drawn(two)
    del fewer["c_proj.weight"]
    more = drawn(two) | {"c_extra.weight": torch.ones(2, 2)}
    larger = drawn({"c_fc": (3, 12), "c_proj": (12, 4)})
    return [
        Case(
            (one, {"c_proj.weight": torch.tensor([[1.0, 2.0], [3.0, 4.0]]), "c_proj.bias": torch.ones(2)}),
            label="one square layer",
        ),
        Case((two, drawn(two)), label="two layers that are not square"),
        Case((two, drawn(two, "transformer.")), label="every name begins with 'transformer.'"),
        Case((two, fewer), label="c_proj.weight is missing"),
        Case((two, more), label="there is a c_extra.weight too many"),
        Case((two, larger), label="c_proj of another size"),
    ]


# Exercise 5: masks

FAMILIES = ("encoder-only", "decoder-only", "encoder-decoder")


def family_mask(family: str, n_source: int, n_target: int) -> Tensor:
    """(S + T, S + T): True where the row's token may look at the column's; the source comes first."""
    if family not in FAMILIES:
        raise ValueError(f"unknown family {family!r}; there are {', '.join(FAMILIES)}")
    n = n_source + n_target
    if family == "encoder-only":
        return torch.ones(n, n, dtype=torch.bool)
    mask = torch.ones(n, n, dtype=torch.bool).tril()
    if family == "encoder-decoder":
        mask[:n_source, :n_source] = True
    return mask


def mask_with(
    change: Callable[[Tensor, str, int], Tensor], families: Sequence[str] = FAMILIES
) -> Callable[[str, int, int], Tensor]:
    """`family_mask` with something changed in some families (mask, family, length of the source)."""

    def mutant(family: str, n_source: int, n_target: int) -> Tensor:
        mask = family_mask(family, n_source, n_target)
        return change(mask, family, n_source) if family in families else mask

    return mutant


def source_sees_target(mask: Tensor, family: str, n_source: int) -> Tensor:
    """The encoder looks at what is still to be written."""
    mask[:n_source] = True
    return mask


def no_cross_attention(mask: Tensor, family: str, n_source: int) -> Tensor:
    """The decoder does not see the source."""
    mask[n_source:, :n_source] = False
    return mask


def target_sees_itself_whole(mask: Tensor, family: str, n_source: int) -> Tensor:
    """The decoder sees its own future."""
    mask[n_source:] = True
    return mask


def not_itself(mask: Tensor, family: str, n_source: int) -> Tensor:
    """The diagonal is left out."""
    return mask & ~torch.eye(len(mask), dtype=torch.bool)


def any_family(family: str, n_source: int, n_target: int) -> Tensor:
    """A family that is not known gets a causal mask."""
    return family_mask(family if family in FAMILIES else "decoder-only", n_source, n_target)


def mask_cases(generator: torch.Generator) -> list[Case]:
    """Two and two tokens of each family, then other lengths, then a family that does not exist."""
    small = [Case((family, 2, 2), label=f"{family}, 2 source and 2 target tokens") for family in FAMILIES]
    source, target = (int(n) for n in torch.randint(3, 7, (2,), generator=generator))
    larger = [Case((family, source, target + 1), label=f"{family}, {source} and {target + 1}") for family in FAMILIES]
    return [*small, *larger, Case(("decoder", 2, 2), label="'decoder', which is none of the three names")]


# Exercise 6: a batch for masked language modelling

IGNORED = -100
Batch = tuple[Tensor, Tensor]


def mlm_batch(
    idx: Tensor, choose: Tensor, act: Tensor, others: Tensor, mask_id: int, special_ids: Sequence[int]
) -> Batch:
    """Inputs and labels: chosen where choose < 0.15; of these hidden where act < 0.8, another token where < 0.9."""
    return batch_with()(idx, choose, act, others, mask_id, special_ids)


def batch_with(
    *,
    chosen: Callable[[Tensor, Tensor], Tensor] = lambda choose, special: (choose < 0.15) & ~special,
    hidden: Callable[[Tensor], Tensor] = lambda act: act < 0.8,
    replaced: Callable[[Tensor], Tensor] = lambda act: (act >= 0.8) & (act < 0.9),
    labels: Callable[..., Tensor] = lambda idx, inputs, chosen, act: torch.where(chosen, idx, IGNORED),
) -> Callable[..., Batch]:
    """`mlm_batch` with one of its steps replaced."""

    def mutant(
        idx: Tensor, choose: Tensor, act: Tensor, others: Tensor, mask_id: int, special_ids: Sequence[int]
    ) -> Batch:
        special = torch.isin(idx, torch.tensor(list(special_ids), dtype=idx.dtype))
        picked = chosen(choose, special)
        inputs = torch.where(picked & replaced(act), others, idx)
        inputs = torch.where(picked & hidden(act), mask_id, inputs)
        return inputs, labels(idx, inputs, picked, act)

    return mutant


def batch_cases(generator: torch.Generator) -> list[Case]:
    """One row in which each thing happens once, then batches in which each happens often."""

    def drawn(B: int, T: int) -> Case:
        idx, others = torch.randint(3, 50, (2, B, T), generator=generator)
        idx[:, 0] = 0
        choose, act = torch.rand(2, B, T, generator=generator)
        return Case((idx, choose, act, others, 2, (0, 1, 2)), label=f"B = {B}, T = {T}, mask_id = 2")

    row = (
        torch.tensor([[0, 10, 11, 12, 13, 14]]),
        torch.tensor([[0.05, 0.1, 0.1, 0.1, 0.5, 0.2]]),
        torch.tensor([[0.5, 0.5, 0.85, 0.95, 0.5, 0.85]]),
        torch.tensor([[40, 41, 42, 43, 44, 45]]),
    )
    label = "a special token, then one to hide, one to replace, one to keep, and two that are not chosen"
    return [Case((*row, 2, (0, 2)), label=label), drawn(8, 32), drawn(16, 16)]


def labels_where_chosen(call: Call, generator: torch.Generator) -> None:
    """About 15 in 100 tokens have a label."""
    idx, others = torch.randint(3, 50, (2, 32, 64), generator=generator)
    choose, act = torch.rand(2, 32, 64, generator=generator)
    _, labels = call(idx, choose, act, others, 2, (2,))
    share = (labels != IGNORED).double().mean().item()
    if not 0.11 < share < 0.19:
        raise Failed(f"of 100 tokens about 15 should have a label; with yours it is {100 * share:.0f}")


# Exercise 7: T5's objective

Tokens = list[int]


def corrupt_spans(tokens: Tokens, spans: Sequence[tuple[int, int]], sentinels: Tokens) -> tuple[Tokens, Tokens]:
    """T5's inputs, each span replaced by a sentinel, and targets, each sentinel followed by its span, and one more."""
    return spans_with()(tokens, spans, sentinels)


def spans_with(
    *,
    in_place: Callable[[int, int], int] = lambda sentinel, length: 1,
    sentinel_of: Callable[[int], int] = lambda i: i,
    last: bool = True,
    named: bool = True,
    whole: bool = False,
) -> Callable[..., tuple[Tokens, Tokens]]:
    """`corrupt_spans` with one of its rules replaced. in_place: how many sentinels stand for a span."""

    def mutant(tokens: Tokens, spans: Sequence[tuple[int, int]], sentinels: Tokens) -> tuple[Tokens, Tokens]:
        inputs: Tokens = []
        targets: Tokens = []
        end = 0
        for i, (start, stop) in enumerate(spans):
            sentinel = sentinels[sentinel_of(i)]
            inputs += tokens[end:start] + [sentinel] * in_place(sentinel, stop - start)
            targets += ([sentinel] if named else []) + tokens[start:stop]
            end = stop
        inputs += tokens[end:]
        targets += [sentinels[sentinel_of(len(spans))]] if last else []
        return inputs, list(tokens) if whole else targets

    return mutant


def span_cases(generator: torch.Generator) -> list[Case]:
    """The paper's example, spans at both ends, none at all, drawn ones."""
    sentence = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    sentinels = [99, 98, 97, 96, 95]
    tokens = torch.randint(10, 90, (20,), generator=generator).tolist()
    first = int(torch.randint(1, 4, (1,), generator=generator))
    spans = [(first, first + 2), (first + 5, first + 9), (18, 20)]
    return [
        Case((sentence, [(2, 4), (8, 9)], sentinels), label="'for inviting' and 'last', as in the paper's figure"),
        Case(([1, 2, 3, 4], [(0, 1), (2, 4)], sentinels), label="spans at the beginning and at the end"),
        Case(([1, 2], [], sentinels), label="no span"),
        Case((tokens, spans, sentinels), label="20 tokens, three spans"),
    ]


def nothing_is_lost(call: Call, generator: torch.Generator) -> None:
    """With the targets the text can be put together again."""
    tokens = torch.randint(10, 90, (12,), generator=generator).tolist()
    inputs, targets = call(tokens, [(1, 3), (6, 9)], [99, 98, 97])
    spans: dict[int, Tokens] = {}
    for token in targets:
        if token >= 97:
            spans[token] = []
        elif spans:
            spans[next(reversed(spans))].append(token)
    again = [word for token in inputs for word in (spans.get(token, []) if token >= 97 else [token])]
    if again != tokens:
        raise Failed("put each span of the targets where its sentinel stands in the inputs: the text should be back")


# Exercise 8: a prediction

BLOCK = 12 * 64**2 + 10 * 64  # q, k, v without biases; the output with; the MLP with both; two norms
STORIES = 50_257 * 64 + 2_048 * 64 + 8 * BLOCK + 2 * 64


def predict_story_model() -> tuple[int, int]:
    """Parameters of TinyStories-1M, and those in its blocks."""
    return STORIES, 8 * BLOCK


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        name="read_config",
        reference=read_config,
        cases=config_cases,
        drive=drive.read_fields,
        forbidden=("course_lib.pretrained.read_config", "course_lib.pretrained.to_config"),
        misconceptions=(
            Misconception(
                "biases forgotten",
                config_with(gpt2=lambda config: replace(config, bias=False)),
                "GPT-2's linear layers have biases, though its file does not say so: bias=True.",
            ),
            Misconception(
                "four times, whatever n_inner says",
                config_with(gpt2=lambda config: replace(config, mlp_ratio=4.0)),
                "n_inner is the MLP's width; only where it is null or missing is it 4 · n_embd. "
                "mlp_ratio = n_inner / n_embd.",
            ),
            Misconception(
                "dropout forgotten",
                config_with(gpt2=lambda config: replace(config, dropout=0.0)),
                "resid_pdrop is the dropout. It matters when you train the model further.",
            ),
            Misconception(
                "a key head for each query head",
                config_with(llama=lambda config: replace(config, n_kv_head=config.n_head)),
                "num_key_value_heads says how many key and value heads there are; query heads share them.",
            ),
            Misconception(
                "one key head where the file is silent",
                old_heads,
                "Files from before grouped queries have no num_key_value_heads: then there are as many as query heads. "
                "Our LlamaConfig's own default is another one.",
            ),
            Misconception(
                "stretched positions dropped",
                config_with(llama=lambda config: replace(config, rope_scaling=None)),
                "rope_scaling holds the factor that slows down the long waves. Without it only long texts go wrong, "
                "which is the worst kind of mistake: RopeScaling(factor).",
            ),
            Misconception(
                "the base of the rotation left at our default",
                config_with(llama=lambda config: replace(config, rope_theta=500_000.0)),
                "Files from before Llama 3 have no rope_theta, and mean 10,000.",
            ),
            Misconception(
                "a tied head where the file is silent",
                tied_if_unsaid,
                "For Llama a missing tie_word_embeddings means false: the head has weights of its own.",
            ),
            Misconception(
                "everything else taken for a Llama",
                every_model_a_llama,
                "Mistral's file has Llama's fields and another attention. Raise ValueError for a model_type that you "
                "have not written for.",
            ),
        ),
        hints=(
            "json.loads(text) gives a dict. Look at its model_type first, and raise ValueError if it is neither.",
            "fields.get(name, default) for what may be missing. n_inner may be missing or None: take it, or what "
            "instead?",
            "mlp_ratio=(fields.get('n_inner') or 4 * fields['n_embd']) / fields['n_embd'];  "
            "n_kv_head=fields.get('num_key_value_heads', fields['num_attention_heads']);  "
            "rope_scaling=RopeScaling(s['factor']) if s else None, where s = fields.get('rope_scaling')",
        ),
        review="lesson 13, 'What a checkpoint is'",
    ),
    Exercise(
        name="gpt2_to_ours",
        reference=gpt2_to_ours,
        cases=translate_cases,
        forbidden=("course_lib.pretrained.name_map", "course_lib.pretrained.ARCHITECTURES"),
        misconceptions=(
            Misconception(
                "nothing turned",
                translate_with(turned=lambda name, tensor: False),
                "GPT-2 keeps its linear layers as (in, out), nn.Linear as (out, in): transpose the c_… weights.",
            ),
            Misconception(
                "square matrices not turned",
                translate_with(turned=lambda name, tensor: conv1d(name, tensor) and tensor.shape[0] != tensor.shape[1]),
                "attn.c_proj.weight is square, so its shape fits either way round, but it is stored as (in, out) too. "
                "Decide by the name, not by the shape.",
            ),
            Misconception(
                "embeddings turned as well",
                translate_with(turned=lambda name, tensor: tensor.dim() == 2),
                "wte and wpe are tables, a row for each token or position, in both. Only the c_… weights are turned.",
            ),
            Misconception(
                "both c_proj taken for the attention's",
                translate_with(layers=OUR_LAYERS | {"mlp.c_proj": "mlp.out_proj"}),
                "There are two c_proj in a block: the attention's is our out_proj, the MLP's our down_proj.",
            ),
            Misconception(
                "the norms swapped",
                translate_with(layers=OUR_LAYERS | {"ln_1": "norm_2", "ln_2": "norm_1"}),
                "ln_1 stands before the attention and is norm_1; ln_2 stands before the MLP and is norm_2.",
            ),
            Misconception(
                "the causal mask taken for a weight",
                translate_with(ignored=r"^lm_head\.weight$", strict=False),
                "h.0.attn.bias is no bias: old files keep the causal mask there. Leave it out, and masked_bias too.",
            ),
            Misconception(
                "c_attn's bias taken for the mask",
                translate_with(ignored=r"attn\.(masked_)?bias$|^lm_head\.weight$"),
                "'attn.bias' is also the end of 'c_attn.bias', which is a weight. Look for '.attn.bias', with its dot.",
            ),
            Misconception(
                "the prefix left on",
                translate_with(prefix="model.", strict=False),
                "Some files begin each name with 'transformer.': name.removeprefix('transformer.').",
            ),
            Misconception(
                "unknown tensors passed over",
                translate_with(ignored=r"\.attn\.(masked_)?bias$|^lm_head\.weight$|rotary"),
                "A tensor that you have no place for means that you do not know this model: raise ValueError.",
            ),
        ),
        hints=(
            "A name has three parts: where (h.0. or nothing), which layer, weight or bias. Translate part by part.",
            "Begin with name.removeprefix('transformer.'), pass over what ends in '.attn.bias' or '.attn.masked_bias' "
            "and the lm_head, and keep a dict from their layers to ours.",
            "_, number, rest = name.split('.', 2); layer, kind = rest.rsplit('.', 1); turned = kind == 'weight' and "
            "layer in ('attn.c_attn', 'attn.c_proj', 'mlp.c_fc', 'mlp.c_proj'); "
            "ours[f'blocks.{number}.{LAYERS[layer]}.{kind}'] = tensor.T if turned else tensor",
        ),
        review="lesson 13, 'Tensor by tensor'",
    ),
    Exercise(
        name="separate_qkv",
        reference=separate_qkv,
        cases=split_cases,
        properties=(Property("three small projections give what the large one gave", same_numbers_come_out),),
        misconceptions=(
            Misconception(
                "not turned",
                split_with(cut=lambda weight: weight.chunk(3, dim=1)),
                "Each part is still (in, out). nn.Linear keeps (out, in): transpose each. The part is square, so no "
                "shape will tell you.",
            ),
            Misconception(
                "cut along the inputs",
                split_with(cut=lambda weight: [part.T for part in weight.tensor_split(3, dim=0)]),
                "The three stand side by side in the outputs, the columns of (C, 3C): cut along dim 1, or transpose "
                "first and cut along dim 0.",
            ),
            Misconception(
                "every third column",
                split_with(
                    cut=lambda weight: [weight[:, i::3].T for i in range(3)],
                    cut_bias=lambda bias: [bias[i::3] for i in range(3)],
                ),
                "The queries are the first C columns, then come the keys, then the values; they are not interleaved.",
            ),
            Misconception(
                "keys before queries",
                split_with(order=(1, 0, 2)),
                "The order is queries, keys, values.",
            ),
            Misconception(
                "read as (3C, C)",
                split_with(cut=lambda weight: weight.reshape(-1, weight.shape[0]).chunk(3, dim=0)),
                "reshape reads the same memory in rows of another length; it does not transpose. Use .T.",
            ),
        ),
        hints=(
            "x @ weight + bias has 3C columns. Which of them are the queries? So which columns of weight make them?",
            "weight.chunk(3, dim=1) cuts the columns in three, each (C in, C out). nn.Linear wants (out, in).",
            "q, k, v = ((w.T, b) for w, b in zip(weight.chunk(3, dim=1), bias.chunk(3)))",
        ),
        review="lesson 13, 'Tensor by tensor'",
    ),
    Exercise(
        name="load_checked",
        reference=load_checked,
        cases=load_cases,
        drive=drive.fill_layers,
        misconceptions=(
            Misconception(
                "all three still there",
                load_with(prefix="model.", turn=turn_what_does_not_fit, strict=False),
                "That is the loader as it was: the prefix stays on, square matrices are not turned, and strict=False "
                "hides both.",
            ),
            Misconception(
                "square matrices not turned",
                load_with(turn=turn_what_does_not_fit),
                "A square weight fits either way round. All of GPT-2's are stored as (in, out): turn every matrix.",
            ),
            Misconception(
                "strict=False",
                load_with(strict=False),
                "With strict=False a missing tensor leaves its layer random, and one too many is passed over: no "
                "error, and a bad model. Leave strict at True.",
            ),
            Misconception(
                "nothing turned",
                load_with(turn=lambda tensor, mine: tensor),
                "The matrices are stored as (in, out); nn.Linear wants (out, in). Transpose each.",
            ),
            Misconception(
                "the prefix left on",
                load_with(prefix="model."),
                "Some files begin each name with 'transformer.': take it off, or nothing fits.",
            ),
            Misconception(
                "what is left over goes unnoticed",
                load_in_a_loop,
                "You look up what the model has. What the file has beyond it should be an error too: the model may be "
                "another one than you think.",
            ),
        ),
        hints=(
            "Set strict back to its default and read what torch then tells you, for each of the three files.",
            "The names: name.removeprefix('transformer.'). The matrices: decide by tensor.dim(), not by the shape.",
            "layers.load_state_dict({name.removeprefix('transformer.'): t.T if t.dim() == 2 else t "
            "for name, t in tensors.items()})",
        ),
        review="lesson 13, 'The layers that stayed random'",
    ),
    Exercise(
        name="family_mask",
        reference=family_mask,
        cases=mask_cases,
        misconceptions=(
            Misconception(
                "the encoder is causal too",
                mask_with(lambda mask, family, n: mask.tril(), ("encoder-decoder", "encoder-only")),
                "An encoder reads a text that is all there: each token sees all of the source, before and after it.",
            ),
            Misconception(
                "the encoder of the pair is causal",
                mask_with(lambda mask, family, n: mask.tril(), ("encoder-decoder",)),
                "With one causal mask over both, source tokens do not see what follows them. The source sees all of "
                "the source; only the target is causal.",
            ),
            Misconception(
                "the source sees the target",
                mask_with(source_sees_target, ("encoder-decoder",)),
                "The encoder runs before a word of the target is written: rows of the source stay within the source.",
            ),
            Misconception(
                "no cross-attention",
                mask_with(no_cross_attention, ("encoder-decoder",)),
                "Each target token sees the whole source, by cross-attention; otherwise there is nothing to translate.",
            ),
            Misconception(
                "the target sees its own future",
                mask_with(target_sees_itself_whole, ("encoder-decoder",)),
                "The decoder is causal: target token t sees the source and the target up to t.",
            ),
            Misconception(
                "rows and columns swapped",
                mask_with(lambda mask, family, n: mask.T),
                "Rows are the tokens that look, columns those that are looked at. Yours is transposed.",
            ),
            Misconception(
                "a token does not see itself",
                mask_with(not_itself),
                "Every token sees itself: the diagonal is True in all three.",
            ),
            Misconception(
                "True where it is forbidden",
                mask_with(lambda mask, family, n: ~mask),
                "Here True means: may look. In torch's nn.MultiheadAttention it is the other way round.",
            ),
            Misconception(
                "any other name is a decoder",
                any_family,
                "Raise ValueError for a name that is none of the three; a silent default hides a typing mistake.",
            ),
        ),
        hints=(
            "Draw the square for 2 source and 2 target tokens on paper, one row a token: what may it look at?",
            "Begin with ones(n, n) and take away, or with tril() and add: the source's own square is all True in an "
            "encoder-decoder.",
            "mask = torch.ones(n, n, dtype=torch.bool).tril(); mask[:n_source, :n_source] = True",
        ),
        review="lesson 13, 'Three families, three masks'",
    ),
    Exercise(
        name="mlm_batch",
        reference=mlm_batch,
        cases=batch_cases,
        properties=(Property("about 15 in 100 tokens have a label", labels_where_chosen),),
        forbidden=("course_lib.pretrained.masked_lm.mask_tokens",),
        misconceptions=(
            Misconception(
                "a label for every token",
                batch_with(labels=lambda idx, inputs, chosen, act: idx),
                "Only chosen tokens have a label; the others get −100, which the loss leaves out. Most of them can be "
                "read off the input, and the model would learn to copy.",
            ),
            Misconception(
                "labels only where the mask token stands",
                batch_with(labels=lambda idx, inputs, chosen, act: torch.where(chosen & (act < 0.8), idx, IGNORED)),
                "Tokens that were replaced or kept are chosen too, and must be predicted: that is what they are for.",
            ),
            Misconception(
                "every chosen token hidden",
                batch_with(hidden=lambda act: act < 2),
                "Of the chosen ones 80 % are hidden, 10 % become another token, 10 % stay. The mask token never occurs "
                "when the model is used, so it should not learn to wait for it.",
            ),
            Misconception(
                "no random tokens",
                batch_with(replaced=lambda act: act < 0),
                "Where act is from 0.8 to 0.9 the token of `others` goes in.",
            ),
            Misconception(
                "none kept",
                batch_with(replaced=lambda act: act >= 0.8),
                "Where act is 0.9 or more the token stays as it is, though it has a label.",
            ),
            Misconception(
                "special tokens chosen",
                batch_with(chosen=lambda choose, special: choose < 0.15),
                "Tokens in special_ids are never chosen: there is nothing to learn from a hidden start of text.",
            ),
            Misconception(
                "labels read off the input",
                batch_with(labels=lambda idx, inputs, chosen, act: torch.where(chosen, inputs, IGNORED)),
                "The label is the token that stood there before you changed it. If you write into idx itself, labels "
                "that share its memory change with it: clone first.",
            ),
            Misconception(
                "0 in place of −100",
                batch_with(labels=lambda idx, inputs, chosen, act: torch.where(chosen, idx, 0)),
                "0 is a token, and the loss would count it. F.cross_entropy leaves out −100.",
            ),
            Misconception(
                "15 % left over, 85 % chosen",
                batch_with(chosen=lambda choose, special: (choose >= 0.15) & ~special),
                "Chosen are the 15 % where choose < 0.15.",
            ),
            Misconception(
                "labels moved by one",
                batch_with(labels=lambda idx, inputs, chosen, act: torch.where(chosen, idx, IGNORED).roll(-1, dims=-1)),
                "Nothing is shifted here: the model says what stands at this very position.",
            ),
        ),
        hints=(
            "First which tokens are chosen, (B, T) of True and False; then what happens to them; labels come from idx.",
            "chosen = (choose < 0.15) & ~torch.isin(idx, torch.tensor(special_ids)); then torch.where, twice.",
            "inputs = torch.where(chosen & (act < 0.9), others, idx); "
            "inputs = torch.where(chosen & (act < 0.8), mask_id, inputs); labels = torch.where(chosen, idx, -100)",
        ),
        review="lesson 13, 'Hide and guess'",
    ),
    Exercise(
        name="corrupt_spans",
        reference=corrupt_spans,
        cases=span_cases,
        properties=(Property("inputs and targets together hold the text", nothing_is_lost),),
        misconceptions=(
            Misconception(
                "a sentinel for each token",
                spans_with(in_place=lambda sentinel, length: length),
                "One sentinel stands for a whole span, so that the input gets shorter and the model must find out how "
                "long the span was.",
            ),
            Misconception(
                "spans deleted without a trace",
                spans_with(in_place=lambda sentinel, length: 0),
                "The input must say where something is missing: put the span's sentinel there.",
            ),
            Misconception(
                "one sentinel for all spans",
                spans_with(sentinel_of=lambda i: 0),
                "Each span has a sentinel of its own, in order, or nobody knows which answer belongs where.",
            ),
            Misconception(
                "no last sentinel",
                spans_with(last=False),
                "The targets end with one more sentinel: it says that the last span is over.",
            ),
            Misconception(
                "sentinels missing in the targets",
                spans_with(named=False),
                "In the targets each span comes after its sentinel.",
            ),
            Misconception(
                "the whole text as the target",
                spans_with(whole=True),
                "That is BART's objective. T5's targets hold only what is missing, which is quicker to train.",
            ),
        ),
        hints=(
            "Do the paper's sentence by hand first: 'Thank you <X> me to your party <Y> week', and '<X> for inviting "
            "<Y> last <Z>'.",
            "Go through the spans with zip(spans, sentinels), and remember where the one before ended.",
            "inputs += tokens[end:start] + [sentinel]; targets += [sentinel] + tokens[start:stop]; end = stop; "
            "after the loop inputs += tokens[end:] and targets.append(sentinels[len(spans)])",
        ),
        review="lesson 13, 'T5'",
    ),
    Exercise(
        name="predict_story_model",
        reference=predict_story_model,
        cases=single_case,
        misconceptions=(
            Misconception(
                "the head counted",
                lambda: (STORIES + 50_257 * 64, 8 * BLOCK),
                "The head is tied: it is the token embedding, which is counted already.",
            ),
            Misconception(
                "biases for queries, keys and values",
                lambda: (STORIES + 8 * 3 * 64, 8 * (BLOCK + 3 * 64)),
                "GPT-Neo's queries, keys and values have no biases; the other linear layers have.",
            ),
            Misconception(
                "no biases at all",
                lambda: (STORIES - 8 * 6 * 64, 8 * (BLOCK - 6 * 64)),
                "The attention's output has C biases, the MLP 4C and C.",
            ),
            Misconception(
                "GPT-2's 1,024 positions",
                lambda: (STORIES - 1_024 * 64, 8 * BLOCK),
                "The TinyStories models have a table of 2,048 positions.",
            ),
            Misconception(
                "positions forgotten",
                lambda: (STORIES - 2_048 * 64, 8 * BLOCK),
                "There is a table of positions too: 2,048 rows of C numbers.",
            ),
            Misconception(
                "the final norm forgotten",
                lambda: (STORIES - 2 * 64, 8 * BLOCK),
                "After the last block stands one more norm, 2·C numbers.",
            ),
            Misconception(
                "the final norm put into the blocks",
                lambda: (STORIES, 8 * BLOCK + 2 * 64),
                "The final norm counts in the total, but it is in no block.",
            ),
            Misconception(
                "believed the name",
                lambda: (1_000_000, 8 * BLOCK),
                "The name says 1M. Count: the token embedding alone is over three times as much.",
            ),
        ),
        hints=(
            "One block: attention 4·C² + C, MLP 8·C² + 5·C, two norms 4·C. What stands outside the blocks?",
            "Outside: V·C + T·C + 2·C, with V = 50,257 and T = 2,048.",
            "A block has 12 · 4,096 + 10 · 64 = 49,792. Eight of them; then 64 · (50,257 + 2,048 + 2) more.",
        ),
        review="lesson 13, 'A table of models'",
    ),
)
