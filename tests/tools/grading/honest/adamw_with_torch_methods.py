# training: In place on clones, the correction moved out of the root, a helper for the average.
def moved_towards(old, new, share):
    return old.clone().lerp_(new, 1 - share)

def adamw_step(weight, gradient, average, average_square, step, *, lr, beta1, beta2, eps, weight_decay):
    m = moved_towards(average, gradient, beta1)
    v = moved_towards(average_square, gradient * gradient, beta2)
    root = torch.sqrt(v) / (1 - beta2 ** step) ** 0.5 + eps
    new = weight.clone().mul_(1 - lr * weight_decay)
    new.addcdiv_(m, root, value=-lr / (1 - beta1 ** step))
    return new, m, v
