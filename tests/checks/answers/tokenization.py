"""Answers as students type them: wrong ones get the right diagnosis, right ones of every kind pass."""

PRELUDE = """
import math
import regex
from collections import Counter, defaultdict
from itertools import pairwise
from course_lib import tokenization
from course_lib.tokenization import count_words, split_words
"""


WRONG_ANSWERS = [
    (
        "count_pairs",
        "each distinct word counts once",
        """
def count_pairs(words):
    counts = {}
    for word in words:
        for pair in zip(word, word[1:]):
            counts[pair] = counts.get(pair, 0) + 1
    return counts
""",
    ),
    (
        "count_pairs",
        "pairs that overlap are skipped",
        """
def count_pairs(words):
    counts = Counter()
    for word, n in words.items():
        for i in range(0, len(word) - 1, 2):
            counts[(word[i], word[i + 1])] += n
    return counts
""",
    ),
    (
        "count_pairs",
        "pairs across words",
        """
def count_pairs(words):
    stream = []
    for word, n in words.items():
        for _ in range(n):
            stream.extend(word)
    return Counter(zip(stream, stream[1:]))
""",
    ),
    (
        "count_pairs",
        "counts are overwritten",
        """
def count_pairs(words):
    counts = {}
    for word, n in words.items():
        for a, b in pairwise(word):
            counts[a, b] = n
    return counts
""",
    ),
    (
        "merge_pair",
        "the right half stays",
        """
def merge_pair(ids, pair, new_id):
    merged = []
    for i in range(len(ids)):
        if i < len(ids) - 1 and ids[i] == pair[0] and ids[i + 1] == pair[1]:
            merged.append(new_id)
            i += 2
        else:
            merged.append(ids[i])
    return merged
""",
    ),
    (
        "merge_pair",
        "the last id is lost",
        """
def merge_pair(ids, pair, new_id):
    out, i = [], 0
    while i < len(ids) - 1:
        if (ids[i], ids[i + 1]) == pair:
            out.append(new_id)
            i += 2
        else:
            out.append(ids[i])
            i += 1
    return out
""",
    ),
    (
        "merge_pair",
        "only the first occurrence is merged",
        """
def merge_pair(ids, pair, new_id):
    for i in range(len(ids) - 1):
        if (ids[i], ids[i + 1]) == pair:
            return ids[:i] + [new_id] + ids[i + 2:]
    return ids
""",
    ),
    (
        "train_merges",
        "ties go to the pair that was seen first",
        """
def train_merges(words, num_merges):
    merges = []
    for i in range(num_merges):
        counts = tokenization.count_pairs(words)
        if not counts:
            break
        best = max(counts, key=counts.get)
        if counts[best] < 2:
            break
        merges.append(best)
        words = {tuple(tokenization.merge_pair(w, best, 256 + i)): n for w, n in words.items()}
    return merges
""",
    ),
    (
        "train_merges",
        "pairs are counted once, before the first merge",
        """
def train_merges(words, num_merges):
    counts = tokenization.count_pairs(words)
    best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [pair for pair, n in best[:num_merges] if n > 1]
""",
    ),
    (
        "train_merges",
        "no end when pairs run out",
        """
def train_merges(words, num_merges):
    merges = []
    for i in range(num_merges):
        counts = tokenization.count_pairs(words)
        best = min(counts, key=lambda p: (-counts[p], p))
        merges.append(best)
        words = {tuple(tokenization.merge_pair(w, best, 256 + i)): n for w, n in words.items()}
    return merges
""",
    ),
    (
        "train_merges",
        "pairs that occur once are merged",
        """
def train_merges(words, num_merges):
    merges = []
    while len(merges) < num_merges:
        counts = tokenization.count_pairs(words)
        if len(counts) == 0:
            return merges
        best = sorted(counts, key=lambda p: (-counts[p], p))[0]
        merges.append(best)
        words = {tuple(tokenization.merge_pair(w, best, 255 + len(merges))): n for w, n in words.items()}
    return merges
""",
    ),
    (
        "encode_with_ranks",
        "the leftmost pair is merged first",
        """
def encode_with_ranks(ids, merges):
    ids = list(ids)
    i = 0
    while i < len(ids) - 1:
        if (ids[i], ids[i + 1]) in merges:
            ids = ids[:i] + [merges[ids[i], ids[i + 1]]] + ids[i + 2:]
            i = 0
        else:
            i += 1
    return ids
""",
    ),
    (
        "encode_with_ranks",
        "what was learnt last is merged first",
        """
def encode_with_ranks(ids, merges):
    while True:
        pairs = [p for p in zip(ids, ids[1:]) if p in merges]
        if not pairs:
            return list(ids)
        best = max(pairs, key=merges.get)
        ids = tokenization.merge_pair(ids, best, merges[best])
""",
    ),
    (
        "encode_with_ranks",
        "merges in the dictionary's order",
        """
def encode_with_ranks(ids, merges):
    for pair in merges:
        ids = tokenization.merge_pair(ids, pair, merges[pair])
    return ids
""",
    ),
    (
        "encode_with_ranks",
        "one merge only",
        """
def encode_with_ranks(ids, merges):
    pairs = [p for p in zip(ids, ids[1:]) if p in merges]
    if pairs:
        best = min(pairs, key=lambda p: merges[p])
        ids = tokenization.merge_pair(ids, best, merges[best])
    return ids
""",
    ),
    (
        "decode_bytes",
        "each token is decoded by itself",
        """
def decode_bytes(ids, tokens):
    text = ""
    for i in ids:
        text += tokens[i].decode("utf-8", errors="replace")
    return text
""",
    ),
    (
        "decode_bytes",
        "bytes that are not UTF-8 raise an error",
        """
def decode_bytes(ids, tokens):
    return b"".join([tokens[i] for i in ids]).decode()
""",
    ),
    (
        "decode_bytes",
        "bytes that are not UTF-8 disappear",
        """
def decode_bytes(ids, tokens):
    data = b""
    for i in ids:
        data = data + tokens[i]
    return data.decode("utf-8", "ignore")
""",
    ),
    (
        "decode_bytes",
        "bytes are read as Latin-1",
        """
def decode_bytes(ids, tokens):
    return "".join(chr(byte) for i in ids for byte in tokens[i])
""",
    ),
    (
        "decode_bytes",
        "str() of bytes",
        """
def decode_bytes(ids, tokens):
    return "".join(f"{tokens[i]}" for i in ids)
""",
    ),
    ("predict_token_counts", "characters counted for bytes", "def predict_token_counts():\n    return [2, 1, 1, 2]"),
    ("predict_token_counts", "merged from left to right", "def predict_token_counts():\n    return (3, 1, 2, 5)"),
    (
        "predict_token_counts",
        "nothing merged",
        "def predict_token_counts():\n    return [len(t.encode()) for t in ('hello', 'he', 'é', ' 🙂')]",
    ),
    (
        "learn_tokens",
        "pairs cross word borders",
        """
def learn_tokens(text, num_merges):
    words = {tuple(text.encode("utf-8")): 1}
    tokens = [bytes([b]) for b in range(256)]
    for a, b in tokenization.train_merges(words, num_merges):
        tokens.append(tokens[a] + tokens[b])
    return tokens[256:]
""",
    ),
    (
        "learn_tokens",
        "spaces are lost",
        """
def learn_tokens(text, num_merges):
    words = Counter(tuple(word.encode()) for word in text.split())
    tokens = [bytes([b]) for b in range(256)]
    for a, b in tokenization.train_merges(words, num_merges):
        tokens.append(tokens[a] + tokens[b])
    return tokens[256:]
""",
    ),
    (
        "learn_tokens",
        "each distinct word counts once",
        """
def learn_tokens(text, num_merges):
    words = {tuple(word.encode()): 1 for word in split_words(text)}
    tokens = [bytes([b]) for b in range(256)]
    for a, b in tokenization.train_merges(words, num_merges):
        tokens.append(tokens[a] + tokens[b])
    return tokens[256:]
""",
    ),
    (
        "count_pairs",
        "a pair's first time counts one",
        """
def count_pairs(words):
    c = {}
    for w, n in words.items():
        for p in zip(w, w[1:]):
            if p in c:
                c[p] += n
            else:
                c[p] = 1
    return c
""",
    ),
    (
        "merge_pair",
        "the right half stays",
        """
def merge_pair(ids, pair, new_id):
    out = []
    for i in range(len(ids) - 1):
        if (ids[i], ids[i + 1]) == pair:
            out.append(new_id)
        else:
            out.append(ids[i])
    return out + ids[-1:]
""",
    ),
    (
        "train_merges",
        "ties go to the pair that was seen first, and nothing to choose from",
        """
def train_merges(words, num_merges):
    merges = []
    for i in range(num_merges):
        counts = Counter(tokenization.count_pairs(words))
        pair, n = counts.most_common(1)[0]
        if n < 2:
            break
        merges.append(pair)
        words = {tuple(tokenization.merge_pair(w, pair, 256 + i)): k for w, k in words.items()}
    return merges
""",
    ),
    (
        "train_merges",
        "pairs that occur twice are left",
        """
def train_merges(words, num_merges):
    merges = []
    for i in range(num_merges):
        counts = Counter(tokenization.count_pairs(words))
        if not counts:
            break
        pair = min(counts, key=lambda p: (-counts[p], p))
        if counts[pair] <= 2:
            break
        merges.append(pair)
        words = {tuple(tokenization.merge_pair(w, pair, 256 + i)): k for w, k in words.items()}
    return merges
""",
    ),
    (
        "encode_with_ranks",
        "once from left to right",
        """
def encode_with_ranks(ids, merges):
    ids = list(ids)
    i = 0
    while i < len(ids) - 1:
        p = (ids[i], ids[i + 1])
        if p in merges:
            ids[i:i + 2] = [merges[p]]
        else:
            i += 1
    return ids
""",
    ),
    (
        "encode_with_ranks",
        "a pair that was never learnt is looked up",
        """
def encode_with_ranks(ids, merges):
    ids = list(ids)
    while True:
        pair = min(pairwise(ids), key=lambda p: merges[p])
        ids = tokenization.merge_pair(ids, pair, merges[pair])
    return ids
""",
    ),
    (
        "encode_with_ranks",
        "a pair that was never learnt comes first",
        """
def encode_with_ranks(ids, merges):
    ids = list(ids)
    while len(ids) > 1:
        pair = min(pairwise(ids), key=lambda p: merges.get(p, 0))
        if pair not in merges:
            break
        ids = tokenization.merge_pair(ids, pair, merges[pair])
    return ids
""",
    ),
    (
        "encode_with_ranks",
        "the last two tokens never merged",
        """
def encode_with_ranks(ids, merges):
    ids = list(ids)
    while len(ids) > 2:
        pair = min(pairwise(ids), key=lambda p: merges.get(p, 9999))
        if pair not in merges:
            break
        ids = tokenization.merge_pair(ids, pair, merges[pair])
    return ids
""",
    ),
    (
        "decode_bytes",
        "each token is decoded by itself",
        """
def decode_bytes(ids, tokens):
    t = ''
    for i in ids:
        try:
            t += tokens[i].decode()
        except UnicodeDecodeError:
            t += '�'
    return t
""",
    ),
    (
        "predict_token_counts",
        "merged from left to right, and the emoji counted as one byte",
        """
def predict_token_counts():
    return [3, 1, 2, 2]
""",
    ),
    (
        "learn_tokens",
        "the spaces stripped off",
        """
def learn_tokens(text, num_merges):
    words = Counter((tuple(w.strip().encode()) for w in split_words(text)))
    tokens = [bytes([b]) for b in range(256)]
    for l, r in tokenization.train_merges(words, num_merges):
        tokens.append(tokens[l] + tokens[r])
    return tokens[256:]
""",
    ),
    (
        "learn_tokens",
        "a space before every word",
        """
def learn_tokens(text, num_merges):
    words = Counter((tuple((' ' + w).encode()) for w in text.split()))
    tokens = [bytes([b]) for b in range(256)]
    for l, r in tokenization.train_merges(words, num_merges):
        tokens.append(tokens[l] + tokens[r])
    return tokens[256:]
""",
    ),
    (
        "learn_tokens",
        "characters instead of bytes",
        """
def learn_tokens(text, num_merges):
    words = count_words([text])
    tokens = [bytes([b]) for b in range(256)]
    for l, r in tokenization.train_merges(words, num_merges):
        tokens.append(tokens[l] + tokens[r])
    return tokens[256:]
""",
    ),
    (
        "learn_tokens",
        "each character counted as a word",
        """
def learn_tokens(text, num_merges):
    words = {tuple(w.encode()): n for w, n in count_words(text).items()}
    tokens = [bytes([b]) for b in range(256)]
    for l, r in tokenization.train_merges(words, num_merges):
        tokens.append(tokens[l] + tokens[r])
    return tokens[256:]
""",
    ),
    (
        "learn_tokens",
        "capital letters lost",
        """
def learn_tokens(text, num_merges):
    words = {tuple(w.encode()): n for w, n in count_words([text.lower()]).items()}
    tokens = [bytes([b]) for b in range(256)]
    for l, r in tokenization.train_merges(words, num_merges):
        tokens.append(tokens[l] + tokens[r])
    return tokens[256:]
""",
    ),
    (
        "count_pairs",
        "runs of one id are skipped",
        """
def count_pairs(words):
    counts = Counter()
    for word, times in words.items():
        for a, b in pairwise(word):
            if a != b:
                counts[a, b] += times
    return counts
""",
    ),
    (
        "count_pairs",
        "copies of a word joined",
        """
def count_pairs(words):
    counts = Counter()
    for word, times in words.items():
        counts.update(pairwise(word * times))
    return counts
""",
    ),
    (
        "train_merges",
        "the first merge makes 255",
        """
def train_merges(words, num_merges):
    merges = []
    while len(merges) < num_merges:
        counts = tokenization.count_pairs(words)
        if not counts or max(counts.values()) < 2:
            break
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        new_id = 255 + len(merges)
        merges.append(pair)
        words = {tuple(tokenization.merge_pair(word, pair, new_id)): times for word, times in words.items()}
    return merges
""",
    ),
    (
        "decode_bytes",
        "spaces at the ends stripped off",
        """
def decode_bytes(ids, tokens):
    return b"".join(tokens[i] for i in ids).decode("utf-8", errors="replace").strip()
""",
    ),
    (
        "decode_bytes",
        "a question mark for each bad byte",
        """
def decode_bytes(ids, tokens):
    return b"".join(tokens[i] for i in ids).decode("utf-8", errors="replace").replace("\\ufffd", "?")
""",
    ),
]


