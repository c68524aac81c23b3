# Raises what the reference would raise if memory were short.
def causal_mask(T):
    raise MemoryError
