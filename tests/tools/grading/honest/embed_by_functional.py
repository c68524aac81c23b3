# gpt: F.embedding for tokens, a list comprehension nobody needs for positions.
def embed(idx, token_table, position_table):
    length = idx.size(1)
    if length > position_table.size(0):
        raise ValueError("%d tokens, %d positions" % (length, position_table.size(0)))
    positions = torch.stack([position_table[t] for t in range(length)])
    return F.embedding(idx, token_table) + positions[None]
