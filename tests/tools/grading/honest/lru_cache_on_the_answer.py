# attention: The answer itself remembers what it gave.
from functools import lru_cache
@lru_cache(maxsize=None)
def causal_mask(T):
    i = torch.arange(T)
    return i[None, :] <= i[:, None]
