# generation: Each text by itself, as a list of ids, and with a helper of its own.
def one_more(model, row):
    window = torch.tensor([row[-model.config.seq_len:]])
    return int(model(window)[0, -1].argmax())

# %%
def write_to_the_end(model, idx, max_new_tokens, end):
    rows, T = idx.tolist(), idx.shape[1]
    for _ in range(max_new_tokens):
        if all(end in row[T:] for row in rows):
            break
        for row in rows:
            row.append(end if end in row[T:] else one_more(model, row))
    return torch.tensor(rows)
