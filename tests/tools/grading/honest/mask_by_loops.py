# attention: Loops, a list, and a helper in a cell of its own further down.
def causal_mask(T):
    return torch.tensor([[may_see(t, j) for j in range(T)] for t in range(T)], dtype=torch.bool).reshape(T, T)
# %%
def may_see(t, j):
    return j <= t
