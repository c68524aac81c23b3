# attention: Pasted from a terminal, with its prompts.
>>> shift = 0
# %%
>>> def causal_mask(T):
...     i = torch.arange(T)
...     return i[None, :] <= i[:, None] + shift
