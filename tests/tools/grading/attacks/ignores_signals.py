# Never answers and ignores every signal that can be ignored.
import signal
def causal_mask(T):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
