# attention: A loop, the library's softmax and in-place arithmetic.
def single_query_attention(q, k, v):
    scores = torch.stack([(q * key).sum() for key in k]) / math.sqrt(len(q))
    weights = attention.softmax(scores)
    out = torch.zeros_like(v[0])
    for w, value in zip(weights, v):
        out += w * value
    return out
