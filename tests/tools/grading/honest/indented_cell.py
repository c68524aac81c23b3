# attention: A cell that is indented as a whole, as when it is copied out of a function.
# %%
    def causal_mask(T):
        i = torch.arange(T)
        return i[None, :] <= i[:, None]
