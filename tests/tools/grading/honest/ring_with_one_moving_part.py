# parallel: Only the part that travels is kept in a variable; the second lap fills a new tensor.
def ring_all_reduce(tensors, exchange):
    N = len(tensors)
    n = len(tensors[0]) // N
    moving = [t[r * n : (r + 1) * n] for r, t in enumerate(tensors)]
    for step in range(1, N):
        moving = exchange(moving)
        for r in range(N):
            part = (r - step) % N
            moving[r] = moving[r] + tensors[r][part * n : (part + 1) * n]
    whole = [torch.zeros_like(t) for t in tensors]
    for step in range(N):
        for r in range(N):
            part = (r + 1 - step) % N
            whole[r][part * n : (part + 1) * n] = moving[r]
        if step < N - 1:
            moving = exchange(moving)
    return whole
