# attention: The same function three times, once in a cell that was copied.
def causal_mask(T):
    position = torch.arange(T)
    return position <= position[:, None]
# %%
def causal_mask(T):
    """A docstring more."""
    position = torch.arange(T)
    return position <= position[:, None]  # and a comment
# %%
def causal_mask(T):
    position = torch.arange(T)
    return position <= position[:, None]
