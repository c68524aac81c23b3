# Calls itself without end.
def causal_mask(T):
    return causal_mask(T)
