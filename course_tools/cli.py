"""The command `course`: each subcommand is one call of the library.

What a subcommand needs is imported when it runs, so that `course --help` answers at once.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from course_lib import __version__

FAILED = 2  # exit status after a mistake in what was asked for, as argparse has it
END_OF_OPTIONS = "--"  # what follows is for JupyterLab
INTERRUPTED = 130  # exit status of a program that Ctrl-C ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Mistakes of the user come out as one line, `course: …`, with status 2; `--traceback` shows where they were noticed.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    mark = given.index(END_OF_OPTIONS) if END_OF_OPTIONS in given else len(given)
    parser = _parser()
    options = parser.parse_args(given[:mark])
    options.flags = given[mark + 1 :]
    if options.flags and options.command is not _lab:
        parser.error(f"only `course lab` passes on what follows {END_OF_OPTIONS}, got {' '.join(options.flags)}")
    try:
        return options.command(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ModuleNotFoundError as error:
        if options.traceback or (error.name or "").startswith(("course_lib", "course_tools")):
            raise
        remedy = "pip install -c constraints.txt -e '.[lab,dev]'"
        print(f"course: {error.name} is not installed; in the course's folder: {remedy}", file=sys.stderr)
    except (ValueError, OSError) as error:
        if options.traceback:
            raise
        print(f"course: {error}", file=sys.stderr)
    return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="course", description="Build a GPT from nothing and turn it into a Llama.")
    parser.add_argument("--version", action="version", version=f"course {__version__}")
    parser.add_argument("--traceback", action="store_true", help="show where in the code an error was noticed")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    lab = commands.add_parser(
        "lab",
        help="open JupyterLab at a lesson",
        epilog="What follows -- goes to JupyterLab: course lab 03 -- --no-browser",
    )
    lab.add_argument("lesson", nargs="?", default="01", metavar="NN", help="number or name (default: 01)")
    lab.set_defaults(command=_lab)

    run = commands.add_parser("run", help="execute lessons without a browser")
    _add_lessons(run)
    run.add_argument("--stories", metavar="SOURCE", help="sample, tinystories, or a file or folder of your own")
    run.add_argument("--out", type=Path, metavar="DIR", help="where to put the executed notebooks (default: executed)")
    _add_jobs(run)
    run.set_defaults(command=_run)

    doctor = commands.add_parser("doctor", help="say whether lessons will run here, and if not, what to do")
    doctor.set_defaults(command=_doctor)

    data = commands.add_parser("data", help="prepare stories for training: a tokenizer and token files")
    data.add_argument("--stories", metavar="SOURCE", help="sample (default), tinystories, or a file or folder")
    data.add_argument("--n", type=_positive, metavar="N", help="take only the first N stories")
    data.add_argument("--vocab-size", type=_positive, default=10_000, metavar="V", help="tokens (default: 10000)")
    data.add_argument("--out", type=Path, default=Path("build/data"), metavar="DIR", help="default: build/data")
    data.set_defaults(command=_data)

    train = commands.add_parser(
        "train",
        help="train a model on stories; by default one that takes two minutes",
        epilog="On two GPUs, or two CPU processes: torchrun --standalone --nproc-per-node 2 -m course_tools train … "
        "(with --n, write -m -- course_tools train: torchrun has options of its own that begin so)",
    )
    _add_train(train)
    _add_generate(commands.add_parser("generate", help="let a trained model write"))

    build = commands.add_parser("build", help="for authors: build the notebooks from sources/")
    _add_lessons(build)
    build.add_argument("--check", action="store_true", help="build nothing, say what is not as its source says")
    build.add_argument("--force", action="store_true", help="build what is up to date as well")
    build.add_argument("--repository", metavar="URL", help="public address, for badges and the first cell")
    _add_jobs(build)
    build.set_defaults(command=_build)

    grade = commands.add_parser("grade", help="for instructors: grade submitted notebooks in a sandbox")
    grade.add_argument("submissions", type=Path, help="folder or zip of notebooks; nothing is written there")
    grade.add_argument("--out", type=Path, default=Path("grades"), metavar="DIR", help="default: grades")
    grade.add_argument("--topic", action="append", default=[], metavar="NN", help="only this lesson (may be repeated)")
    grade.add_argument("--roster", type=Path, metavar="CSV", help="who is in the class")
    grade.add_argument("--due", default="", metavar="TIME", help="later is marked late, such as 2026-10-01T23:59")
    grade.add_argument("--keep", choices=("latest", "first"), default="latest", help="of several submissions")
    grade.add_argument("--marks", type=Path, metavar="CSV", help="marks by hand, besides OUT/marking/marks.csv")
    grade.add_argument(
        "--moodle",
        action="append",
        default=[],
        metavar="[NN=]CSV",
        help="Moodle's grading worksheet, to fill in a copy",
    )
    grade.add_argument("--accept-flagged", action="store_true", help="score answers that call what they should write")
    grade.add_argument("--seed", type=int, metavar="N", help="for the inputs (default: the last run's, or new)")
    grade.add_argument("--fresh", action="store_true", help="grade again what has not changed as well")
    grade.add_argument("--executor", choices=("local", "dask"), default="local", help="default: local")
    grade.add_argument("--scheduler", default="", metavar="ADDRESS", help="of a dask cluster (default: start one here)")
    _add_jobs(grade, "submissions")
    grade.set_defaults(command=_grade)
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stories", metavar="SOURCE", help="sample (default), tinystories, or a file or folder")
    parser.add_argument("--n", type=_positive, metavar="N", help="take only the first N stories")
    parser.add_argument("--preset", metavar="NAME", help="of course_lib.config.PRESETS (default: howsam-2min)")
    parser.add_argument("--vocab-size", type=_positive, metavar="V", help="tokens (default: the preset's)")
    parser.add_argument("--seq-len", type=_positive, metavar="T", help="tokens a window (default: the preset's)")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=_positive, metavar="N", help="optimizer steps (default: the preset's)")
    length.add_argument("--minutes", type=float, metavar="M", help="as many steps as these minutes hold here")
    parser.add_argument("--batch-size", type=_positive, metavar="B", help="windows at a time")
    parser.add_argument("--accumulate", type=_positive, metavar="K", help="batches an optimizer step")
    parser.add_argument("--learning-rate", type=float, metavar="LR", help="at the top of its schedule")
    parser.add_argument("--seed", type=int, metavar="N", help="of weights, order and dropout (default: 0)")
    parser.add_argument(
        "--precision", metavar="NAME", help="float32, float32-fast, bfloat16, bfloat16-fast, or auto: the fastest"
    )
    parser.add_argument("--compile", action="store_true", help="through torch.compile, where there is a compiler")
    parser.add_argument("--device", metavar="NAME", help="such as cpu or cuda (default: a GPU if there is one)")
    parser.add_argument(
        "--parallel",
        choices=("none", "ddp", "fsdp"),
        help="under torchrun: share the batch among processes, or the weights too (default: ddp there)",
    )
    parser.add_argument("--release-memory", action="store_true", help="give freed memory back after each step")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("build/run"),
        metavar="DIR",
        help="the run; again: goes on (default: build/run)",
    )
    parser.set_defaults(command=_train)


def _add_generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run",
        nargs="?",
        default="build/run",
        metavar="RUN",
        help="folder of a run (default: build/run) or of a Hugging Face checkpoint, or a released model's preset",
    )
    parser.add_argument("--prompt", default="", metavar="TEXT", help="how the text begins (default: a new story)")
    parser.add_argument("--tokens", type=_positive, default=200, metavar="N", help="at most so many (default: 200)")
    parser.add_argument("--stories", type=_positive, default=1, metavar="N", help="write N texts (default: 1)")
    parser.add_argument("--temperature", type=float, metavar="T", help="0: always the likeliest (default: 1)")
    parser.add_argument("--top-k", type=_positive, metavar="K", help="draw from the K likeliest tokens only")
    parser.add_argument(
        "--top-p", type=float, metavar="P", help="draw from the fewest that have probability P together"
    )
    parser.add_argument(
        "--min-p", type=float, metavar="P", help="draw from those at least P times as likely as the first"
    )
    parser.add_argument("--repetition-penalty", type=float, metavar="X", help="above 1: what was said becomes unlikely")
    parser.add_argument("--beams", type=_positive, metavar="N", help="search with N beams in place of drawing")
    parser.add_argument("--seed", type=int, metavar="N", help="for the same text again")
    parser.add_argument(
        "--stream",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="print each word as it is written (default), or all at the end",
    )
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32", help="of the weights")
    parser.add_argument("--device", metavar="NAME", help="such as cpu or cuda (default: a GPU if there is one)")
    parser.set_defaults(command=_generate)


def _add_lessons(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lessons, by number or name (default: all)")


def _add_jobs(parser: argparse.ArgumentParser, what: str = "notebooks") -> None:
    parser.add_argument("--jobs", type=_positive, default=2, metavar="N", help=f"{what} at a time (default: 2)")


def _positive(text: str) -> int:
    digits = text.replace("_", "").replace(",", "")
    if not digits.isdecimal() or int(digits) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(digits)


def _lab(options: argparse.Namespace) -> int:
    from course_tools.commands.lab import open_lab

    return open_lab(options.lesson, options.flags)


def _run(options: argparse.Namespace) -> int:
    from course_tools.authoring.run import run

    return run(options.lessons, stories=options.stories, out=options.out, jobs=options.jobs)


def _doctor(options: argparse.Namespace) -> int:
    from course_tools.commands.doctor import examine_and_print

    return examine_and_print()


def _data(options: argparse.Namespace) -> int:
    from course_tools.commands.data import prepare_and_print

    return prepare_and_print(options.out, source=options.stories, n=options.n, vocab_size=options.vocab_size)


def _train(options: argparse.Namespace) -> int:
    from course_tools.commands.train import Asked, train_and_print

    asked = Asked(
        stories=options.stories,
        n=options.n,
        preset=options.preset,
        vocab_size=options.vocab_size,
        seq_len=options.seq_len,
        steps=options.steps,
        minutes=options.minutes,
        batch_size=options.batch_size,
        accumulate=options.accumulate,
        learning_rate=options.learning_rate,
        seed=options.seed,
        precision=options.precision,
        compile=options.compile,
    )
    return train_and_print(
        options.out,
        asked,
        device=options.device,
        keep_memory=not options.release_memory,
        parallel=options.parallel,
    )


def _generate(options: argparse.Namespace) -> int:
    from course_tools.commands.generate import generate_and_print

    return generate_and_print(
        options.run,
        prompt=options.prompt,
        tokens=options.tokens,
        stories=options.stories,
        seed=options.seed,
        beams=options.beams,
        show_as_written=options.stream,
        dtype=options.dtype,
        device=options.device,
        temperature=options.temperature,
        top_k=options.top_k,
        top_p=options.top_p,
        min_p=options.min_p,
        repetition_penalty=options.repetition_penalty,
    )


def _build(options: argparse.Namespace) -> int:
    from course_tools.authoring.build import build

    return build(
        options.lessons,
        check=options.check,
        force=options.force,
        repository=options.repository,
        jobs=options.jobs,
    )


def _grade(options: argparse.Namespace) -> int:
    from course_tools.grading.run import grade_and_print

    return grade_and_print(
        options.submissions,
        options.out,
        seed=options.seed,
        jobs=options.jobs,
        executor=options.executor,
        scheduler=options.scheduler,
        topics=options.topic,
        roster=options.roster,
        due=options.due,
        marks=options.marks,
        worksheets=options.moodle,
        keep=options.keep,
        accept_flagged=options.accept_flagged,
        fresh=options.fresh,
    )
