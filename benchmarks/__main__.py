"""`python -m benchmarks [name ...]`: measure, print one table, say which targets were met."""

import argparse
import importlib
import pkgutil
from pathlib import Path

import benchmarks
from benchmarks.report import HEADINGS, Measurement, markdown_table, text_line
from course_lib.util.files import write_text

# modules that measure nothing
FRAME = {"__main__", "control_groups", "grading_compared", "grading_rounds", "readme", "report", "stories"}


def benchmark_names() -> list[str]:
    """The modules of this package that measure something."""
    return sorted({module.name for module in pkgutil.iter_modules(benchmarks.__path__)} - FRAME)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=benchmarks.__doc__)
    parser.add_argument("name", nargs="*", help=f"what to measure, of {', '.join(benchmark_names())} (default: all)")
    parser.add_argument("--runs", type=int, default=5, help="rounds of a measurement (default: 5)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the table in Markdown to FILE")
    parser.add_argument("--strict", action="store_true", help="exit with status 1 if a target was missed")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.name) - set(benchmark_names()))
    if unknown:
        parser.error(f"no benchmark called {', '.join(unknown)}; there are {', '.join(benchmark_names())}")
    return arguments


def main() -> int:
    """Run the benchmarks that were asked for; the exit status is 1 if --strict and a target was missed."""
    arguments = _arguments()
    measurements: list[Measurement] = []
    print(text_line(HEADINGS))
    for name in arguments.name or benchmark_names():
        for measurement in importlib.import_module(f"benchmarks.{name}").measure(arguments.runs):
            print(text_line(measurement.cells()), flush=True)
            measurements.append(measurement)
    missed = sum(measurement.met is False for measurement in measurements)
    bounded = sum(measurement.met is not None for measurement in measurements)
    print(f"{bounded - missed} of {bounded} targets met.")
    if arguments.markdown:
        write_text(arguments.markdown, markdown_table(measurements))
    return 1 if arguments.strict and missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
