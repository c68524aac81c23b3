# A process that was forked returns too, so that questions are answered twice.
import os, time
def causal_mask(T):
    if os.fork() == 0:
        time.sleep(0.2)
    return torch.zeros(T, T, dtype=torch.bool)
