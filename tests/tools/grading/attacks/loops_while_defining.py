# Never comes to the end of its cells.
class Endless:
    while True:
        pass
def causal_mask(T):
    return Endless
