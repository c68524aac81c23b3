"""A cache for models in which some layers see a window only: these keep no more than they can see."""

from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.config import AttentionKind
from course_lib.kv_cache import KVCache


class WindowedCache(KVCache):
    """One cache for the global layers, and one that slides for the local ones: `window` tokens, however long the text.

    It is asked as `KVCache` is, and made of two of them. Padding and sliding do not go together: in a batch of unequal
    texts the local layers keep everything too, and see their window of it.
    kinds: "global" or "local", a word a layer; at least one is local.   Raises ValueError as `KVCache` does.
    """

    def __init__(
        self,
        *,
        kinds: Sequence[AttentionKind],
        window: int,
        batch_size: int,
        n_kv_head: int,
        max_len: int,
        head_dim: int,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
        when_full: Literal["raise", "slide"] = "raise",
    ) -> None:
        self.kinds = tuple(kinds)
        self.place = [self.kinds[:layer].count(kind) for layer, kind in enumerate(self.kinds)]  # among its own kind
        self.batch_size, self.n_kv_head, self.head_dim = batch_size, n_kv_head, head_dim
        self.dtype, self.device = dtype, device
        self.window, self.max_len, self.when_full = window, max_len, when_full
        self.length = 0
        self.padding = None
        self.parts = {"local": self._part("local", window, "slide")}
        if "global" in self.kinds:
            self.parts["global"] = self._part("global", max_len, when_full)

    def _part(self, kind: AttentionKind, max_len: int, when_full: Literal["raise", "slide"]) -> KVCache:
        return KVCache(
            n_layer=self.kinds.count(kind),
            batch_size=self.batch_size,
            n_kv_head=self.n_kv_head,
            max_len=max_len,
            head_dim=self.head_dim,
            dtype=self.dtype,
            device=self.device,
            when_full=when_full,
        )

    @property
    def num_bytes(self) -> int:
        """Bytes of both together."""
        return sum(part.num_bytes for part in self.parts.values())

    def positions(self, new: int) -> Int[Tensor, " new"] | Int[Tensor, "B new"]:
        """As `KVCache`."""
        self._require_room(new)
        return self.parts["local"].positions(new)

    def attend(
        self,
        layer: int,
        q: Float[Tensor, "B H new D"],
        k: Float[Tensor, "B H_kv new D"],
        v: Float[Tensor, "B H_kv new D"],
        *,
        window: int | None = None,
        scale: float | None = None,
    ) -> Float[Tensor, "B H new D"]:
        """As `KVCache`."""
        return self.parts[self.kinds[layer]].attend(self.place[layer], q, k, v, window=window, scale=scale)

    def append(
        self, layer: int, k: Float[Tensor, "B H_kv new D"], v: Float[Tensor, "B H_kv new D_v"]
    ) -> tuple[Float[Tensor, "B H_kv seen D"], Float[Tensor, "B H_kv seen D_v"]]:
        """As `KVCache`, in the part that has this layer."""
        return self.parts[self.kinds[layer]].append(self.place[layer], k, v)

    def advance(self, new: int) -> None:
        """As `KVCache`."""
        self.length += new
        for part in self.parts.values():
            part.advance(new)

    def reset(self, padding: Int[Tensor, " B"] | None = None) -> None:
        """As `KVCache`; with padding the local layers take the room of global ones, until the next reset without."""
        if padding is None:
            keeps, when_full = self.window, "slide"
        else:
            keeps, when_full = self.max_len, self.when_full  # one that slides refuses padding below
        if self.parts["local"].max_len != keeps:
            self.parts["local"] = self._part("local", keeps, when_full)  # type: ignore[arg-type]
        for part in self.parts.values():
            part.reset(padding)
        self.length, self.padding = 0, padding

    def reorder(self, rows: Int[Tensor, " B"]) -> None:
        """As `KVCache`."""
        for part in self.parts.values():
            part.reorder(rows)
