# gpt: A helper counts both sizes of models.
def _size(layers, width, words, length, biases):
    per_block = 4 * width**2 + 8 * width**2 + 2 * (2 * width) + (9 * width if biases else 0)
    return layers * per_block + (words + length) * width + 2 * width
def predict_two_sizes():
    return (_size(24, 100, 10_000, 128, False), _size(12, 768, 50_257, 1_024, True))
