# attention: Another algorithm, with type hints of its own and a print.
from torch import Tensor as T_
def softmax(x: T_, dim: int = -1) -> "T_":
    print("softmax of", x.shape)
    return (x - torch.logsumexp(x, dim, keepdim=True)).exp()
