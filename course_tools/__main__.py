"""`python -m course_tools …` is `course …`, for shells that do not find installed programs."""

from course_tools.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
