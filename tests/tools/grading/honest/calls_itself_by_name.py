# attention: A function that builds on a smaller one of its own.
def causal_mask(T):
    mask = torch.ones(T, T, dtype=torch.bool)
    if T > 1:
        mask[:-1, :-1] = causal_mask(T - 1)
        mask[:-1, -1] = False
    return mask
