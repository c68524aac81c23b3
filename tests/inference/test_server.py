"""Pages and requests: each text is the one that its request would get alone, whoever comes and goes."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.generation import Sampling, generate_batch
from course_lib.inference import PagedCache, PagePool, Request, Server
from tests.inference.models import KINDS, lively

A_REQUEST = st.tuples(st.lists(st.integers(0, 10), min_size=1, max_size=9), st.integers(1, 12), st.integers(0, 3))


def alone(kind: str, request: Request, **options) -> list[int]:
    return generate_batch(lively(kind), [list(request.prompt)], request.max_new_tokens, seed=request.seed, **options)[0]


@pytest.mark.parametrize("kind", KINDS)
@given(
    arrivals=st.lists(st.lists(A_REQUEST, max_size=3), min_size=1, max_size=6),
    page_size=st.integers(1, 7),
    max_batch=st.integers(1, 4),
    stop=st.sampled_from([None, 3]),
)
@settings(max_examples=25, deadline=None)
def test_each_request_gets_what_it_would_get_alone(
    kind: str, arrivals: list, page_size: int, max_batch: int, stop: int | None
) -> None:
    sampling = Sampling(temperature=0.9, top_k=6)
    server = Server(
        lively(kind),
        pages=40 // page_size,
        page_size=page_size,
        max_batch=max_batch,
        sampling=sampling,
        stop_token=stop,
    )
    requests, told = {}, {}
    for group in arrivals:  # some requests come before each step
        for prompt, new, seed in group:
            request = Request(prompt, new, seed)
            requests[server.submit(request)] = request
        told |= server.step()
    told |= server.run()
    assert told == {
        number: alone(kind, request, temperature=0.9, top_k=6, stop_token=stop) for number, request in requests.items()
    }
    assert sorted(server.pool.free) == list(range(40 // page_size))  # all pages have come back


def test_a_request_waits_until_there_are_pages() -> None:
    server = Server(lively("GPT"), pages=3, page_size=4)
    first, second = (server.submit(Request([1, 2], 6)) for _ in range(2))  # two pages each
    server.step()
    assert ([one.number for one in server.running], len(server.waiting), len(server.pool.free)) == ([first], 1, 1)
    assert server.run().keys() == {first, second}


@pytest.mark.parametrize("kind", KINDS)
def test_a_paged_cache_gives_the_logits_of_the_whole_text(kind: str) -> None:
    model = lively(kind)
    texts = torch.randint(11, (2, 9), generator=torch.Generator().manual_seed(0))
    cache = model.make_cache(1, 1)
    L, _, H_kv, _, D = cache.keys.shape
    pool = PagePool(n_layer=L, pages=8, n_kv_head=H_kv, page_size=3, head_dim=D, dtype=torch.float64)
    tables = [[5, 0, 7], [2, 6, 1]]  # anywhere, in any order
    with torch.inference_mode():
        for row, (table, known) in enumerate(zip(tables, (4, 6), strict=True)):
            model(texts[row : row + 1, :known], PagedCache(pool, [table], [0]))
        step = PagedCache(pool, tables, [4, 6])
        new = torch.stack([texts[0, 4:7], texts[1, 6:9]])
        logits = model(new, step)  # three more tokens each, at different places
        torch.testing.assert_close(logits[0], model(texts[:1, :7])[0, 4:])
        torch.testing.assert_close(logits[1], model(texts[1:])[0, 6:])
        with pytest.raises(ValueError, match="hold \\[7, 9\\], so 1 more do not fit"):
            model(new[:, :1], step)


def test_pages_are_taken_and_given_back_once() -> None:
    pool = PagePool(n_layer=1, pages=3, n_kv_head=1, page_size=4, head_dim=2)
    assert [pool.pages_for(tokens) for tokens in (1, 4, 5)] == [1, 1, 2]
    taken = pool.take(2)
    with pytest.raises(ValueError, match="2 pages were asked for, and 1 are free"):
        pool.take(2)
    pool.give_back(taken)
    with pytest.raises(ValueError, match="some were free already"):
        pool.give_back(taken)
    with pytest.raises(ValueError, match="pages=0"):
        PagePool(n_layer=1, pages=0, n_kv_head=1, page_size=4, head_dim=2)


def test_what_can_never_be_served_is_refused_at_once() -> None:
    server = Server(lively("GPT"), pages=2, page_size=4)
    for request in (Request([1] * 5, 4), Request([1] * 30, 4)):
        with pytest.raises(ValueError, match="fits neither"):
            server.submit(request)
    with pytest.raises(ValueError, match="at least one token"):
        server.submit(Request([], 4))
    with pytest.raises(ValueError, match="max_batch must be at least 1"):
        Server(lively("GPT"), pages=2, max_batch=0)
    with pytest.raises(ValueError, match="a length for each"):
        PagedCache(server.pool, [[0]], [])
