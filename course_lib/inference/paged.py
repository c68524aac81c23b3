"""A paged cache: keys and values in pages of a few tokens, which requests take and give back  (Kwon et al. 2023).

A plain cache keeps room for the longest text for each request. With pages a request has as many as its text needs, and
they may lie anywhere: its page table says where.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from course_lib.attention import fused_scaled_dot_product_attention
from course_lib.kv_cache import KVCache


class PagePool:
    """The memory of all requests: `pages` pages of `page_size` tokens in every layer, and which of them are free.

    Raises ValueError if a size is less than 1.
    """

    def __init__(
        self,
        *,
        n_layer: int,
        pages: int,
        n_kv_head: int,
        page_size: int,
        head_dim: int,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        if min(n_layer, pages, n_kv_head, page_size, head_dim) < 1:
            raise ValueError(
                f"sizes must be at least 1, got {n_layer=}, {pages=}, {n_kv_head=}, {page_size=}, {head_dim=}"
            )
        shape = (n_layer, pages, n_kv_head, page_size, head_dim)
        self.keys = torch.zeros(shape, dtype=dtype, device=device)  # (L, pages, H_kv, page_size, D)
        self.values = torch.zeros(shape, dtype=dtype, device=device)
        self.page_size = page_size
        self.free = list(range(pages))

    def pages_for(self, tokens: int) -> int:
        """How many pages so many tokens need: the last one may be filled in part."""
        return -(-tokens // self.page_size)

    def take(self, pages: int) -> list[int]:
        """Pages that are no longer free. Raises ValueError if there are not so many."""
        if pages > len(self.free):
            raise ValueError(f"{pages} pages were asked for, and {len(self.free)} are free")
        taken, self.free = self.free[:pages], self.free[pages:]
        return taken

    def give_back(self, pages: Sequence[int]) -> None:
        """Pages whose request is over. Raises ValueError if one of them is free already."""
        if set(pages) & set(self.free) or len(set(pages)) < len(pages):
            raise ValueError(f"pages {sorted(pages)} cannot be given back: some were free already")
        self.free += pages


class PagedCache(KVCache):
    """The cache of some requests during one pass of a model: it reads and writes their pages.

    tables: the pages of each request, in the order of its text.   lengths: how many tokens each has in them.
    Raises ValueError if there is not one length for each table.
    """

    def __init__(self, pool: PagePool, tables: Sequence[Sequence[int]], lengths: Sequence[int]) -> None:
        if len(tables) != len(lengths) or not tables:
            raise ValueError(f"expected a length for each of the tables, got {len(tables)} and {len(lengths)}")
        device = pool.keys.device
        most = max(map(len, tables))
        self.pool = pool
        self.keys, self.values = pool.keys, pool.values
        self.tables = torch.tensor([[*table, *[0] * (most - len(table))] for table in tables], device=device)
        self.lengths = torch.tensor(lengths, device=device)  # (B,)
        self.places = torch.tensor([len(table) * pool.page_size for table in tables], device=device)
        self.length = max(lengths)
        self.max_len = most * pool.page_size
        self.when_full = "raise"
        self.padding = None

    def positions(self, new: int) -> Int[Tensor, "B new"]:
        """The positions of the next `new` tokens of each request. Raises ValueError if its pages have no room."""
        if bool((self.lengths + new > self.places).any()):
            raise ValueError(
                f"requests with room for {self.places.tolist()} tokens hold {self.lengths.tolist()}, so {new} more do "
                "not fit; take more pages"
            )
        return self.lengths[:, None] + torch.arange(new, device=self.lengths.device)

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
        """As `KVCache.attend`. A real kernel reads the pages where they lie; here they are first copied together."""
        keys, values = self.append(layer, k, v)  # (B, H_kv, places, D)
        mask = self.mask(q.shape[2], window)  # (B, 1, new, places)
        grouped = q.shape[1] != k.shape[1]
        return fused_scaled_dot_product_attention(
            q, keys, values, causal=False, attn_mask=mask, scale=scale, enable_gqa=grouped
        )

    def append(
        self, layer: int, k: Float[Tensor, "B H_kv new D"], v: Float[Tensor, "B H_kv new D"]
    ) -> tuple[Float[Tensor, "B H_kv places D"], Float[Tensor, "B H_kv places D"]]:
        """Write the new keys and values into their pages; returns all pages of each request, in order."""
        positions = self.positions(k.shape[2])  # (B, new)
        page = self.tables.gather(1, positions // self.pool.page_size)  # (B, new): position → page …
        slot = positions % self.pool.page_size  # … and the place within it
        gathered = []
        for memory, new in ((self.keys[layer], k), (self.values[layer], v)):
            memory[page, :, slot] = new.transpose(1, 2)  # (B, new, H_kv, D)
            pages = memory[self.tables]  # (B, pages, H_kv, page_size, D)
            gathered.append(pages.transpose(1, 2).flatten(2, 3))
        return gathered[0], gathered[1]

    def mask(self, new: int, window: int | None = None) -> Bool[Tensor, "B 1 new places"]:
        """Each new token sees its own past, or the last `window` of it. What lies behind it belongs to nobody."""
        key = torch.arange(self.max_len, device=self.lengths.device)  # (places,)
        query = self.positions(new)[..., None]  # (B, new, 1)
        sees = self.max_len if window is None else window
        return ((key <= query) & (key > query - sees))[:, None]

    def advance(self, new: int) -> None:
        """Count `new` tokens of each request as seen."""
        self.lengths = self.lengths + new
        self.length += new
