"""The exercises of lesson 13: answers as students type them."""

PRELUDE = """
import json, re
import torch
from torch import nn
from course_lib.config import GPTConfig, LlamaConfig, RopeScaling
"""


def config(
    inner: str = "c.get('n_inner') or 4 * c['n_embd']",
    heads: str = "c['num_attention_heads']",
    other: str = "raise ValueError(c)",
    bias: str = "True",
    scaling: str = "c.get('rope_scaling') and RopeScaling(c['rope_scaling']['factor'])",
    tied: str = "False",
) -> str:
    return f"""
def read_config(text):
    c = json.loads(text)
    if c["model_type"] == "gpt2":
        return GPTConfig(c["vocab_size"], c["n_positions"], c["n_layer"], c["n_embd"], c["n_head"],
                         ({inner}) / c["n_embd"], {bias}, c["resid_pdrop"])
    if c["model_type"] != "llama":
        {other}
    return LlamaConfig(c["vocab_size"], c["max_position_embeddings"], c["num_hidden_layers"], c["hidden_size"],
                       c["num_attention_heads"], c.get("num_key_value_heads") or {heads}, c["intermediate_size"],
                       c.get("rope_theta", 1e4), {scaling}, c["rms_norm_eps"], c.get("tie_word_embeddings", {tied}))
"""


def translate(
    turned: str = "'.c_' in n and n.endswith('weight')",
    skip: str = "'.attn.bias' in n or 'masked' in n",
    stranger: str = "not re.fullmatch(OURS, n)",
) -> str:
    return f"""
LAYERS = r"blocks.\\d+.(norm_[12]|attention.(qkv|out)_proj|mlp.(up|down)_proj)|final_norm"
OURS = rf"({{LAYERS}}).(weight|bias)|(token|position)_embedding.weight"
def gpt2_to_ours(tensors):
    ours = {{}}
    for n, t in tensors.items():
        if {skip} or n.startswith("lm_head"):
            continue
        if {turned}:
            t = t.t().contiguous()
        for a, b in [("transformer.", ""), ("h.", "blocks."), ("attn.c_attn", "attention.qkv_proj"),
                     ("attn.c_proj", "attention.out_proj"), ("mlp.c_fc", "mlp.up_proj"),
                     ("mlp.c_proj", "mlp.down_proj"), ("ln_1", "norm_1"), ("ln_2", "norm_2"),
                     ("ln_f", "final_norm"), ("wte", "token_embedding"), ("wpe", "position_embedding")]:
            n = n.replace(a, b)
        if {stranger}:
            raise ValueError(n)
        ours[n] = t
    return ours
"""


def batch(inputs: str = "", labels: str = "labels[~chosen] = -100", special: str = "& ~special") -> str:
    return f"""
def mlm_batch(idx, choose, act, others, mask_id, special_ids):
    special = sum((idx == s for s in special_ids), torch.zeros_like(idx)).bool()
    chosen = (choose < 0.15) {special}
    inputs, labels = idx.clone(), idx.clone()
    hide, change = chosen & (act < 0.8), chosen & (act >= 0.8) & (act < 0.9)
    inputs[hide] = mask_id
    inputs[change] = others[change]
    {inputs or "pass"}
    {labels}
    return inputs, labels
"""


def spans(
    put: str = "[s]", target: str = "[s] + list(tokens[a:b])", end: str = "out.append(sentinels[len(spans)])"
) -> str:
    return f"""
def corrupt_spans(tokens, spans, sentinels):
    into, out, last = [], [], 0
    for i in range(len(spans)):
        (a, b), s = spans[i], sentinels[i]
        into.extend(tokens[last:a]); into.extend({put})
        out.extend({target})
        last = b
    into.extend(tokens[last:])
    {end}
    return into, out
"""


