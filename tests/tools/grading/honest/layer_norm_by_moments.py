# block: The variance as the mean of squared differences, and rsqrt.
def layer_norm(x, weight, bias, eps=1e-5):
    centred = x - x.mean(-1, keepdim=True)
    return weight * centred * torch.rsqrt(centred.pow(2).mean(-1, keepdim=True) + eps) + bias
