# attention: A function with one argument given beforehand.
from functools import partial
def band(T, diagonal):
    return torch.ones(T, T, dtype=torch.bool).tril(diagonal)
causal_mask = partial(band, diagonal=0)
