# training: One long vector; the gradients are replaced, not changed in place.
def clip_gradients(parameters, max_norm):
    having = [p for p in parameters if p.grad is not None]
    flat = torch.cat([p.grad.flatten() for p in having])
    length = float(flat.norm())
    if length > max_norm:
        for p in having:
            p.grad = p.grad / length * max_norm
    return length
