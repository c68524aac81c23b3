"""Lesson 13, exercise 2: config.json."""

from dataclasses import replace

from course_lib.checks.engine import drive
from course_lib.checks.engine.exercise import Exercise, Misconception
from course_lib.checks.pretrained.config_files import MAY_BE_MISSING, config_cases
from course_lib.checks.pretrained.configs import (
    always_there,
    config_with,
    dropout_from,
    every_model_a_llama,
    read_config,
    where_unsaid,
)
from course_lib.checks.pretrained.slots.read_config import VARIANTS

EXERCISE = Exercise(
    name="read_config",
    reference=read_config,
    variants=VARIANTS,
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
            where_unsaid("num_key_value_heads", n_kv_head=1),
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
            where_unsaid("tie_word_embeddings", tie_embeddings=True),
            "For Llama a missing tie_word_embeddings means false: the head has weights of its own.",
        ),
        *(
            Misconception(
                f"{name} taken for granted",
                always_there(name),
                f"fields['{name}'] raises an error where it is missing: fields.get('{name}', …) with a default.",
            )
            for name in MAY_BE_MISSING
        ),
        Misconception(
            "n_inner taken for granted",
            always_there("n_inner", "gpt2"),
            "n_inner may be missing as well as null: fields.get('n_inner') or 4 · n_embd.",
        ),
        *(
            Misconception(
                f"{name} for the dropout",
                dropout_from(name),
                "GPT-2's file has three dropouts. Ours is resid_pdrop, that of what is added to the stream.",
            )
            for name in ("embd_pdrop", "attn_pdrop")
        ),
        Misconception(
            "a whole number for the MLP's ratio",
            config_with(gpt2=lambda config: replace(config, mlp_ratio=float(int(config.mlp_ratio)))),
            "n_inner // n_embd rounds down. The ratio need not be whole: n_inner / n_embd.",
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
        "fields.get(name, default) for what may be missing. n_inner may be missing or None: take it, or what instead?",
        "mlp_ratio=(fields.get('n_inner') or 4 * fields['n_embd']) / fields['n_embd'];  "
        "n_kv_head=fields.get('num_key_value_heads', fields['num_attention_heads']);  "
        "rope_scaling=RopeScaling(s['factor']) if s else None, where s = fields.get('rope_scaling')",
    ),
    review="lesson 13, 'What a checkpoint is'",
    tolerance=1e-9,  # rms_norm_eps is small itself
)
