# gpt: The loss with log_softmax and gather, no cross_entropy.
def language_model_loss(logits, idx):
    log_p = torch.log_softmax(logits[:, :-1, :], dim=-1)
    picked = log_p.gather(-1, idx[:, 1:].unsqueeze(-1))
    return -picked.mean()
