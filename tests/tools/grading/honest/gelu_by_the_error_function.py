# mlp: The definition, with math's constants.
def gelu(x):
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))
