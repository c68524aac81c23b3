# attention: A value that is timed while it is made.
offset = %time int(0)
%time ahead = 0
# %%
%%capture output
def causal_mask(T):
    i = torch.arange(T)
    return i[None, :] <= i[:, None] + offset + ahead