RIGHT_ANSWERS = {
    "read_config": [config(), config(inner="c['n_inner'] if c.get('n_inner') else c['n_embd'] << 2")],
    "gpt2_to_ours": [
        translate(),
        """
def gpt2_to_ours(tensors):
    table = {"ln_1": ("norm_1", False), "attn.c_attn": ("attention.qkv_proj", True), "ln_2": ("norm_2", False),
             "attn.c_proj": ("attention.out_proj", True), "mlp.c_fc": ("mlp.up_proj", True),
             "mlp.c_proj": ("mlp.down_proj", True)}
    top = {"wte": "token_embedding", "wpe": "position_embedding", "ln_f": "final_norm"}
    out = {}
    for name, tensor in tensors.items():
        parts = [p for p in name.split(".") if p != "transformer"]
        if parts[0] == "lm_head" or parts[2:] in (["attn", "bias"], ["attn", "masked_bias"]):
            continue
        if parts[-1] not in ("weight", "bias"):
            raise ValueError(name)
        if parts[0] in top:
            out[top[parts[0]] + "." + parts[1]] = tensor
        elif ".".join(parts[2:-1]) in table:
            ours, flip = table[".".join(parts[2:-1])]
            flip = flip and parts[-1] == "weight"
            out[f"blocks.{parts[1]}.{ours}.{parts[-1]}"] = tensor.permute(1, 0) if flip else tensor
        else:
            raise ValueError(name)
    return out
""",
    ],
    "separate_qkv": [
        "def separate_qkv(weight, bias): return tuple(zip(weight.T.chunk(3), bias.chunk(3)))",
        """
def separate_qkv(weight, bias):
    C = len(weight)
    return [(weight[:, i * C:(i + 1) * C].t().contiguous(), bias[i * C:(i + 1) * C]) for i in range(3)]
""",
        """
def separate_qkv(weight, bias):
    C = weight.shape[0]
    w, b = weight.view(C, 3, C).permute(1, 2, 0), bias.view(3, C)
    return (w[0], b[0]), (w[1], b[1]), (w[2], b[2])
""",
    ],
    "load_checked": [
        """
def load_checked(layers, tensors):
    layers.load_state_dict({n.replace("transformer.", ""): t.T if t.ndim > 1 else t for n, t in tensors.items()})
""",
        """
def load_checked(layers, tensors):
    mine = dict(layers.named_parameters())
    theirs = {n.removeprefix("transformer."): t for n, t in tensors.items()}
    if mine.keys() != theirs.keys():
        raise RuntimeError(mine.keys() ^ theirs.keys())
    with torch.no_grad():
        for name, parameter in mine.items():
            value = theirs[name].T if "weight" in name else theirs[name]
            if value.shape != parameter.shape:
                raise RuntimeError(name)
            parameter.copy_(value)
""",
    ],
    "family_mask": [
        """
def family_mask(family, s, t):
    row, col = torch.arange(s + t)[:, None], torch.arange(s + t)
    if family == "encoder-only": return torch.full((s + t, s + t), True)
    if family == "decoder-only": return col <= row
    if family == "encoder-decoder": return (col <= row) | ((row < s) & (col < s))
    raise ValueError(family)
""",
        """
def family_mask(family, n_source, n_target):
    kinds = {"encoder-only": lambda i, j: True, "decoder-only": lambda i, j: j <= i,
             "encoder-decoder": lambda i, j: j < n_source or i >= n_source and j <= i}
    if family not in kinds: raise ValueError
    n = n_source + n_target
    return torch.tensor([[kinds[family](i, j) for j in range(n)] for i in range(n)])
""",
    ],
    "mlm_batch": [
        batch(),
        """
def mlm_batch(idx, choose, act, others, mask_id, special_ids):
    inputs, labels = idx.clone(), torch.full_like(idx, -100)
    for b in range(idx.shape[0]):
        for t in range(idx.shape[1]):
            if choose[b, t] < 0.15 and int(idx[b, t]) not in special_ids:
                labels[b, t] = idx[b, t]
                if act[b, t] < 0.8: inputs[b, t] = mask_id
                elif act[b, t] < 0.9: inputs[b, t] = others[b, t]
    return inputs, labels
""",
    ],
    "corrupt_spans": [
        spans(),
        """
def corrupt_spans(tokens, spans, sentinels):
    inside = {t: i for i, (a, b) in enumerate(spans) for t in range(a, b)}
    inputs, targets = [], []
    for t, token in enumerate(tokens):
        if t not in inside: inputs.append(token); continue
        if t == spans[inside[t]][0]:
            inputs.append(sentinels[inside[t]]); targets.append(sentinels[inside[t]])
        targets.append(token)
    return inputs, targets + [sentinels[len(spans)]]
""",
    ],
    "predict_story_model": [
        "def predict_story_model(): return 3745984, 398336",
        "def predict_story_model(): return [3_745_984.0, 49792 * 8]",
    ],
}


