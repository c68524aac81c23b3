"""`python -m course_lib …` is `course …`, for shells that do not find installed programs."""

from course_lib.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
