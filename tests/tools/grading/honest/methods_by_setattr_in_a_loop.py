# mlp: Methods that are put into the class afterwards, by setattr in a loop.
class MLP(nn.Module):
    pass
# %%
def _init(self, config):
    nn.Module.__init__(self)
    self.up = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)
    self.down = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)
    self.dropout = nn.Dropout(config.dropout)
def _forward(self, x):
    return self.dropout(self.down(nn.functional.gelu(self.up(x), approximate="tanh")))
for _name, _method in (("__init__", _init), ("forward", _forward)):
    setattr(MLP, _name, _method)
