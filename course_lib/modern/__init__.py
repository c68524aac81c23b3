"""The decoder of today: what changed after Llama 3, each change by itself, and the optimizer that came with it."""

from course_lib.config import ModernConfig
from course_lib.modern.cache import WindowedCache
from course_lib.modern.costs import active_parameters, cache_bytes, total_parameters
from course_lib.modern.experts import MixtureOfExperts, balance_loss, load_shares, route, router_logits
from course_lib.modern.heads import ModernAttention
from course_lib.modern.latent import LatentAttention
from course_lib.modern.model import GeGLU, ModernBlock, ModernDecoder
from course_lib.modern.muon import Muon, newton_schulz_step, orthogonalize, split_parameters
from course_lib.modern.norms import OffsetRMSNorm

__all__ = [
    "GeGLU",
    "LatentAttention",
    "MixtureOfExperts",
    "ModernAttention",
    "ModernBlock",
    "ModernConfig",
    "ModernDecoder",
    "Muon",
    "OffsetRMSNorm",
    "WindowedCache",
    "active_parameters",
    "balance_loss",
    "cache_bytes",
    "load_shares",
    "newton_schulz_step",
    "orthogonalize",
    "route",
    "router_logits",
    "split_parameters",
    "total_parameters",
]
