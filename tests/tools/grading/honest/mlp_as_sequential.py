# mlp: A Sequential inside, torch's own activation.
class MLP(nn.Module):
    def __init__(self, config: GPTConfig):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(config.n_embd, config.hidden_dim, bias=config.bias),
            nn.GELU(approximate="tanh"),
            nn.Linear(config.hidden_dim, config.n_embd, bias=config.bias),
            nn.Dropout(config.dropout),
        )
    def forward(self, x):
        return self.layers(x)
