# attention: A number that later cells go on changing.
shift = 1
# %%
shift -= 1
steps = []
# %%
steps.append(shift)
with torch.no_grad():
    zero = torch.zeros((), dtype=torch.int64)
# %%
def causal_mask(T):
    i = torch.arange(T)
    return i[None, :] <= i[:, None] + shift + steps[0] + zero
