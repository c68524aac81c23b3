"""Lesson 13, exercise 3: GPT-2's tensors under our names."""

from course_lib.checks.engine.exercise import Exercise, Misconception
from course_lib.checks.pretrained.gpt2_files import translate_cases
from course_lib.checks.pretrained.name_maps import (
    BESIDE_ANY_KIND,
    OUR_LAYERS,
    conv1d,
    gpt2_to_ours,
    passed_over,
    translate_with,
    translated_nevertheless,
)
from course_lib.checks.pretrained.slots.gpt2_to_ours import VARIANTS

EXERCISE = Exercise(
    name="gpt2_to_ours",
    reference=gpt2_to_ours,
    variants=VARIANTS,
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
            "h.0.attn.bias is not a bias: old files keep the causal mask there. Leave it out, and masked_bias too.",
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
            "the prefix taken for another model",
            translate_with(prefix="model."),
            "Some files begin each name with 'transformer.', and you raise an error for them: "
            "name.removeprefix('transformer.') first.",
        ),
        Misconception(
            "numbers of one digit",
            translate_with(number=r"\d"),
            "You take a layer's number for one digit, so h.11 finds no place. Split the name at its dots.",
        ),
        Misconception(
            "the causal mask taken for a stranger",
            translate_with(ignored=r"^lm_head\.weight$"),
            "Old files keep the causal mask in h.0.attn.bias, no reason to stop: leave it out, and masked_bias.",
        ),
        Misconception(
            "the head taken for a stranger",
            translate_with(ignored=r"\.attn\.(masked_)?bias$"),
            "lm_head.weight is the token embedding again, and not a reason to stop: leave it out.",
        ),
        Misconception(
            "the head kept",
            lambda tensors: (
                gpt2_to_ours(tensors)
                | ({"head.weight": tensors["lm_head.weight"]} if "lm_head.weight" in tensors else {})
            ),
            "lm_head.weight is the token embedding again. Leave it out: whoever loads the tensors adds the tied head.",
        ),
        Misconception(
            "c_proj not turned",
            translate_with(turned=lambda name, tensor: conv1d(name, tensor) and "c_proj" not in name),
            "All four c_… layers are stored as (in, out), both c_proj too.",
        ),
        Misconception(
            "any kind of tensor taken",
            translate_with(kinds=r"\w+"),
            "You know the layer of h.0.ln_1.gamma, but a tensor is a weight or a bias. Of any other kind you have no "
            "place for it: raise ValueError.",
        ),
        Misconception(
            "unknown tensors translated nevertheless",
            translated_nevertheless,
            "A name in which there is nothing to replace is returned as it is. You have no place for that tensor: "
            "raise ValueError.",
        ),
        Misconception(
            "unknown tensors passed over",
            passed_over,
            "A tensor that you have no place for means that you do not know this model: raise ValueError.",
        ),
        *(
            Misconception(
                f"{name}, and any kind taken",
                translate_with(kinds=r"\w+", **rule),
                f"{told} And a tensor is a weight or a bias: raise ValueError for any other kind.",
            )
            for name, told, rule in BESIDE_ANY_KIND
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
)