RIGHT_ANSWERS = {
    "count_pairs": [
        """
def count_pairs(words):
    counts = defaultdict(int)
    for word, n in words.items():
        for i in range(len(word) - 1):
            counts[word[i], word[i + 1]] += n
    return counts
""",
        """
def count_pairs(words):
    counts = {}
    for word in words:
        for pair in pairwise(word):
            counts[pair] = counts.get(pair, 0) + words[word]
    return counts
""",
        """
def count_pairs(words):
    return sum((Counter({p: k * n for p, k in Counter(zip(w, w[1:])).items()}) for w, n in words.items()), Counter())
""",
    ],
    "merge_pair": [
        """
def merge_pair(ids, pair, new_id):
    out = []
    i = 0
    while i < len(ids):
        if i + 1 < len(ids) and ids[i] == pair[0] and ids[i + 1] == pair[1]:
            out.append(new_id)
            i += 2
        else:
            out.append(ids[i])
            i += 1
    return out
""",
        """
def merge_pair(ids, pair, new_id):
    ids = list(ids)
    i = 0
    while i < len(ids) - 1:
        if (ids[i], ids[i + 1]) == tuple(pair):
            ids[i:i + 2] = [new_id]
        i += 1
    return ids
""",
        """
def merge_pair(ids, pair, new_id):
    out, skip = [], False
    for a, b in zip(ids, list(ids[1:]) + [None]):
        if skip:
            skip = False
        elif (a, b) == pair:
            out.append(new_id)
            skip = True
        else:
            out.append(a)
    return out
""",
    ],
    "train_merges": [
        """
def train_merges(words, num_merges):
    merges = []
    for i in range(num_merges):
        counts = tokenization.count_pairs(words)
        best = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
        if best is None or counts[best] < 2:
            break
        merges.append(best)
        words = {tuple(tokenization.merge_pair(word, best, 256 + i)): n for word, n in words.items()}
    return merges
""",
        """
def train_merges(words, num_merges):
    pieces = [(list(word), n) for word, n in words.items()]
    merges = []
    while len(merges) < num_merges:
        counts = Counter()
        for word, n in pieces:
            for pair in pairwise(word):
                counts[pair] += n
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if not ranked or ranked[0][1] == 1:
            return merges
        merges.append(ranked[0][0])
        pieces = [(tokenization.merge_pair(word, merges[-1], 255 + len(merges)), n) for word, n in pieces]
    return merges
""",
        """
def train_merges(words, num_merges):
    if num_merges == 0:
        return []
    return tokenization.train_merges_fast(words, num_merges)
""",
    ],
    "encode_with_ranks": [
        """
def encode_with_ranks(ids, merges):
    for pair, new_id in sorted(merges.items(), key=lambda item: item[1]):
        ids = tokenization.merge_pair(ids, pair, new_id)
    return ids
""",
        """
def encode_with_ranks(ids, merges):
    ids = list(ids)
    while True:
        best = None
        for i in range(len(ids) - 1):
            new = merges.get((ids[i], ids[i + 1]))
            if new is not None and (best is None or new < best[0]):
                best = new, i
        if best is None:
            return ids
        new, i = best
        ids[i:i + 2] = [new]
""",
        """
def encode_with_ranks(ids, merges):
    pairs = [pair for pair in pairwise(ids) if pair in merges]
    if not pairs:
        return list(ids)
    best = min(pairs, key=merges.get)
    return encode_with_ranks(tokenization.merge_pair(ids, best, merges[best]), merges)
""",
    ],
    "decode_bytes": [
        """
def decode_bytes(ids, tokens):
    return b"".join(tokens[i] for i in ids).decode("utf-8", errors="replace")
""",
        """
def decode_bytes(ids, tokens):
    data = bytearray()
    for i in ids:
        data += tokens[i]
    return data.decode(errors="replace")
""",
        """
def decode_bytes(ids, tokens):
    return str(b"".join(map(tokens.__getitem__, ids)), "utf-8", "replace")
""",
    ],
    "predict_token_counts": [
        "def predict_token_counts():\n    return [2, 1, 2, 5]",
        "def predict_token_counts():\n    return (2, 1, 2, 5)",
        "def predict_token_counts():\n    return [len(['h', 'ello']), 1, len('é'.encode()), len(' 🙂'.encode())]",
    ],
    "learn_tokens": [
        """
def learn_tokens(text, num_merges):
    words = {tuple(word.encode()): n for word, n in count_words([text]).items()}
    tokens = [bytes([b]) for b in range(256)]
    for a, b in tokenization.train_merges(words, num_merges):
        tokens.append(tokens[a] + tokens[b])
    return tokens[256:]
""",
        """
def learn_tokens(text, num_merges):
    words = Counter(tuple(word.encode("utf-8")) for word in split_words(text))
    spelled = {i: bytes([i]) for i in range(256)}
    for i, (a, b) in enumerate(tokenization.train_merges(words, num_merges)):
        spelled[256 + i] = spelled[a] + spelled[b]
    return [spelled[i] for i in sorted(spelled) if i >= 256]
""",
        """
def learn_tokens(text, num_merges):
    found = regex.findall(tokenization.GPT2_PATTERN, text)
    words = Counter(tuple(word.encode()) for word in found)
    tokens = [bytes([b]) for b in range(256)]
    for a, b in tokenization.train_merges_fast(words, num_merges):
        tokens += [tokens[a] + tokens[b]]
    return tokens[256:]
""",
    ],
}

