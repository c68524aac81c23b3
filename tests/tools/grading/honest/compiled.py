# attention: The answer is compiled, as torch's guide shows it.
@torch.compile
def causal_mask(T):
    i = torch.arange(T)
    return i[None, :] <= i[:, None]