WRONG_ANSWERS = [
    ("read_config", "biases forgotten", config(bias="False")),
    ("read_config", "four times, whatever n_inner says", config(inner="4 * c['n_embd']")),
    ("read_config", "one key head where the file is silent", config(heads="1")),
    ("read_config", "everything else taken for a Llama", config(other="pass")),
    ("read_config", "n_inner taken for granted", config(inner="c['n_inner'] or 4 * c['n_embd']")),
    ("read_config", "stretched positions dropped", config(scaling="None")),
    ("read_config", "a tied head where the file is silent", config(tied="True")),
    ("gpt2_to_ours", "c_attn's bias taken for the mask", translate(skip="'attn.bias' in n or 'masked' in n")),
    ("gpt2_to_ours", "nothing turned", translate(turned="False")),
    ("gpt2_to_ours", "unknown tensors translated nevertheless", translate(stranger="False")),
    (
        "gpt2_to_ours",
        "any kind of tensor taken",
        """
def gpt2_to_ours(tensors):
    inside = {"ln_1": "norm_1", "attn.c_attn": "attention.qkv_proj", "attn.c_proj": "attention.out_proj",
              "ln_2": "norm_2", "mlp.c_fc": "mlp.up_proj", "mlp.c_proj": "mlp.down_proj"}
    tables = {"wte": "token_embedding", "wpe": "position_embedding", "ln_f": "final_norm"}
    ours = {}
    for name, tensor in tensors.items():
        name = name.removeprefix("transformer.")
        if name == "lm_head.weight" or name.endswith((".attn.bias", ".attn.masked_bias")):
            continue
        module, kind = name.rsplit(".", 1)
        if module in tables:
            ours[f"{tables[module]}.{kind}"] = tensor
            continue
        _, number, layer = module.split(".", 2)
        if layer not in inside:
            raise ValueError(name)
        turned = kind == "weight" and ".c_" in name
        ours[f"blocks.{number}.{inside[layer]}.{kind}"] = tensor.T if turned else tensor
    return ours
""",
    ),
    ("gpt2_to_ours", "embeddings turned as well", translate(turned="t.dim() == 2")),
    (
        "gpt2_to_ours",
        "square matrices not turned",
        translate(turned="'.c_' in n and t.dim() == 2 and t.shape[0] != t.shape[1]"),
    ),
    ("separate_qkv", "not turned", "def separate_qkv(w, b): return tuple(zip(w.chunk(3, 1), b.chunk(3)))"),
    (
        "separate_qkv",
        "every third column",
        "def separate_qkv(w, b): return [(w[:, i::3].T, b[i::3]) for i in range(3)]",
    ),
    (
        "separate_qkv",
        "read as (3C, C)",
        "def separate_qkv(w, b): return [*zip(w.view(3, len(w), len(w)), b.view(3, -1))]",
    ),
    (
        "load_checked",
        "all three still there",
        """
def load_checked(layers, tensors):
    wanted = layers.state_dict()
    fitting = {}
    for name, tensor in tensors.items():
        if name in wanted and tensor.shape != wanted[name].shape:
            tensor = tensor.T
        fitting[name] = tensor
    layers.load_state_dict(fitting, strict=False)
""",
    ),
    (
        "load_checked",
        "strict=False",
        """
def load_checked(layers, tensors):
    ours = {n.removeprefix("transformer."): t.T if t.dim() == 2 else t for n, t in tensors.items()}
    layers.load_state_dict(ours, strict=False)
""",
    ),
    (
        "load_checked",
        "the prefix left on",
        "def load_checked(layers, t): layers.load_state_dict({n: v.T if v.dim() == 2 else v for n, v in t.items()})",
    ),
    (
        "family_mask",
        "the encoder of the pair is causal",
        """
def family_mask(family, s, t):
    if family not in ("encoder-only", "decoder-only", "encoder-decoder"): raise ValueError
    mask = torch.ones(s + t, s + t).bool()
    return mask if family == "encoder-only" else mask.tril()
""",
    ),
    (
        "family_mask",
        "no cross-attention",
        """
def family_mask(family, s, t):
    if family not in ("encoder-only", "decoder-only", "encoder-decoder"): raise ValueError
    whole = torch.ones(s + t, s + t).bool()
    if family == "encoder-decoder":
        return torch.block_diag(torch.ones(s, s), torch.ones(t, t).tril()).bool()
    return whole if family == "encoder-only" else whole.tril()
""",
    ),
    ("mlm_batch", "a label for every token", batch(labels="pass")),
    ("mlm_batch", "labels only where the mask token stands", batch(labels="labels[inputs != mask_id] = -100")),
    ("mlm_batch", "labels read off the input", batch(labels="labels = torch.where(chosen, inputs, -100)")),
    ("mlm_batch", "every chosen token hidden", batch(inputs="inputs[chosen] = mask_id")),
    ("mlm_batch", "special tokens chosen", batch(special="")),
    ("mlm_batch", "0 in place of −100", batch(labels="labels = labels * chosen")),
    ("corrupt_spans", "a sentinel for each token", spans(put="[s] * (b - a)")),
    ("corrupt_spans", "no last sentinel", spans(end="pass")),
    ("corrupt_spans", "sentinels missing in the targets", spans(target="tokens[a:b]")),
    ("predict_story_model", "the head counted", "def predict_story_model(): return 6962432, 398336"),
    ("predict_story_model", "the final norm forgotten", "def predict_story_model(): return 3745856, 398336"),
    (
        "family_mask",
        "numbers instead of True and False",
        """
def family_mask(family, n_source, n_target):
    n = n_source + n_target
    m = torch.ones(n, n).tril()
    if family == 'encoder-only':
        m = torch.ones(n, n)
    elif family == 'encoder-decoder':
        m[:n_source, :n_source] = 1
    elif family != 'decoder-only':
        raise ValueError(family)
    return m
""",
    ),
    (
        "family_mask",
        "a decoder that reads the source both ways",
        """
def family_mask(family, n_source, n_target):
    n = n_source + n_target
    m = torch.ones(n, n, dtype=torch.bool).tril()
    if family == 'encoder-only':
        return torch.ones(n, n, dtype=torch.bool)
    if family not in ('decoder-only', 'encoder-decoder'):
        raise ValueError(family)
    m[:n_source, :n_source] = True
    return m
""",
    ),
    (
        "load_checked",
        "letters stripped, not the prefix",
        """
def load_checked(layers, tensors):
    layers.load_state_dict({n.lstrip('transformer.'): t.T if t.dim() == 2 else t for n, t in tensors.items()})
""",
    ),
    (
        "load_checked",
        "the prefix's length cut off every name",
        """
def load_checked(layers, tensors):
    layers.load_state_dict({n[12:]: t.T if t.dim() == 2 else t for n, t in tensors.items()})
""",
    ),
    (
        "load_checked",
        "sizes and what is missing go unnoticed",
        """
def load_checked(layers, tensors):
    mine = dict(layers.named_parameters())
    for n, t in tensors.items():
        mine[n.replace('transformer.', '')].data = t.t()
""",
    ),
    (
        "separate_qkv",
        "cut along the inputs, by chunk",
        """
def separate_qkv(weight, bias):
    q, k, v = weight.chunk(3, dim=0)
    return tuple(zip((q.T, k.T, v.T), bias.chunk(3)))
""",
    ),
    (
        "separate_qkv",
        "read as (3, C, C)",
        """
def separate_qkv(weight, bias):
    C = weight.shape[0]
    w = weight.view(3, C, C)
    return tuple(((w[i].T, bias.chunk(3)[i]) for i in range(3)))
""",
    ),
    (
        "separate_qkv",
        "the bias not cut",
        """
def separate_qkv(weight, bias):
    return tuple(((w.T, bias) for w in weight.chunk(3, dim=1)))
""",
    ),
    (
        "corrupt_spans",
        "the end of a span taken with it",
        """
def corrupt_spans(tokens, spans, sentinels):
    inputs, targets, end = ([], [], 0)
    for (a, b), s in zip(spans, sentinels):
        b = b + 1
        inputs += tokens[end:a] + [s]
        targets += [s] + tokens[a:b]
        end = b
    inputs += tokens[end:]
    targets.append(sentinels[len(spans)])
    return (inputs, targets)
""",
    ),
    (
        "corrupt_spans",
        "the second number taken for a length",
        """
def corrupt_spans(tokens, spans, sentinels):
    inputs, targets, end = ([], [], 0)
    for (a, b), s in zip(spans, sentinels):
        b = a + b
        inputs += tokens[end:a] + [s]
        targets += [s] + tokens[a:b]
        end = b
    inputs += tokens[end:]
    targets.append(sentinels[len(spans)])
    return (inputs, targets)
""",
    ),
    (
        "corrupt_spans",
        "what follows the last span is lost",
        """
def corrupt_spans(tokens, spans, sentinels):
    inputs, targets, end = ([], [], 0)
    for (a, b), s in zip(spans, sentinels):
        b = b
        inputs += tokens[end:a] + [s]
        targets += [s] + tokens[a:b]
        end = b
    pass
    targets.append(sentinels[len(spans)])
    return (inputs, targets)
""",
    ),
    (
        "corrupt_spans",
        "the last of all sentinels at the end",
        """
def corrupt_spans(tokens, spans, sentinels):
    inputs, targets, end = ([], [], 0)
    for (a, b), s in zip(spans, sentinels):
        b = b
        inputs += tokens[end:a] + [s]
        targets += [s] + tokens[a:b]
        end = b
    inputs += tokens[end:]
    targets.append(sentinels[-1])
    return (inputs, targets)
""",
    ),
    (
        "corrupt_spans",
        "each span's input begins at the start",
        """
def corrupt_spans(tokens, spans, sentinels):
    inputs, targets, end = ([], [], 0)
    for (a, b), s in zip(spans, sentinels):
        b = b
        inputs += tokens[end:a] + [s]
        targets += [s] + tokens[a:b]
        end = 0
    inputs += tokens[end:]
    targets.append(sentinels[len(spans)])
    return (inputs, targets)
""",
    ),
    (
        "corrupt_spans",
        "the sentinel behind its span",
        """
def corrupt_spans(tokens, spans, sentinels):
    inputs, targets, end = ([], [], 0)
    for (a, b), s in zip(spans, sentinels):
        b = b
        inputs += tokens[end:a] + [s]
        targets += tokens[a:b] + [s]
        end = b
    inputs += tokens[end:]
    targets.append(sentinels[len(spans)])
    return (inputs, targets)
""",
    ),
    (
        "mlm_batch",
        "0.15 chosen as well",
        """
def mlm_batch(idx, choose, act, others, mask_id, special_ids):
    chosen = (choose <= 0.15) & ~torch.isin(idx, torch.tensor(special_ids))
    inputs = torch.where(chosen & (act < 0.9), others, idx)
    inputs = torch.where(chosen & (act < 0.8), mask_id, inputs)
    return (inputs, torch.where(chosen, idx, -100))
""",
    ),
    (
        "mlm_batch",
        "0.8 hidden as well",
        """
def mlm_batch(idx, choose, act, others, mask_id, special_ids):
    chosen = (choose < 0.15) & ~torch.isin(idx, torch.tensor(special_ids))
    inputs = torch.where(chosen & (act < 0.9), others, idx)
    inputs = torch.where(chosen & (act <= 0.8), mask_id, inputs)
    return (inputs, torch.where(chosen, idx, -100))
""",
    ),
    (
        "mlm_batch",
        "0.9 replaced as well",
        """
def mlm_batch(idx, choose, act, others, mask_id, special_ids):
    chosen = (choose < 0.15) & ~torch.isin(idx, torch.tensor(special_ids))
    inputs = torch.where(chosen & (act <= 0.9), others, idx)
    inputs = torch.where(chosen & (act < 0.8), mask_id, inputs)
    return (inputs, torch.where(chosen, idx, -100))
""",
    ),
    (
        "mlm_batch",
        "−1 in place of −100",
        """
def mlm_batch(idx, choose, act, others, mask_id, special_ids):
    chosen = (choose < 0.15) & ~torch.isin(idx, torch.tensor(special_ids))
    inputs = torch.where(chosen & (act < 0.9), others, idx)
    inputs = torch.where(chosen & (act < 0.8), mask_id, inputs)
    return (inputs, torch.where(chosen, idx, -1))
""",
    ),
    (
        "predict_story_model",
        "one block",
        """
def predict_story_model():
    return (3745984, 49792)
""",
    ),
    (
        "predict_story_model",
        "the final norm forgotten, and one block",
        """
def predict_story_model():
    return (3745984 - 2 * 64, 49792)
""",
    ),
    (
        "predict_story_model",
        "only what is outside the blocks",
        """
def predict_story_model():
    return (3347648, 398336)
""",
    ),
    (
        "predict_story_model",
        "the two numbers exchanged",
        """
def predict_story_model():
    return (398336, 3745984)
""",
    ),
    (
        "predict_story_model",
        "the norms of the blocks forgotten",
        """
def predict_story_model():
    return (3745984 - 8 * 256, 8 * (49792 - 256))
""",
    ),
    (
        "load_checked",
        None,
        """
def load_checked(layers, tensors):
    ours = {n.removeprefix("transformer."): t for n, t in tensors.items()}
    own = dict(layers.named_parameters())
    if set(ours) != set(own):
        raise RuntimeError("names")
    with torch.no_grad():
        for n, p in own.items():
            p.copy_(ours[n].T if ours[n].dim() == 2 else ours[n])
""",
    ),
    (
        "corrupt_spans",
        "spans looked for by their first token",
        """
def corrupt_spans(tokens, spans, sentinels):
    inputs, targets = list(tokens), []
    for (a, b), s in zip(spans, sentinels):
        i = inputs.index(tokens[a])
        inputs[i : i + b - a] = [s]
        targets += [s, *tokens[a:b]]
    return inputs, targets + [sentinels[len(spans)]]
""",
    ),
    (
        "family_mask",
        "a name found in part of another",
        """
def family_mask(family, n_source, n_target):
    n = n_source + n_target
    mask = torch.ones(n, n, dtype=torch.bool).tril()
    if "encoder-only" in family: return torch.ones(n, n, dtype=torch.bool)
    if "decoder-only" in family: return mask
    if "encoder-decoder" not in family: raise ValueError(family)
    mask[:n_source, :n_source] = True
    return mask
""",
    ),
    (
        "mlm_batch",
        "chosen where choose is large",
        """
def mlm_batch(idx, choose, act, others, mask_id, special_ids):
    chosen = (choose > 0.15) & ~torch.isin(idx, torch.tensor(special_ids))
    inputs = torch.where(chosen & (act < 0.9), others, idx)
    inputs = torch.where(chosen & (act < 0.8), mask_id, inputs)
    labels = torch.where(chosen, idx, -100)
    return (inputs, labels)
""",
    ),
    (
        "mlm_batch",
        "labels first",
        """
def mlm_batch(idx, choose, act, others, mask_id, special_ids):
    chosen = (choose < 0.15) & ~torch.isin(idx, torch.tensor(special_ids))
    inputs = torch.where(chosen & (act < 0.9), others, idx)
    inputs = torch.where(chosen & (act < 0.8), mask_id, inputs)
    labels = torch.where(chosen, idx, -100)
    return (labels, inputs)
""",
    ),
    (
        "corrupt_spans",
        "the span left in the inputs",
        """
def corrupt_spans(tokens, spans, sentinels):
    inputs, targets = ([], [])
    end = 0
    for (start, stop), sentinel in zip(spans, sentinels, strict=False):
        inputs += [*tokens[end:stop], sentinel]
        targets += [sentinel, *tokens[start:stop]]
        end = stop
    inputs += tokens[end:]
    targets.append(sentinels[len(spans)])
    return (inputs, targets)
""",
    ),
    (
        "corrupt_spans",
        "targets first",
        """
def corrupt_spans(tokens, spans, sentinels):
    inputs, targets = ([], [])
    end = 0
    for (start, stop), sentinel in zip(spans, sentinels, strict=False):
        inputs += [*tokens[end:start], sentinel]
        targets += [sentinel, *tokens[start:stop]]
        end = stop
    inputs += tokens[end:]
    targets.append(sentinels[len(spans)])
    return (targets, inputs)
""",
    ),
    (
        "corrupt_spans",
        "stop taken for a length",
        """
def corrupt_spans(tokens, spans, sentinels):
    inputs, targets = ([], [])
    end = 0
    for (start, stop), sentinel in zip(spans, sentinels, strict=False):
        inputs += [*tokens[end:start], sentinel]
        targets += [sentinel, *tokens[start:start + stop]]
        end = stop
    inputs += tokens[end:]
    targets.append(sentinels[len(spans)])
    return (inputs, targets)
""",
    ),
    (
        "predict_story_model",
        "norms without shifts",
        """
def predict_story_model():
    C = 64
    b = 8 * (12 * C * C + (C + 4 * C + C) + 2 * C)
    return (50257 * C + 2048 * C + b + C, b)
""",
    ),
    (
        "separate_qkv",
        "every third column, the bias cut rightly",
        """
def separate_qkv(weight, bias):
    weights = [part.T for part in [weight[:, i::3] for i in range(3)]]
    q, k, v = zip(weights, bias.chunk(3), strict=True)
    return (q, k, v)
""",
    ),
    (
        "separate_qkv",
        "the first bias for all",
        """
def separate_qkv(weight, bias):
    weights = [part.T for part in weight.chunk(3, dim=1)]
    q, k, v = zip(weights, [bias[:len(bias) // 3]] * 3, strict=True)
    return (q, k, v)
""",
    ),
    (
        "mlm_batch",
        "labels of the changed only",
        """
def mlm_batch(idx, choose, act, others, mask_id, special_ids):
    chosen = (choose < 0.15) & ~torch.isin(idx, torch.tensor(special_ids))
    inputs = torch.where(chosen & (act < 0.9), others, idx)
    inputs = torch.where(chosen & (act < 0.8), mask_id, inputs)
    labels = torch.where(chosen & (act < 0.9), idx, -100)
    return (inputs, labels)
""",
    ),
    (
        "mlm_batch",
        "only the first special token spared",
        """
def mlm_batch(idx, choose, act, others, mask_id, special_ids):
    chosen = (choose < 0.15) & ~torch.isin(idx, torch.tensor(special_ids[:1]))
    inputs = torch.where(chosen & (act < 0.9), others, idx)
    inputs = torch.where(chosen & (act < 0.8), mask_id, inputs)
    labels = torch.where(chosen, idx, -100)
    return (inputs, labels)
""",
    ),
    (
        "mlm_batch",
        "all ids up to the largest special one spared",
        """
def mlm_batch(idx, choose, act, others, mask_id, special_ids):
    chosen = (choose < 0.15) & (idx > max(special_ids))
    inputs = torch.where(chosen & (act < 0.9), others, idx)
    inputs = torch.where(chosen & (act < 0.8), mask_id, inputs)
    labels = torch.where(chosen, idx, -100)
    return (inputs, labels)
""",
    ),
    (
        "corrupt_spans",
        "stop taken for inclusive in the targets",
        """
def corrupt_spans(tokens, spans, sentinels):
    inputs, targets = ([], [])
    end = 0
    for (start, stop), sentinel in zip(spans, sentinels, strict=False):
        inputs += [*tokens[end:start], sentinel]
        targets += [sentinel, *tokens[start:stop + 1]]
        end = stop
    inputs += tokens[end:]
    targets.append(sentinels[len(spans)])
    return (inputs, targets)
""",
    ),
    (
        "corrupt_spans",
        "the last sentinel in the inputs too",
        """
def corrupt_spans(tokens, spans, sentinels):
    inputs, targets = ([], [])
    end = 0
    for (start, stop), sentinel in zip(spans, sentinels, strict=False):
        inputs += [*tokens[end:start], sentinel]
        targets += [sentinel, *tokens[start:stop]]
        end = stop
    inputs += [*tokens[end:], sentinels[len(spans)]]
    targets.append(sentinels[len(spans)])
    return (inputs, targets)
""",
    ),
]

SEEN_ANSWERS = [
    (
        "read_config",
        'c["n_embd"] / width',
        config().replace(
            "(c.get('n_inner') or 4 * c['n_embd']) / c[\"n_embd\"]",
            "c['n_embd'] / (c.get('n_inner') or 4 * c['n_embd'])",
        ),
    ),
    (
        "read_config",
        '`heads = c.get("num_key_value_heads", 8)`',
        config(heads="8"),
    ),
]
