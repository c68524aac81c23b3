"""From a configuration of any kind to its model: the one place that knows which class belongs to which."""

from typing import Any

import torch

from course_lib.config import GPTConfig, GPTNeoConfig, LlamaConfig, ModelConfig, ModernConfig, RopeScaling
from course_lib.gpt import GPT
from course_lib.llama import Llama
from course_lib.modern.model import ModernDecoder
from course_lib.pretrained.gpt_neo import GPTNeo

Model = GPT | GPTNeo | Llama  # a ModernDecoder is a Llama

CLASSES: dict[type[ModelConfig], type[Any]] = {
    GPTConfig: GPT,
    GPTNeoConfig: GPTNeo,
    LlamaConfig: Llama,
    ModernConfig: ModernDecoder,
}


def build(
    config: ModelConfig, generator: torch.Generator | None = None, *, device: torch.device | str | None = None
) -> Model:
    """The model of a configuration of any kind, with new weights; on the device "meta" it takes no memory at all.

    generator: for weights that can be drawn again.   device: otherwise torch's default.
    """
    with torch.device(device) if device is not None else torch.get_default_device():
        return CLASSES[type(config)](config, generator)


def build_model(kind: str, config: dict[str, Any]) -> Model:
    """The model that a checkpoint describes, before it has its weights.

    kind: the name of its class, "GPT", "GPTNeo", "Llama" or "ModernDecoder".   config: the fields of its configuration.
    Raises ValueError if it is none of them, or the configuration is not one of this version of the course.
    """
    configs = {model.__name__: config_class for config_class, model in CLASSES.items()}
    if kind not in configs:
        raise ValueError(f"expected a checkpoint of one of {', '.join(configs)}, got one of a {kind!r}")
    scaling = config.get("rope_scaling")  # a dataclass within the dataclass
    try:
        return build(configs[kind](**(config | {"rope_scaling": RopeScaling(**scaling)} if scaling else config)))
    except TypeError as error:  # a field that is missing or not known
        raise ValueError(f"the configuration of this {kind} is not one of this course's version: {error}") from error
