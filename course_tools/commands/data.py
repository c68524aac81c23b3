"""`course data`: stories made ready for training, a tokenizer and one token file for each split."""

import argparse
from pathlib import Path

from course_tools.options import positive
from course_tools.spoken import tell

HELP = "prepare stories for training: a tokenizer and token files"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said about it."""
    parser.add_argument("--stories", metavar="SOURCE", help="sample (default), tinystories, or a file or folder")
    parser.add_argument("--n", type=positive, metavar="N", help="take only the first N stories")
    parser.add_argument("--vocab-size", type=positive, default=10_000, metavar="V", help="tokens (default: 10000)")
    parser.add_argument(
        "--out", type=Path, default=Path("build/data"), metavar="DIR", help="for the files (default: build/data)"
    )


def run(options: argparse.Namespace) -> int:
    """Prepare the stories and say what was written; the exit status is 0."""
    from course_tools.own_model.prepare import prepare

    prepared = prepare(options.out, source=options.stories, n=options.n, vocab_size=options.vocab_size)
    print(tell(f"{prepared.tokenizer}  {prepared.train.header.vocab_size:,} tokens in the vocabulary"))
    for written in (prepared.train, prepared.validation):
        header = written.header
        size = 2 * header.count / 1e6
        print(tell(f"{written.path}  {header.stories:,} stories, {header.count:,} tokens, {size:.1f} MB"))
    return 0
