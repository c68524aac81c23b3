# attention: A helper remembers what it gave, by a decorator that has a name of its own.
import functools
remember = functools.lru_cache(maxsize=8)
# %%
@remember
def positions(T):
    return torch.arange(T)
def causal_mask(T):
    return positions(T)[None, :] <= positions(T)[:, None]
