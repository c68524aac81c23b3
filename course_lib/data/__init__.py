"""From stories to batches: token files on disk, windows of them, and batches of windows.

`write_tokens` encodes stories into one file of two bytes per token, `open_tokens` maps it into memory,
`TokenDataset` cuts it into windows `(x, y)`, y one token ahead of x, and `BatchLoader` shuffles and gathers
these into batches, both (B, T).
"""

from course_lib.data.batches import BatchLoader
from course_lib.data.dataset import TokenDataset
from course_lib.data.encode import fingerprint
from course_lib.data.token_file import TokenFile, TokenHeader, open_tokens
from course_lib.data.token_writer import write_tokens
from course_lib.data.windows import choose_seq_len, concatenate_stories, count_windows, make_windows, shift_by_one

__all__ = [
    "BatchLoader",
    "TokenDataset",
    "TokenFile",
    "TokenHeader",
    "choose_seq_len",
    "concatenate_stories",
    "count_windows",
    "fingerprint",
    "make_windows",
    "open_tokens",
    "shift_by_one",
    "write_tokens",
]
