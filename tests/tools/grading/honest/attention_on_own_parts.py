# attention: Everything built on the student's own functions, the last definition being the good one.
def causal_mask(T):
    return torch.ones(T, T, dtype=torch.bool)
# %%
def softmax(x, dim=-1):
    x = x - x.max(dim, keepdim=True)[0]
    return x.exp() / x.exp().sum(dim, keepdim=True)
# %%
def causal_mask(T):
    return torch.ones(T, T, dtype=torch.bool).tril()
# %%
def scaled_dot_product_attention(q, k, v, *, causal=True):
    scores = (q @ k.transpose(-1, -2)) / math.sqrt(q.shape[-1])
    if causal:
        scores = scores.masked_fill(~causal_mask(q.shape[-2]), -math.inf)
    return softmax(scores) @ v
