# multi_head_attention: unflatten and movedim.
def split_heads(x, n_head):
    if x.shape[-1] % n_head:
        raise ValueError(f"{x.shape[-1]} numbers cannot be split into {n_head} heads")
    return x.unflatten(-1, (n_head, -1)).movedim(-2, 1)
