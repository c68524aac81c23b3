"""Build a GPT from nothing and turn it into a Llama: the course's own, tested implementations, in its order.

    01  tokenization          text to numbers: byte-pair encoding by hand, in Python and in Rust
    02  data                  stories to batches: tokens on disk, windows, shuffling (the stories: corpus)
    03  attention             softmax, the causal mask, scaled dot-product attention
    04  multi_head_attention  several attentions side by side
    05  mlp                   what each position does by itself
    06  block                 LayerNorm, the residual stream, the decoder block
    07  gpt                   embeddings, blocks, head, loss
    08  initialization        how weights start, and why it matters
    09  torch_builtin         the same model from torch's own layers
    10  llama                 rotary positions, RMSNorm, SwiGLU, grouped heads (the cache: kv_cache)
    11  training              loop, schedule, checkpoints; training.fast holds what only makes it quicker
    12  generation            sampling, beams, text, and whether a story is possible
    13  pretrained            released weights in these models; GPT-Neo, masked language models
    14  parallel              more than one device
    15  scaling               how good it is, could be, and would be if it were larger
    16  finetuning            requests met: answers alone count, packing behind walls, LoRA
    17  alignment             rewards and preferences: policy gradient, GRPO, DPO, and the best policy there is
    18  modern                the decoder of today: QK-norm, windows, experts, latent attention, Muon
    19  inference             quantized weights, drafts that are verified, requests that come and go
    20  interpretability      inside a trained model: what knows what, and what it is worth

Beside them: config (sizes and presets), checks (what `check` and `hint` do), show (pictures, shapes, times) and util.
Submodules load on first use, so that `import course_lib` answers at once and imports neither torch nor any other
large package.
"""

import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pkgutil import iter_modules
from types import ModuleType

__version__ = "0.1.0"
__all__ = ["__version__"]

# Names under which notebooks that were handed out, and the contract of public names, know what now has another room.
OTHER_NAMES = {
    "capstone": "checks.capstone",
    "gpt_neo": "pretrained.gpt_neo",
    "llama_steps": "llama.steps",
    "masked_lm": "pretrained.masked_lm",
    "plotting": "show.plotting",
    "profiling": "show.profiling",
    "progress": "show.progress",
    "topics": "util.topics",
    "tracing": "show.tracing",
}


class _OtherNames(MetaPathFinder, Loader):
    """Finds `course_lib.profiling` and the like: a module that gives all the names of `course_lib.show.profiling`."""

    def find_spec(
        self, fullname: str, path: Iterable[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.rpartition(".")
        return ModuleSpec(fullname, self) if package == __name__ and name in OTHER_NAMES else None

    def exec_module(self, module: ModuleType) -> None:
        found = import_module(f"{__name__}.{OTHER_NAMES[module.__name__.rpartition('.')[2]]}")
        module.__dict__.update({key: value for key, value in vars(found).items() if not key.startswith("__")})
        module.__doc__ = found.__doc__


sys.meta_path.insert(0, _OtherNames())  # before a folder that an earlier version left behind


def _submodules() -> list[str]:
    return sorted(module.name for module in iter_modules(__path__))


def __getattr__(name: str) -> ModuleType:
    if name in _submodules() or name in OTHER_NAMES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"course_lib has no module {name!r}; it has {', '.join(_submodules())}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_submodules()])
