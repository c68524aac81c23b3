"""The same merges as `pairs.train_merges`, thousands of times faster.

A merge changes few words, so: pair counts are kept and corrected rather than counted anew, an index tells which words
a pair may be in, and a heap holds the pairs by count. The heap is lazy: an entry whose count has sunk since it was
pushed is found out when it is popped, and pushed again with the count of today.

Words are strings here, one character for each token: merging a pair is then `str.replace`, which also goes from left
to right, and strings are ordered by their characters' numbers as pairs of ids are.
"""

import heapq
from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise

from course_lib.show.progress import bar
from course_lib.tokenization.pairs import Pair, Word


def train_merges_fast(
    words: Mapping[Word, int], num_merges: int, *, first_id: int = 256, min_frequency: int = 2
) -> list[Pair]:
    """The merges of `train_merges(words, ...)`, the rule for ties included, in a time that grows with their effect.

    Raises ValueError if an id is not a character's number: below 0, or above 1,114,111.
    """
    spelling = ["".join(map(chr, word)) for word in words]
    times = list(words.values())
    counts: defaultdict[str, int] = defaultdict(int)
    places: defaultdict[str, list[int]] = defaultdict(list)  # pair -> words it is or was in, some more than once
    for number, word in enumerate(spelling):
        for before, after in pairwise(word):
            counts[before + after] += times[number]
            places[before + after].append(number)
    heap = [(-count, pair) for pair, count in counts.items()]  # smallest first: highest count, then smallest ids
    heapq.heapify(heap)

    merges: list[Pair] = []
    with bar(description="Merging pairs", total=num_merges, unit="merge") as progress:
        while heap and len(merges) < num_merges:
            negative_count, pair = heapq.heappop(heap)
            count = counts[pair]
            if count < max(min_frequency, 1):
                continue
            if count != -negative_count:  # other merges have taken some of its occurrences
                heapq.heappush(heap, (-count, pair))
                continue
            left, right = pair[0], pair[1]
            token = chr(first_id + len(merges))
            merges.append((ord(left), ord(right)))
            born: set[str] = set()  # pairs that this merge makes
            for number in set(places.pop(pair)):
                word = spelling[number] = spelling[number].replace(pair, token)
                for before, after in pairwise(word):
                    if before == token or after == token:  # two other characters met here before the merge
                        met = (right if before == token else before) + (left if after == token else after)
                        counts[met] -= times[number]
                        counts[before + after] += times[number]
                        places[before + after].append(number)
                        born.add(before + after)
            for new_pair in born:
                heapq.heappush(heap, (-counts[new_pair], new_pair))
            progress.update()
    return merges
