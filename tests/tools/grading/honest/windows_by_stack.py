# data: A loop over windows, stacked.
def make_windows(tokens, seq_len):
    xs, ys = [], []
    for start in range(0, len(tokens) - seq_len, seq_len):
        xs.append(tokens[start : start + seq_len])
        ys.append(tokens[start + 1 : start + 1 + seq_len])
    if not xs:
        return tokens.new_empty(0, seq_len), tokens.new_empty(0, seq_len)
    return torch.stack(xs), torch.stack(ys)
