# Returns a tensor that has a shape and no numbers.
def softmax(x, dim=-1): return torch.empty_like(x, device="meta")
