# data: A prediction worked out with math.ceil, imported inside.
def predict_batches():
    import math
    return math.ceil(((1_000_000 - 1) // 128) / 32)
