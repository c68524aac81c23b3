# Writes 100 MB to standard output and error, past Python.
import os
def causal_mask(T):
    for _ in range(100):
        os.write(1, b"x" * (1 << 20))
        os.write(2, b"x" * (1 << 20))
    return torch.zeros(T, T, dtype=torch.bool)
