"""Continuous batching: requests come and go, and at each step all that are there get a token  (Yu et al. 2022)."""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import torch
from torch import nn

from course_lib.generation import Sampling
from course_lib.generation.loop import as_stops
from course_lib.inference.paged import PagedCache, PagePool


@dataclass(frozen=True)
class Request:
    """A prompt to go on with. seed: of its own draws, so that its text does not depend on who else is there."""

    prompt: Sequence[int]
    max_new_tokens: int
    seed: int = 0


@dataclass
class _Running:
    number: int
    request: Request
    pages: list[int]
    generator: torch.Generator
    text: list[int]
    read: int = 0  # tokens in the pages
    new: list[int] = field(default_factory=list)


class Server:
    """Serves requests with one model and one pool of pages; each gets the text that it would get alone.

    pages, page_size: of the pool.   max_batch: requests that run at a time.   sampling: how tokens are chosen.
    A request takes all pages that it may need when it is let in, so that none has to be stopped half-way; requests are
    let in in the order in which they came.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        pages: int,
        page_size: int = 16,
        max_batch: int = 8,
        sampling: Sampling | None = None,
        stop_token: int | Collection[int] | None = None,
    ) -> None:
        if max_batch < 1:
            raise ValueError(f"max_batch must be at least 1, got {max_batch}")
        cache = model.make_cache(1, 1)  # type: ignore[operator]  # for its shape
        L, _, H_kv, _, D = cache.keys.shape
        self.model = model
        self.pool = PagePool(
            n_layer=L,
            pages=pages,
            n_kv_head=H_kv,
            page_size=page_size,
            head_dim=D,
            dtype=cache.keys.dtype,
            device=cache.keys.device,
        )
        self.num_pages = pages
        self.max_batch = max_batch
        self.sampling = Sampling() if sampling is None else sampling
        self.stops = as_stops(stop_token)
        self.waiting: deque[tuple[int, Request]] = deque()
        self.running: list[_Running] = []
        self.submitted = 0

    def submit(self, request: Request) -> int:
        """Put a request into the queue; returns its number. Raises ValueError if it could never be served."""
        seq_len: int = self.model.config.seq_len  # type: ignore[union-attr,assignment]
        whole = len(request.prompt) + request.max_new_tokens
        if len(request.prompt) == 0 or request.max_new_tokens < 1:
            raise ValueError("expected a prompt of at least one token, and at least one new token to write")
        if whole > seq_len or self.pool.pages_for(whole) > self.num_pages:
            raise ValueError(
                f"a text of {whole} tokens fits neither into fewer than {self.pool.pages_for(whole)} pages nor into "
                f"more than seq_len = {seq_len} tokens; there are {self.num_pages} pages"
            )
        self.waiting.append((self.submitted, request))
        self.submitted += 1
        return self.submitted - 1

    @torch.inference_mode()
    def step(self) -> dict[int, list[int]]:
        """Let in who fits, and give each running request a token. Returns the texts that are now whole, by number."""
        old = list(self.running)
        for arrived in self._let_in():  # a prompt is read alone: its length is its own
            self._read([arrived])
        if old:
            self._read(old)
        finished = {}
        for one in list(self.running):
            if len(one.new) == one.request.max_new_tokens or one.new[-1] in self.stops:
                self.running.remove(one)
                self.pool.give_back(one.pages)
                finished[one.number] = one.text
        return finished

    def run(self) -> dict[int, list[int]]:
        """Step until nobody waits and nobody runs; returns all texts by number."""
        finished: dict[int, list[int]] = {}
        while self.waiting or self.running:
            finished |= self.step()
        return finished

    def _let_in(self) -> list[_Running]:
        arrived = []
        while self.waiting and len(self.running) < self.max_batch:
            number, request = self.waiting[0]
            needed = self.pool.pages_for(len(request.prompt) + request.max_new_tokens)
            if needed > len(self.pool.free):
                break
            self.waiting.popleft()
            generator = torch.Generator(device=self.pool.keys.device).manual_seed(request.seed)
            one = _Running(number, request, self.pool.take(needed), generator, list(request.prompt))
            self.running.append(one)
            arrived.append(one)
        return arrived

    def _read(self, group: list[_Running]) -> None:
        """One pass over the unread tokens of a group, all of them as many, and a new token for each."""
        device = self.pool.keys.device
        unread = torch.tensor([one.text[one.read :] for one in group], device=device)  # (B, T)
        cache = PagedCache(self.pool, [one.pages for one in group], [one.read for one in group])
        logits = self.model(unread, cache)[:, -1]  # (B, V)
        for one, row in zip(group, logits, strict=True):
            seen = torch.tensor([one.text], device=device)
            token = int(self.sampling.choose(row[None], seen, [one.generator]))
            one.read = len(one.text)
            one.text.append(token)
            one.new.append(token)
