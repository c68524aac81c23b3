# attention: One line of torch.
causal_mask = lambda T: torch.ones(T, T).tril().bool()
