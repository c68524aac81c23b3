# attention: A prediction as a list of decimals.
def predict_weights_of_equal_keys() -> list[float]:
    return [0.33333333, 1 / 3, 1 - 2 / 3, 0, 0.0]
