"""What the statements of lesson 01's exercises promise."""

from tests.checks.promises import Freedom, Promise

PROMISES: dict[str, list[Promise]] = {
    "count_pairs": [
        Promise(
            "with how often it occurs",
            "lambda words: right(dict.fromkeys(words, 1))",
            "each distinct word counts once",
        ),
        Promise(
            "Pairs may overlap",
            "def count_pairs(words):\n"
            "    counts = {}\n"
            "    for word, number in words.items():\n"
            "        last = None\n"
            "        for i, pair in enumerate(zip(word, word[1:])):\n"
            "            if last is not None and last == i - 1 and pair == previous: continue\n"
            "            counts[pair] = counts.get(pair, 0) + number\n"
            "            last, previous = i, pair\n"
            "    return counts",
            "a run of three",
        ),
        Promise(
            "gives `{(1, 2): 2, (2, 3): 7, (4, 2): 5}`",
            "lambda words: list(right(words).items())",
            "expected a dict",
        ),
    ],
    "merge_pair": [
        Promise(
            "from left to right",
            "lambda ids, pair, new_id: right(ids[::-1], pair[::-1], new_id)[::-1]",
            "runs are merged from the right",
        ),
        Promise(
            "becomes of `[1, 1, 1]` when the pair is `(1, 1)`",
            "lambda ids, pair, new_id: right(right(ids, pair, new_id), (new_id, pair[0]), new_id) if "
            "pair[0] == pair[1] else right(ids, pair, new_id)",
            "a run of three",
        ),
        Promise(
            "what happens at the last id",
            "def merge_pair(ids, pair, new_id):\n"
            "    out, i = [], 0\n"
            "    while i < len(ids) - 1:\n"
            "        if (ids[i], ids[i + 1]) == pair:\n"
            "            out.append(new_id); i += 2\n"
            "        else:\n"
            "            out.append(ids[i]); i += 1\n"
            "    return out",
            "the last id is lost",
        ),
    ],
    "train_merges": [
        Promise(
            "Return the pairs in the order in which they were merged",
            "lambda words, num_merges: sorted(right(words, num_merges))",
            "hug, pug, pun, bun, hugs",
        ),
        Promise(
            "Stop early when no pair occurs at least **twice**",
            "def train_merges(words, num_merges):\n"
            "    merges = []\n"
            "    for _ in range(num_merges):\n"
            "        counts = tokenization.count_pairs(words)\n"
            "        if not counts: break\n"
            "        best = min(counts, key=lambda pair: (-counts[pair], pair))\n"
            "        new = {}\n"
            "        for word, n in words.items():\n"
            "            merged = tuple(tokenization.merge_pair(list(word), best, 256 + len(merges)))\n"
            "            new[merged] = new.get(merged, 0) + n\n"
            "        words = new\n"
            "        merges.append(best)\n"
            "    return merges",
            "pairs that occur once are merged",
        ),
        Promise(
            "of equal counts the one with the smallest ids",
            "def train_merges(words, num_merges):\n"
            "    merges = []\n"
            "    for _ in range(num_merges):\n"
            "        counts = tokenization.count_pairs(words)\n"
            "        if not counts or max(counts.values()) < 2: break\n"
            "        best = max(counts, key=lambda pair: (counts[pair], pair))\n"
            "        new = {}\n"
            "        for word, n in words.items():\n"
            "            merged = tuple(tokenization.merge_pair(list(word), best, 256 + len(merges)))\n"
            "            new[merged] = new.get(merged, 0) + n\n"
            "        words = new\n"
            "        merges.append(best)\n"
            "    return merges",
            "ties go to the largest ids",
        ),
        Promise(
            "Learn up to `num_merges` merges",
            "lambda words, num_merges: right(words, num_merges + 1)",
            "one merge too many",
        ),
    ],
    "encode_with_ranks": [
        Promise(
            "The dictionary is in no particular order",
            "def encode_with_ranks(ids, merges):\n"
            "    for pair, new in merges.items():\n"
            "        ids = tokenization.merge_pair(ids, pair, new)\n"
            "    return ids",
            "merges in the dictionary's order",
        ),
        Promise(
            "Go on until no pair in the word is known",
            "def encode_with_ranks(ids, merges):\n"
            "    known = [pair for pair in zip(ids, ids[1:]) if pair in merges]\n"
            "    if not known: return ids\n"
            "    best = min(known, key=merges.get)\n"
            "    return tokenization.merge_pair(ids, best, merges[best])",
            "one merge only",
        ),
    ],
    "decode_bytes": [
        Promise(
            "become the replacement character",
            "lambda ids, tokens: b''.join(tokens[i] for i in ids).decode(errors='ignore')",
            "bytes that are not UTF-8 disappear",
        ),
        Promise(
            "your function never raises an error for them",
            "lambda ids, tokens: b''.join(tokens[i] for i in ids).decode()",
            "bytes that are not UTF-8 raise an error",
        ),
        Promise(
            "A character may be spread over two tokens",
            "lambda ids, tokens: ''.join(tokens[i].decode(errors='replace') for i in ids)",
            "each token is decoded by itself",
        ),
    ],
    "predict_token_counts": [
        Promise(
            "in this order",
            "lambda: right()[::-1]",
            "nothing merged, and characters counted for bytes",
        ),
    ],
    "learn_tokens": [
        Promise(
            "Words count as often as they occur",
            "def learn_tokens(text, num_merges):\n"
            "    words = {tuple(word.encode()): 1 for word in split_words(text)}\n"
            "    tokens = [bytes([byte]) for byte in range(256)]\n"
            "    for left, right in tokenization.train_merges(words, num_merges):\n"
            "        tokens.append(tokens[left] + tokens[right])\n"
            "    return tokens[256:]",
            "each distinct word counts once",
        ),
        Promise(
            "The tokens that the first merges make",
            "lambda text, num_merges: [t.decode() for t in right(text, num_merges)]",
            "another value",
        ),
    ],
}

FREE: dict[str, list[Freedom]] = {}
