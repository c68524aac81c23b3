# Returns a number with a million digits, and an error for whoever turns it into a float.
def causal_mask(T):
    return 10 ** 1_000_000
