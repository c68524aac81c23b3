# initialization: Adds one variance after another.
def stream_deviation(start, added, n_layer):
    variance = start * start
    for _ in range(n_layer):
        for _ in ("attention", "mlp"):
            variance += added * added
    return variance ** 0.5
