# attention: Chosen by the type of an argument, a branch a cell.
from functools import singledispatch
@singledispatch
def below(T):
    raise TypeError(T)
# %%
@below.register
def _(T: int):
    i = torch.arange(T)
    return i[None, :] <= i[:, None]
# %%
def causal_mask(T):
    return below(T)
