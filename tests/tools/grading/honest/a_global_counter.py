# attention: Calls are counted in a global.
calls = 0
# %%
def causal_mask(T):
    global calls
    calls += 1
    i = torch.arange(T)
    return i[None, :] <= i[:, None]
