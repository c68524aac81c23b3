# mlp: A class whose forward is written in a later cell, which derives it from itself.
class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.up = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)
        self.down = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)
# %%
class MLP(MLP):
    def forward(self, x):
        return self.dropout(self.down(nn.functional.gelu(self.up(x), approximate="tanh")))
