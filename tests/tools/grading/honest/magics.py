# attention: Magics, shell commands and questions, as in Colab.
!pip install -q einops
%matplotlib inline
import torch
%time x = 3
# %%
%%time
def causal_mask(T):
    i = torch.arange(T)
    return i[None, :].le(i[:, None])
# %%
causal_mask?
files = !ls
# %%
%%bash
echo done
