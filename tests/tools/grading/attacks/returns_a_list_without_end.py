# Returns a list that contains itself.
def causal_mask(T):
    endless = []
    endless.append(endless)
    return endless
