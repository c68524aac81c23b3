"""The comparison's log as numbers: how far each change is from the Llama, with an interval, and what it costs."""

import json
import math
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

LOG = Path(__file__).with_name("comparison.jsonl")
T_95 = {2: 12.71, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365}  # Student's t for so many values


class Interval(NamedTuple):
    """A mean, and how far the true one may be from it, with 95 % confidence."""

    mean: float
    within: float

    @property
    def is_clear(self) -> bool:
        """0 is not in it."""
        return abs(self.mean) > self.within


@dataclass(frozen=True)
class Result:
    """What a change did.

    nats: per story, a number a seed.   difference: to the Llama of the same seed, below 0 is better.
    time: of a step, and memory: the most in it; both over the Llama's.   loads: of the first seed's experts, (L, E).
    """

    change: str
    nats: tuple[float, ...]
    difference: Interval
    time: float
    memory: float | None
    parameters: int
    active: int
    cache_bytes: int
    loads: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Comparison:
    """The whole log.   rates: nats per story of each optimizer's rates that were tried on a seed of their own."""

    floor: float
    device: str
    steps: int
    rates: dict[str, dict[float, float]]
    results: dict[str, Result]


def read_comparison(path: Path = LOG) -> Comparison:
    """The log that `compare` wrote; that of the course unless another is given.

    Raises ValueError if a seed is missing, or if there are fewer than two.
    """
    lines: list[dict[str, Any]] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    of_kind = {kind: [line for line in lines if line["kind"] == kind] for kind in ("setting", "rate", "run", "cost")}
    runs: dict[str, dict[int, dict[str, Any]]] = {}
    for line in of_kind["run"]:
        runs.setdefault(line["change"], {})[line["seed"]] = line
    costs = {line["change"]: line for line in of_kind["cost"]}
    rates: dict[str, dict[float, float]] = {}
    for line in of_kind["rate"]:
        rates.setdefault(line["change"], {})[line["rate"]] = line["nats"]
    base = next(iter(costs))
    results = {}
    for change, cost in costs.items():
        if runs[change].keys() != runs[base].keys():
            raise ValueError(f"{change} was not trained from the seeds of {base}: {sorted(runs[change])}")
        seeds = sorted(runs[base])
        nats = tuple(runs[change][seed]["nats"] for seed in seeds)
        results[change] = Result(
            change=change,
            nats=nats,
            difference=interval([mine - runs[base][seed]["nats"] for mine, seed in zip(nats, seeds, strict=True)]),
            time=cost["seconds"] / costs[base]["seconds"],
            memory=None if cost["peak_bytes"] is None else cost["peak_bytes"] / costs[base]["peak_bytes"],
            parameters=cost["parameters"],
            active=cost["active"],
            cache_bytes=cost["cache_bytes"],
            loads=tuple(tuple(layer) for layer in runs[change][seeds[0]].get("loads", ())),
        )
    setting = of_kind["setting"][0]
    return Comparison(setting["floor"], setting["device"], of_kind["run"][0]["steps"], rates, results)


def interval(values: list[float]) -> Interval:
    """Mean ± t · s / √n. Raises ValueError for fewer than two values, or more than the table knows."""
    if len(values) not in T_95:
        raise ValueError(f"an interval is made of {min(T_95)} to {max(T_95)} values here, got {len(values)}")
    within = T_95[len(values)] * statistics.stdev(values) / math.sqrt(len(values))
    return Interval(statistics.fmean(values), within)
