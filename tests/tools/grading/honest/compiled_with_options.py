# attention: Compiled with options, and a helper by a call.
@torch.compile(dynamic=True)
def causal_mask(T):
    return compare(torch.arange(T))
# %%
def _compare(i):
    return i[None, :] <= i[:, None]
compare = torch.compile(_compare, fullgraph=False)
