"""The keys and values of tokens already seen, kept so that each new token costs one step and not all of them again."""

from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_lib.attention import fused_scaled_dot_product_attention


class KVCache:
    """Room for the keys and values of `max_len` tokens in every layer, taken once and filled in place.

    A model writes with `append` in each layer and then calls `advance` once. `length` counts the tokens seen so far.
    It is for inference: what is written in place cannot be differentiated through.
    Texts of unequal length share a cache with padding before the shorter ones: see `reset`.

    when_full: "raise" refuses more than max_len tokens; "slide" forgets the oldest, so that each token attends to
    at most `max_len` tokens, itself included, as in sliding-window attention (Beltagy et al. 2020).
    value_dim: the width of a value, if it is not that of a key; 0 for attention that makes values from its keys.
    Raises ValueError if a size is less than 1 or `when_full` is neither.
    """

    def __init__(
        self,
        *,
        n_layer: int,
        batch_size: int,
        n_kv_head: int,
        max_len: int,
        head_dim: int,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
        when_full: Literal["raise", "slide"] = "raise",
        value_dim: int | None = None,
    ) -> None:
        if min(n_layer, batch_size, n_kv_head, max_len, head_dim) < 1:
            raise ValueError(
                f"sizes must be at least 1, got {n_layer=}, {batch_size=}, {n_kv_head=}, {max_len=}, {head_dim=}"
            )
        if when_full not in ("raise", "slide"):
            raise ValueError(f'when_full must be "raise" or "slide", got {when_full!r}')
        shape = (n_layer, batch_size, n_kv_head, max_len)
        value_dim = head_dim if value_dim is None else value_dim
        self.keys = torch.zeros(*shape, head_dim, dtype=dtype, device=device)  # (L, B, H_kv, max_len, D)
        self.values = torch.zeros(*shape, value_dim, dtype=dtype, device=device)  # (L, B, H_kv, max_len, D)
        self.max_len = max_len
        self.when_full = when_full
        self.length = 0
        self.padding: Int[Tensor, " B"] | None = None

    @property
    def num_bytes(self) -> int:
        """Bytes that keys and values take: 2 · L · B · H_kv · max_len · D numbers."""
        return (self.keys.numel() + self.values.numel()) * self.keys.element_size()

    def positions(self, new: int) -> Int[Tensor, " new"] | Int[Tensor, "B new"]:
        """The positions of the next `new` tokens, counted from the beginning of each text.

        If there is padding, a row of them for each text. Padding itself gets position 0, as good as any: nothing looks
        at it. Raises ValueError if the tokens do not fit and the cache does not slide.
        """
        self._require_room(new)
        slots = torch.arange(self.length, self.length + new, device=self.keys.device)  # (new,)
        return slots if self.padding is None else (slots - self.padding[:, None]).clamp(min=0)  # (B, new)

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
        """Causal attention of new tokens to themselves and to those before them, whose keys and values are kept here.

        window: each token sees the last so many alone, itself included.   scale: of the scores, instead of 1 / √D.
        Raises ValueError as `append` does.
        """
        first, grouped = self.length == 0, q.shape[1] != k.shape[1]
        mask = self.mask(q.shape[2], window)  # (new, seen)
        keys, values = self.append(layer, k, v)  # (B, H_kv, seen, D)
        if first and mask is None:  # they see each other as without a cache
            return fused_scaled_dot_product_attention(q, keys, values, scale=scale, enable_gqa=grouped)
        return fused_scaled_dot_product_attention(
            q, keys, values, causal=False, attn_mask=mask, scale=scale, enable_gqa=grouped
        )

    def append(
        self, layer: int, k: Float[Tensor, "B H_kv new D"], v: Float[Tensor, "B H_kv new D_v"]
    ) -> tuple[Float[Tensor, "B H_kv seen D"], Float[Tensor, "B H_kv seen D_v"]]:
        """Add the new keys and values of one layer; returns those that the new tokens may attend to.

        Raises ValueError if they do not fit, have another shape than the cache, or would need a gradient.
        """
        new = k.shape[2]
        self._require_room(new)
        self._require_fit(k, v)
        keys, values = self.keys[layer], self.values[layer]  # views, (B, H_kv, max_len, D)
        end = self.length + new
        if end <= self.max_len:
            keys[:, :, self.length : end] = k
            values[:, :, self.length : end] = v
            return keys[:, :, :end], values[:, :, :end]
        # The cache slides. Position p lives in slot p % max_len, so that new tokens take the places of the oldest and
        # nothing is moved. The slots are then out of order, which attention does not notice: positions are in the keys.
        if new == 1:
            slot = self.length % self.max_len
            keys[:, :, slot : slot + 1] = k
            values[:, :, slot : slot + 1] = v
            return keys, values
        # The first of several new tokens still see what the last of them push out: hand out both.
        kept = min(self.length, self.max_len)
        all_k = torch.cat([keys[:, :, :kept], k], dim=2)  # (B, H_kv, kept + new, D)
        all_v = torch.cat([values[:, :, :kept], v], dim=2)
        staying = min(new, self.max_len)
        slots = torch.arange(end - staying, end, device=keys.device) % self.max_len  # (staying,)
        keys[:, :, slots] = k[:, :, -staying:].to(keys.dtype)
        values[:, :, slots] = v[:, :, -staying:].to(values.dtype)
        return all_k, all_v

    def mask(
        self, new: int, window: int | None = None
    ) -> Bool[Tensor, "new seen"] | Bool[Tensor, "B 1 new seen"] | None:
        """Which of the keys that `append` returns each of the next `new` tokens may attend to.

        None where no mask is needed: one token may attend to all keys, and the first tokens of all are masked as
        without a cache. Ask before `append` and `advance`.
        window: each token sees the last so many alone, itself included.
        """
        sees = self.max_len if window is None else min(window, self.max_len)  # tokens, the query among them
        end = self.length + new
        query = torch.arange(self.length, end, device=self.keys.device)[:, None]  # positions, (new, 1)
        if self.padding is not None:
            key = torch.arange(end, device=self.keys.device)  # slots, (seen,)
            text = key >= self.padding[:, None, None, None]  # (B, 1, 1, seen): no padding; one for all heads
            allowed = (key <= query) & (key > query - sees)
            return allowed & (text | (key == query))  # padding sees itself: a softmax over nothing is NaN
        if (new == 1 or self.length == 0) and min(end, self.max_len if new == 1 else end) <= sees:
            return None
        key = self._key_positions(new)  # (seen,)
        return (key <= query) & (key > query - sees)  # the past, and of it the last ones

    def _key_positions(self, new: int) -> Int[Tensor, " seen"]:
        """The position of each key that `append` will return."""
        end = self.length + new
        if end <= self.max_len:
            return torch.arange(end, device=self.keys.device)
        # Slot s holds the last position before `known` that leaves the remainder s; see `append`.
        known = end if new == 1 else self.length
        slot = torch.arange(min(known, self.max_len), device=self.keys.device)
        kept = slot + (known - 1 - slot) // self.max_len * self.max_len
        return kept if new == 1 else torch.cat([kept, torch.arange(self.length, end, device=self.keys.device)])

    def advance(self, new: int) -> None:
        """Count `new` tokens as seen: once a forward pass, after the last layer."""
        self.length += new

    def reset(self, padding: Int[Tensor, " B"] | None = None) -> None:
        """Forget everything; the memory is kept.

        padding: how many tokens at the beginning of each row only fill it up: texts of unequal length end together.
        Positions then begin behind them, and no token attends to them.
        Raises ValueError if there is not one number a row, and for padding in a cache that slides.
        """
        if padding is not None and (padding.shape != self.keys.shape[1:2] or self.when_full == "slide"):
            raise ValueError(
                f'padding needs one number for each of {self.keys.shape[1]} rows and when_full="raise", '
                f"got a tensor of shape {tuple(padding.shape)} and when_full={self.when_full!r}"
            )
        self.length = 0
        self.padding = padding

    def rollback(self, length: int) -> None:
        """Forget all but the first `length` tokens, as when drafted tokens were refused; what follows is written over.

        Raises ValueError if it holds fewer, or slides: there the newest tokens lie where older ones were.
        """
        if not 0 <= length <= self.length or self.when_full == "slide":
            raise ValueError(
                f"a cache of {self.length} tokens with when_full={self.when_full!r} cannot go back to {length}"
            )
        self.length = length

    def reorder(self, rows: Int[Tensor, " B"]) -> None:
        """Row b goes on from what row `rows[b]` has seen; a row may be taken several times, as in beam search."""
        filled = min(self.length, self.max_len)
        for kept in (self.keys, self.values):
            kept[:, :, :, :filled] = kept[:, rows, :, :filled]  # the right side is a copy
        if self.padding is not None:
            self.padding = self.padding[rows]

    def _require_room(self, new: int) -> None:
        if self.when_full == "raise" and self.length + new > self.max_len:
            raise ValueError(
                f"the cache has room for {self.max_len} tokens and holds {self.length}, so {new} more do not fit; "
                'make it with a larger max_len, call reset(), or let it slide with when_full="slide"'
            )

    def _require_fit(self, k: Tensor, v: Tensor) -> None:
        _, B, H_kv, _, D = self.keys.shape
        for part, width in ((k, D), (v, self.values.shape[-1])):
            if (part.shape[0], part.shape[1], part.shape[3]) != (B, H_kv, width):
                raise ValueError(
                    f"the cache was made for batch_size = {B}, n_kv_head = {H_kv}, head_dim = {width}, "
                    f"got keys or values of shape (B, H_kv, T, D) = {tuple(part.shape)}"
                )
            if part.requires_grad:
                raise ValueError(
                    "a cache is written in place, so gradients cannot flow through it; "
                    "call the model under torch.inference_mode() or torch.no_grad(), or without a cache"
                )
