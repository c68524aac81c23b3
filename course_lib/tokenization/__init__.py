"""Text to token ids and back: byte-pair encoding from scratch, by Hugging Face's tokenizers, by tiktoken.

Read the modules in this order: `pre_tokenization` cuts text into words, `pairs` is byte-pair encoding in its plainest
form, `training` the same learnt quickly, `bpe` a whole tokenizer, `rust` and `openai` the libraries people use.
All three tokenizers give the same ids. Sennrich et al. 2016 (arXiv:1508.07909), Radford et al. 2019 (GPT-2).
"""

from course_lib.tokenization.bpe import BPETokenizer
from course_lib.tokenization.openai import to_tiktoken
from course_lib.tokenization.pairs import count_pairs, encode_with_ranks, merge_pair, most_frequent_pair, train_merges
from course_lib.tokenization.pre_tokenization import GPT2_PATTERN, count_words, split_words
from course_lib.tokenization.rust import load_tokenizer, save_tokenizer, train_tokenizer
from course_lib.tokenization.training import train_merges_fast
from course_lib.tokenization.vocabulary import BYTE_ORDER, END_OF_TEXT, byte_characters, decode_bytes

__all__ = [
    "BYTE_ORDER",
    "END_OF_TEXT",
    "GPT2_PATTERN",
    "BPETokenizer",
    "byte_characters",
    "count_pairs",
    "count_words",
    "decode_bytes",
    "encode_with_ranks",
    "load_tokenizer",
    "merge_pair",
    "most_frequent_pair",
    "save_tokenizer",
    "split_words",
    "to_tiktoken",
    "train_merges",
    "train_merges_fast",
    "train_tokenizer",
]
