"""The decorator that the test run puts on every function of `course_lib`: annotations, shapes too, must be true."""

from beartype import BeartypeConf, beartype

typechecked = beartype(conf=BeartypeConf(is_pep484_tower=True))  # where a float is wanted, an int will do
