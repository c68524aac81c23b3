# attention: Lazy annotations, a decorator of the student's and one of torch's.
from __future__ import annotations
import functools
def traced(function):
    @functools.wraps(function)
    def inside(*args, **kwargs):
        return function(*args, **kwargs)
    return inside
# %%
@traced
@torch.no_grad()
def causal_mask(T: NameThatIsNowhere) -> Also[Not]:
    return torch.full((T, T), True).tril()
