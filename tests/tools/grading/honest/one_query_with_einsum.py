# attention: einsum, with the student's own softmax from another exercise.
def softmax(x, dim=-1):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)
# %%
def single_query_attention(q, k, v):
    w = softmax(torch.einsum("td,d->t", k, q) * q.shape[0] ** -0.5)
    return torch.einsum("t,te->e", w, v)
