# initialization: Draws first, ties afterwards, and multiplies with the transposed weight.
class TiedModel(nn.Module):
    def __init__(self, vocab_size, n_embd, generator):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, n_embd)
        self.head = nn.Linear(n_embd, vocab_size, bias=False)
        with torch.no_grad():
            self.embedding.weight.normal_(0.0, 0.02, generator=generator)
        self.head.weight = self.embedding.weight
    def forward(self, idx):
        x = self.embedding(idx)
        return x @ self.head.weight.T
