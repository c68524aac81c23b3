# gpt: Counts how many are left, under no_grad, with a warning of its own.
import warnings
@torch.no_grad()
def greedy_generate(model, idx, max_new_tokens):
    warnings.warn("slow, without a cache")
    left = max_new_tokens
    while left > 0:
        window = idx[:, max(0, idx.shape[1] - model.config.seq_len):]
        best = torch.max(model(window)[:, -1, :], dim=-1).indices
        idx = torch.hstack((idx, best[:, None]))
        left -= 1
    return idx
