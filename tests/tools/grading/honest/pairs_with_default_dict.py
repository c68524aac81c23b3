# tokenization: A defaultdict, and the standard library's itertools.
from collections import defaultdict
import itertools as it
def count_pairs(words):
    counts = defaultdict(int)
    for word, n in words.items():
        for a, b in it.pairwise(word):
            counts[a, b] += n
    return counts
