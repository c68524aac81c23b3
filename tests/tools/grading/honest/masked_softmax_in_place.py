# attention: masked_fill_ on a copy; torch's softmax is allowed here.
def masked_softmax(scores):
    T = scores.shape[-1]
    hidden = torch.triu(torch.ones(T, T, dtype=torch.bool), diagonal=1)
    scores = scores.clone()
    scores.masked_fill_(hidden, float("-inf"))
    return torch.softmax(scores, dim=-1)
