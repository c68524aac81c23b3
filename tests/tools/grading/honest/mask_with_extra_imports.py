# attention: Imports that nobody needs, some of which are not installed.
import os, sys, json
import numpy as np
try:
    import a_package_that_is_not_installed
except ImportError:
    pass
def causal_mask(T):
    return torch.from_numpy(np.tri(T, dtype=bool))
