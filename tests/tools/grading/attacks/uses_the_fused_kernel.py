# Calls the kernel that computes all of attention.
from torch.nn import functional as F
def scaled_dot_product_attention(q, k, v, *, causal=True):
    return F.scaled_dot_product_attention(q, k, v, is_causal=causal)
