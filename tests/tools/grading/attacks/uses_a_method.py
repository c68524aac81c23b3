# Calls the method of a tensor that does the exercise's work.
def softmax(x, dim=-1):
    return x.softmax(dim)
