# attention: Attention with where, matmul and a constant defined in another cell.
HIDDEN = float("-inf")
# %%
def scaled_dot_product_attention(q, k, v, *, causal=True):
    if q.size(-1) != k.size(-1):
        raise ValueError("widths differ")
    s = torch.matmul(q, k.mT) * q.size(-1) ** -0.5
    if causal:
        n, m = s.shape[-2:]
        s = torch.where(torch.ones(n, m, dtype=torch.bool).tril(m - n), s, HIDDEN)
    return torch.softmax(s, -1) @ v
