# Prints 100 MB.
def causal_mask(T):
    for _ in range(100):
        print("x" * (1 << 20))
    return torch.zeros(T, T, dtype=torch.bool)
