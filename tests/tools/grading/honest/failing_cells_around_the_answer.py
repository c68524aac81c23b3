# attention: A cell that fails, and one that is no Python, stand around the answer.
import another_package_that_is_not_installed
# %%
this is a note, not code
# %%
def causal_mask(T):
    return torch.arange(T).unsqueeze(1) >= torch.arange(T).unsqueeze(0)
# %%
1 / 0
