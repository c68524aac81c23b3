# attention: Magics and shell commands inside functions, and results of them.
def causal_mask(T):
    i = %time torch.arange(T)
    if T > 1:
        !echo "(it's fine"
    return i[None, :] <= i[:, None]
# %%
where = %pwd
files = !ls
%timeit -n 1 -r 1 causal_mask(2)
