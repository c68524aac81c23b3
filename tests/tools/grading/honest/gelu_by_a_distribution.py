# mlp: A distribution's cumulative function.
from torch.distributions import Normal
standard = Normal(0.0, 1.0)
def gelu(x):
    return x * standard.cdf(x)
