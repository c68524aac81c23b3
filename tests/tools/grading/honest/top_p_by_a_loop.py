# generation: Token by token, most likely first, until the sum is reached.
def keep_top_p(logits, p):
    kept = torch.full_like(logits, -math.inf)
    for row, new in zip(logits, kept):
        total = 0.0
        for token in row.argsort(descending=True).tolist():
            new[token] = row[token]
            total += row.softmax(0)[token].item()
            if total >= p:
                break
    return kept
