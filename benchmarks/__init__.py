"""Speed and memory of the course's code against named baselines: `python -m benchmarks [name ...]`.

Each module here but `report`, `stories` and `readme` is a benchmark: it has a function `measure(runs)` that yields
`Measurement`s (see `report`). Ours and the baseline take turns in the same run, so that a slow spell hits both: what
is reported is the ratio, with its spread.
"""
