# Sleeps instead of computing.
import time
def causal_mask(T):
    time.sleep(1e6)