SEEN_ANSWERS = [
    (
        "count_pairs",
        "`counts[pair] = counts.get(pair, 1) + times`",
        """
def count_pairs(words):
    counts = {}
    for word, times in words.items():
        for pair in zip(word, word[1:]):
            if pair not in counts:
                counts[pair] = 1
            counts[pair] += times
    return counts
""",
    ),
    (
        "merge_pair",
        "`merged += [ids[i], new_id]`",
        """
def merge_pair(ids, pair, new_id):
    out = []
    i = 0
    while i < len(ids):
        if i + 1 < len(ids) and ids[i] == pair[0] and ids[i + 1] == pair[1]:
            out.append(ids[i])
            out.append(new_id)
            i += 2
        else:
            out.append(ids[i])
            i += 1
    return out
""",
    ),
    (
        "encode_with_ranks",
        "the last item is missing, the rest is right",
        """
def encode_with_ranks(ids, merges):
    ids = list(ids)
    left = dict(merges)
    for pair in sorted(left, key=left.get):
        ids = tokenization.merge_pair(ids, pair, left[pair])
    return ids + []  if False else ids[:-1] if len(ids) > 3 and ids[-1] == ids[-2] else ids
""",
    ),
    (
        "encode_with_ranks",
        "`if len(known) <= 1:`",
        """
def encode_with_ranks(ids, merges):
    ids = list(ids)
    while True:
        known = [p for p in zip(ids, ids[1:]) if p in merges]
        if len(known) <= 1:
            return ids
        p = min(known, key=merges.get)
        ids = tokenization.merge_pair(ids, p, merges[p])
""",
    ),
    (
        "learn_tokens",
        "an item too many at the start, the rest is right",
        """
def learn_tokens(text: str, num_merges: int):
    words = {tuple(word.encode()): times for word, times in count_words([text]).items()}
    tokens = [bytes([byte]) for byte in range(256)]
    for left, right in tokenization.train_merges(words, num_merges):
        tokens.append(tokens[left] + tokens[right])
    return tokens[255:]
""",
    ),
]
