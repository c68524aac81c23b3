# pretrained: a clone written into, and spans by membership
import torch
def mlm_batch(idx, choose, act, others, mask_id, special_ids):
    pick = choose < 0.15
    for s in special_ids:
        pick &= idx != s
    labels = torch.full_like(idx, -100); labels[pick] = idx[pick]
    x = idx.clone()
    x[pick & (act < .8)] = mask_id
    swap = pick & (act >= .8) & (act < .9)
    x[swap] = others[swap]
    return (x, labels)
# %%
def corrupt_spans(tokens, spans, sentinels):
    where = {t: k for k, (a, b) in enumerate(spans) for t in range(a, b)}
    x, y = [], []
    for t, token in enumerate(tokens):
        k = where.get(t)
        if k is None:
            x.append(token)
            continue
        if where.get(t - 1) != k:
            x.append(sentinels[k]); y.append(sentinels[k])
        y.append(token)
    return x, y + [sentinels[len(spans)]]
