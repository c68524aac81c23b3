# Never answers and catches whatever should interrupt it.
def causal_mask(T):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
