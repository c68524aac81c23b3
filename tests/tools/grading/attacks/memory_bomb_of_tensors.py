# Takes all the memory there is, in one tensor.
def causal_mask(T):
    return torch.ones(1 << 20, 1 << 20)
