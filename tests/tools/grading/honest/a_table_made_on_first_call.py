# attention: A table is made on the first call and grows.
table = None
# %%
def causal_mask(T):
    global table
    if table is None or len(table) < T:
        table = torch.ones(T, T).tril().bool()
    return table[:T, :T].clone()
