# mlp: A helper and a constant.
ROOT = (2 / math.pi) ** 0.5
def inner(x):
    return ROOT * (x + 0.044715 * x ** 3)
# %%
def gelu_tanh(x):
    return x * (1 + torch.tanh(inner(x))) / 2
