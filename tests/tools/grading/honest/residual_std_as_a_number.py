# initialization: A prediction from a calculator.
def predict_residual_std():
    return 0.02 / 24 ** 0.5
