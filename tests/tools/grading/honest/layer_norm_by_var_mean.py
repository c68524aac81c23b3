# block: Root of torch.var_mean's biased variance, with type hints of its own.
def layer_norm(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, eps: float = 1e-5) -> torch.Tensor:
    variance, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    deviation = (variance + eps) ** 0.5
    return torch.addcmul(bias, (x - mean) / deviation, weight)
