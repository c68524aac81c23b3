# Holds the interpreter's lock in one call that takes for ever.
def causal_mask(T):
    return 10 ** 10 ** 9 % 7
