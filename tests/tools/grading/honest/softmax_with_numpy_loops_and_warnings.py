# attention: Warns, in the library's way and by hand, and still is right.
import warnings, sys
def softmax(x, dim=-1):
    warnings.warn("this is slow")
    print("to standard error", file=sys.stderr)
    shifted = x - x.max(dim=dim, keepdim=True).values
    powers = torch.exp(shifted)
    return torch.div(powers, torch.sum(powers, dim, True))
