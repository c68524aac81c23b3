"""What the statements of lesson 13's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "read_config": [
        Promise(
            "Build our configuration from it",
            "lambda text: (right(text), json.loads(text))[1]",
            "expected a configuration, a GPTConfig or a LlamaConfig, got a dict",
        ),
        Promise(
            "For any other one raise a `ValueError`",
            "lambda text: right(text.replace('gpt_neo', 'gpt2').replace('mistral', "
            "'llama').replace('qwen2', 'llama').replace('llama4', 'llama')) "
            "if json.loads(text)['model_type'] not in ('gpt2', 'llama') else right(text)",
            "everything else taken for a Llama",
        ),
        Promise(
            "For any other one raise a `ValueError`",
            "def read_config(text):\n"
            '    if json.loads(text)["model_type"] not in ("gpt2", "llama"): raise KeyError("model_type")\n'
            "    return right(text)",
            "expected ValueError to be raised, got KeyError",
        ),
        Promise(
            "null or missing means 4 · `n_embd`",
            "lambda text: right(text) if '\"n_inner\": null' not in text else "
            "dataclasses.replace(right(text), mlp_ratio=1.0)",
            "GPT-2",
        ),
        Promise(
            "null or missing means 4 · `n_embd`",
            "lambda text: right(text) if 'n_inner' in text or 'gpt2' not in text else "
            "dataclasses.replace(right(text), mlp_ratio=1.0)",
            "a GPT-2 whose file has no n_inner",
        ),
        Promise(
            "GPT-2 has biases",
            "lambda text: dataclasses.replace(right(text), bias=False) if isinstance(right(text), "
            "GPTConfig) else right(text)",
            "biases forgotten",
        ),
        Promise(
            "`dropout`",
            "lambda text: dataclasses.replace(right(text), dropout=0.0) if isinstance(right(text), "
            "GPTConfig) else right(text)",
            "dropout forgotten",
        ),
        Promise(
            "missing: 10,000",
            "lambda text: right(text) if 'rope_theta' in text or 'gpt2' in text else "
            "dataclasses.replace(right(text), rope_theta=500_000.0)",
            "the base of the rotation left at our default",
        ),
        Promise(
            "missing: as many as query heads",
            "lambda text: right(text) if 'num_key_value_heads' in text or 'gpt2' in text else "
            "dataclasses.replace(right(text), n_kv_head=1)",
            "one key head where the file is silent",
        ),
        Promise(
            "missing: false",
            "lambda text: right(text) if 'tie_word_embeddings' in text or 'gpt2' in text else "
            "dataclasses.replace(right(text), tie_embeddings=True)",
            "a tied head where the file is silent",
        ),
        Promise(
            "null or missing: none",
            "lambda text: right(text) if not isinstance(right(text), LlamaConfig) or "
            "json.loads(text).get('rope_scaling') else dataclasses.replace(right(text), rope_scaling=1.0)",
            "the first Llama, whose file leaves things unsaid",
        ),
        Promise(
            "`rms_norm_eps`",
            "lambda text: dataclasses.replace(right(text), norm_eps=1e-5) if isinstance(right(text), "
            "LlamaConfig) else right(text)",
            "the first Llama, whose file leaves things unsaid",
        ),
        Promise(
            "Build our configuration",
            "lambda text: dataclasses.asdict(right(text))",
            "expected a configuration",
        ),
    ],
    "gpt2_to_ours": [
        Promise(
            "a name that you have no place for must raise a `ValueError`",
            "def gpt2_to_ours(tensors):\n"
            "    try: return right(tensors)\n"
            "    except ValueError as error: raise KeyError(str(error))",
            "expected ValueError to be raised, got KeyError",
        ),
        Promise(
            "`lm_head.weight`, which is the token embedding again",
            "lambda tensors: right(tensors) | ({'head.weight': tensors['lm_head.weight']} if "
            "'lm_head.weight' in tensors else {})",
            "the head kept",
        ),
        Promise(
            "each name begins with `transformer.`",
            "lambda tensors: {('transformer.' if any(n.startswith('transformer.') for n in tensors) else "
            "'') + n: v for n, v in right(tensors).items()}",
            "is missing",
        ),
        Promise(
            "ours are (out, in)",
            "lambda tensors: {n: v.T if '_proj.weight' in n and v.shape[0] != v.shape[1] else v for n, v "
            "in right(tensors).items()}",
            "expected shape",
        ),
        Promise(
            "ours are (out, in)",
            "lambda tensors: {n: v.T if '_proj.weight' in n and v.shape[0] == v.shape[1] else v for n, v "
            "in right(tensors).items()}",
            "square matrices not turned",
        ),
        Promise(
            "Return them under our names",
            "lambda tensors: {n.replace('token_embedding', 'other') : v for n, v in right(tensors).items()}",
            "is missing",
        ),
        Promise(
            "Return them under our names",
            "lambda tensors: {n.replace('position_embedding', 'other') : v for n, v in right(tensors).items()}",
            "is missing",
        ),
        Promise(
            "Return them under our names",
            "lambda tensors: {n.replace('final_norm', 'other') : v for n, v in right(tensors).items()}",
            "is missing",
        ),
        Promise(
            "Return them under our names",
            "lambda tensors: {n.replace('norm_1', 'other') : v for n, v in right(tensors).items()}",
            "is missing",
        ),
        Promise(
            "Return them under our names",
            "lambda tensors: {n.replace('norm_2', 'other') : v for n, v in right(tensors).items()}",
            "is missing",
        ),
        Promise(
            "Return them under our names",
            "lambda tensors: {n.replace('qkv_proj', 'other') : v for n, v in right(tensors).items()}",
            "is missing",
        ),
        Promise(
            "Return them under our names",
            "lambda tensors: {n.replace('out_proj', 'other') : v for n, v in right(tensors).items()}",
            "is missing",
        ),
        Promise(
            "Return them under our names",
            "lambda tensors: {n.replace('up_proj', 'other') : v for n, v in right(tensors).items()}",
            "is missing",
        ),
        Promise(
            "Return them under our names",
            "lambda tensors: {n.replace('down_proj', 'other') : v for n, v in right(tensors).items()}",
            "is missing",
        ),
        Promise(
            "Return them under our names",
            "lambda tensors: {n.replace('blocks.1', 'blocks.0'): v for n, v in right(tensors).items()}",
            "is missing",
        ),
    ],
    "separate_qkv": [
        Promise(
            "as **`nn.Linear`** keeps them",
            "lambda weight, bias: tuple((w.T, b) for w, b in right(weight, bias))",
            "not turned",
        ),
        Promise(
            "first the columns of the queries",
            "lambda weight, bias: right(weight, bias)[::-1]",
            "queries and values exchanged",
        ),
        Promise(
            "three pairs of weight and bias",
            "lambda weight, bias: tuple((b, w) for w, b in right(weight, bias))",
            "expected shape",
        ),
        Promise(
            "three pairs of weight and bias",
            "lambda weight, bias: tuple(zip(*right(weight, bias)))",
            "another value",
        ),
    ],
    "load_checked": [
        Promise(
            "with or without the prefix",
            "def load_checked(layers, tensors):\n"
            '    if not all(name.startswith("transformer.") for name in tensors): raise RuntimeError("names")\n'
            "    right(layers, tensors)",
            "the prefix's length cut off every name",
        ),
        Promise(
            "a missing tensor",
            "def load_checked(layers, tensors):\n"
            "    own = layers.state_dict()\n"
            '    given = {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}\n'
            "    right(layers, {name: own[name].T if name not in given and own[name].dim() == 2 else "
            "given.get(name, own[name]) for name in own} | given)",
            "expected RuntimeError to be raised for this input",
        ),
        Promise(
            "an extra tensor",
            "def load_checked(layers, tensors):\n"
            "    own = layers.state_dict()\n"
            "    right(layers, {name: tensor for name, tensor in tensors.items() if "
            'name.removeprefix("transformer.") in own})',
            "what is left over goes unnoticed",
        ),
        Promise(
            "or a tensor of a wrong size raises an error",
            "def load_checked(layers, tensors):\n"
            "    own = layers.state_dict()\n"
            "    wanted = {name: value.T if value.dim() == 2 else value for name, value in own.items()}\n"
            '    right(layers, {name: wanted[name.removeprefix("transformer.")] if '
            'wanted.get(name.removeprefix("transformer."), tensor).shape != tensor.shape else tensor for '
            "name, tensor in tensors.items()})",
            "expected RuntimeError to be raised for this input",
        ),
        Promise(
            "that is the kind the check expects",
            "def load_checked(layers, tensors):\n"
            "    try: right(layers, tensors)\n"
            "    except RuntimeError as error: raise ValueError(str(error))",
            "expected RuntimeError to be raised, got ValueError",
        ),
    ],
    "family_mask": [
        Promise(
            "True where the row's token may look",
            "lambda family, S, T: right(family, S, T).int()",
            "whole numbers instead of True and False",
        ),
        Promise(
            "True where the row's token may look",
            "lambda family, S, T: ~right(family, S, T)",
            "True where it is forbidden",
        ),
        Promise(
            "For any other name raise a `ValueError`",
            "lambda family, S, T: right(family if family in ('encoder-only', 'decoder-only') else "
            "'encoder-decoder', S, T)",
            "expected ValueError to be raised for this input",
        ),
        Promise(
            "as **one** square",
            "lambda family, S, T: right(family, S, T)[None]",
            "expected shape",
        ),
        Promise(
            "the source first",
            "lambda family, S, T: right(family, S, T).roll((T, T), (0, 1))",
            "values differ",
        ),
        Promise(
            "The encoder never sees the target",
            "lambda family, S, T: right(family, S, T) | (torch.ones(S + T, S + T).bool() if family == "
            "'encoder-decoder' and T == 0 else right(family, S, T)) if family != 'encoder-decoder' else "
            "torch.cat([torch.ones(S, S + T).bool(), right(family, S, T)[S:]])",
            "the source sees the target",
        ),
        Promise(
            "sees all of the source by cross-attention",
            "lambda family, S, T: right(family, S, T) if family != 'encoder-decoder' else right(family, "
            "S, T) & (torch.arange(S + T)[:, None] >= 0) & ~((torch.arange(S + T)[:, None] >= S) & "
            "(torch.arange(S + T)[None] < S))",
            "no cross-attention",
        ),
    ],
    "mlm_batch": [
        Promise(
            "is under 0.15",
            "lambda idx, choose, act, others, mask_id, special_ids: right(idx, torch.where(choose == "
            "0.15, 0.0, choose), act, others, mask_id, special_ids)",
            "0.15 chosen as well",
        ),
        Promise(
            "where `act` is under 0.8",
            "lambda idx, choose, act, others, mask_id, special_ids: right(idx, choose, torch.where(act "
            "== 0.8, 0.0, act), others, mask_id, special_ids)",
            "0.8 hidden as well",
        ),
        Promise(
            "from 0.8 up to, not including, 0.9",
            "lambda idx, choose, act, others, mask_id, special_ids: right(idx, choose, torch.where(act "
            "== 0.9, 0.85, act), others, mask_id, special_ids)",
            "0.9 replaced as well",
        ),
        Promise(
            "unless it is one of `special_ids`",
            "lambda idx, choose, act, others, mask_id, special_ids: right(idx, choose, act, others, "
            "mask_id, special_ids[:1])",
            "values differ in result",
        ),
        Promise(
            "of all others −100",
            "lambda *args: (lambda x, y: (x, y.masked_fill(y == -100, -1)))(*right(*args))",
            "−1 in place of −100",
        ),
        Promise(
            "what stood there at first",
            "lambda *args: (lambda x, y: (x, torch.where(y == -100, y, x)))(*right(*args))",
            "labels read off the input",
        ),
        Promise(
            "Make inputs and labels",
            "lambda *args: right(*args)[::-1]",
            "values differ in result",
        ),
    ],
    "corrupt_spans": [
        Promise(
            "Return inputs and targets",
            "lambda *args: tuple(torch.tensor(part) for part in right(*args))",
            "expected a list",
        ),
        Promise(
            "Return inputs and targets",
            "lambda *args: right(*args)[::-1]",
            "no span",
        ),
        Promise(
            "`<X>` for inviting `<Y>` last `<Z>`",
            "lambda *args: (right(*args)[0], right(*args)[1][:-1])",
            "no last sentinel",
        ),
    ],
    "predict_story_model": [
        Promise(
            "all parameters, and those inside the eight blocks",
            "lambda: right()[::-1]",
            "the two numbers exchanged",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {}
