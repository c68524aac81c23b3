# Calls what torch has for masks of decoders.
def causal_mask(T):
    return torch.nn.Transformer.generate_square_subsequent_mask(T) == 0
