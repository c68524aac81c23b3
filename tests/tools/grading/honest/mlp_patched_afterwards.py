# mlp: A class whose forward is put in from another cell.
class MLP(nn.Module):
    def __init__(self, config):
        super(MLP, self).__init__()
        self.up_proj = nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias)
        self.down_proj = nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)
def forward(self, x):
    return self.dropout(self.down_proj(F.gelu(self.up_proj(x), approximate="tanh")))
MLP.forward = forward
