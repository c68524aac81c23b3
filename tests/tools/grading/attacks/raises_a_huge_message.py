# Raises an error with a message of 100 MB.
def causal_mask(T):
    raise ValueError("x" * 100_000_000)
