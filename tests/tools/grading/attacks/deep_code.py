# Nests code so deeply that a parser may overflow.
def causal_mask(T):
    return DEEP
