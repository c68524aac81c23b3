# attention: Made by a function that keeps a count of its own.
def make(strict):
    made = 0
    def mask(T):
        nonlocal made
        made += 1
        i = torch.arange(T)
        return i[None, :] < i[:, None] if strict else i[None, :] <= i[:, None]
    return mask
# %%
causal_mask = make(strict=False)
