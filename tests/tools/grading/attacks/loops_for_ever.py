# Never answers.
def causal_mask(T):
    while True:
        pass
