# attention: Lines that begin with a sign of IPython's but are Python, and some that are not.
!echo '''
limit = (7
    % 4)
help_text = """
!ls
what is this?
%magic
"""
causal_mask??
# %%
%%time

def causal_mask(T):
    assert limit == 3 and help_text.startswith("\n!ls\nwhat is this?\n%magic"), help_text
    i = torch.arange(T)
    return i[None, :] <= i[:, None]
