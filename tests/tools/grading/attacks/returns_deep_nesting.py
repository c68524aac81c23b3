# Returns lists nested so deeply that a reader could overflow.
def causal_mask(T):
    value = []
    for _ in range(100_000):
        value = [value]
    return value
