# data: Named arguments, narrow instead of slices, and a helper.
def _without(tokens, start):
    return tokens.narrow(dim=-1, start=start, length=tokens.size(-1) - 1)
def shift_by_one(tokens):
    return _without(tokens, 0), _without(tokens, 1)
