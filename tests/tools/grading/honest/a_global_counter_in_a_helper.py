# attention: A helper counts in a global, and another global is only set.
counted = 0
last = None
def count(T):
    global counted, last
    counted += 1
    last = T
# %%
def causal_mask(T):
    count(T)
    i = torch.arange(T)
    return i[None, :] <= i[:, None]
