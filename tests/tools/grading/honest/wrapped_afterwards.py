# attention: Wrapped in a later cell, so that the last definition calls the first.
def causal_mask(T):
    i = torch.arange(T)
    return i[None, :] <= i[:, None]
# %%
def _checked(function):
    def call(T):
        assert T >= 0
        return function(T)
    return call
causal_mask = _checked(causal_mask)
