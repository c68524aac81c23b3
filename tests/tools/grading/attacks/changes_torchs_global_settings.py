# Changes torch's modes and defaults for all that comes after.
from torch.utils._python_dispatch import TorchDispatchMode
class M(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))
M().__enter__()
torch.set_default_dtype(torch.float64); torch.set_default_device("meta")
def causal_mask(T):
    return torch.zeros(T, T, dtype=torch.bool)
