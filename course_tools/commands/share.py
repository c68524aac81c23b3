"""`course share`: a trained model as one file that anybody can open in a browser."""

import argparse
from pathlib import Path

from course_tools.options import plain_text
from course_tools.spoken import tell

HELP = "put a trained model into a page that anybody can open"
DTYPES = ("int8", "float16")  # those of `share.weights`, which is loaded only when the command runs
EPILOG = "The page needs no network and no server: open it from a disk, send it by mail, put it on any web site."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said about it."""
    parser.add_argument(
        "run",
        nargs="?",
        default="build/run",
        metavar="RUN",
        help="folder of a run (default: build/run) or of a Hugging Face checkpoint of this size, or howsam",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("my_model.html"), metavar="FILE", help="the page (default: my_model.html)"
    )
    parser.add_argument("--author", type=plain_text, metavar="NAME", help="whose model it is, for the page")
    parser.add_argument("--title", type=plain_text, metavar="TEXT", help="of the page")
    parser.add_argument(
        "--trained-on", type=plain_text, metavar="TEXT", help="in words, for the page (default: as the run says)"
    )
    parser.add_argument(
        "--dtype", choices=DTYPES, default="int8", help="of the weights; float16 doubles the page (default: int8)"
    )
    parser.add_argument("--force", action="store_true", help="replace a file that is there")


def run(options: argparse.Namespace) -> int:
    """Write the page and say how large it is; the exit status is 0."""
    from course_tools.share.assemble import require_free, write_page
    from course_tools.share.shared import read_shared

    require_free(options.out, force=options.force)
    size = write_page(
        options.out,
        read_shared(options.run),
        author=options.author,
        title=options.title,
        trained_on=options.trained_on,
        dtype=options.dtype,
        force=options.force,
    )
    print(tell(f"{options.out}  {size / 1e6:.1f} MB: open it in a browser, or send it to somebody"))
    return 0
