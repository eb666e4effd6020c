"""Samples to the table that people read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from benchmarks.measuring import Sample
from benchmarks.workloads import Workload, startups

_QUIET = 0.4  # cores used by others; above that a figure says more about the machine than about us
_MEGABYTE = 1_000_000
_MEMORY_BAR = 120


class Results:
    """All samples so far, by workload and contestant, in the order in which they were taken."""

    def __init__(self) -> None:
        self.samples: dict[tuple[str, str], list[Sample]] = {}

    def add(self, workload: str, contestant: str, sample: Sample) -> None:
        """Keep one more."""
        self.samples.setdefault((workload, contestant), []).append(sample)

    def of(self, workload: str, contestant: str) -> list[Sample]:
        """The samples of one contestant, by round; empty if it did not run."""
        return self.samples.get((workload, contestant), [])

    def wall(self, workload: str, contestant: str) -> float | None:
        """Its median wall time in seconds."""
        samples = self.of(workload, contestant)
        return median(sample.wall for sample in samples) if samples else None

    def ratio(self, workload: str, contestant: str, *, over: str) -> float | None:
        """The median over the rounds of one's wall time over the other's in the same round."""
        pairs = list(zip(self.of(workload, contestant), self.of(workload, over), strict=False))
        return median(one.wall / other.wall for one, other in pairs) if pairs else None


def table(results: Results, known: Mapping[str, Workload]) -> str:
    """Everything that was measured, and the quantities that have a bar."""
    return "\n".join(["", *_times(results, known), "", *_startups(results), "", *_bars(results), "", _load(results)])


def _times(results: Results, known: Mapping[str, Workload]) -> Iterator[str]:
    yield f"{'workload':48} {'contestant':12} {'wall s':>8} {'cpu s':>8} {'rounds':>6} {'bakehouse is':>14}"
    for name, workload in known.items():
        for contestant in workload.contestants:
            samples = results.of(name, contestant.name)
            if samples:
                ratio = results.ratio(name, "bakehouse", over=contestant.name)
                shown = "" if ratio is None or contestant.name == "bakehouse" else f"{ratio:6.2f} of it"
                wall, cpu = median(sample.wall for sample in samples), median(sample.cpu for sample in samples)
                yield f"{f'{name} {workload.title}':48} {contestant.name:12} {wall:8.3f} {cpu:8.3f} {len(samples):6} {shown:>14}"


def _startups(results: Results) -> Iterator[str]:
    base = results.wall("startup", "python -c pass")
    if base is None:
        return
    yield f"{'start-up':48} {'wall ms':>8} {'over base':>10} {'bar ms':>8}"
    for startup in startups():
        name = startup.contestant.name
        wall = results.wall("startup", name) or 0.0
        bar = f"{startup.bar * 1000:8.0f}" if startup.bar else ""
        yield f"{name:48} {wall * 1000:8.1f} {(wall - base) * 1000:10.1f} {bar}"


def _bars(results: Results) -> Iterator[str]:
    """The quantities that the project holds itself to, as far as their workloads were measured."""
    yield f"{'quantity':64} {'figure':>12}   bar"
    hello, cached = results.wall("W1", "bakehouse"), results.wall("W4", "bakehouse")
    yield from _line("W1, cold", hello, "s", "≤ 0.45")
    step, floor = _per_step(results, "bakehouse"), _per_step(results, "bare")
    yield from _line("W2, one step: (W2 - W1) / 19", step and step * 1000, "ms", "")
    yield from _line("W2, one step of bare.py", floor and floor * 1000, "ms", "")
    yield from _line("W2, one step over one step of bare.py", step / floor if step and floor else None, "x", "≤ 1.4")
    yield from _line("W2, one step of kfp without its own installation", _milliseconds(_per_step(results, "kfp-noinst")), "ms", "")
    whole = results.ratio("W3", "bare", over="bakehouse")
    yield from _line("W3, throughput over that of bare.py, whole programs", whole, "x", "")
    yield from _line("W3, throughput over that of bare.py, less W1 of each", _throughput(results), "x", "≥ 0.75")
    memory = max((sample.peak_memory for sample in results.of("W3", "bakehouse")), default=0) / _MEGABYTE
    yield from _line("W3, peak memory of the engine", memory or None, "MB", f"< {_MEMORY_BAR}")
    yield from _line("W4 over W1", cached - hello if cached and hello else None, "s", "≤ 0.1")
    yield from _line("W6, first", results.wall("W6", "bakehouse"), "s", "≤ 8")
    yield from _line("W6, second", results.wall("W6b", "bakehouse"), "s", "≤ 0.5")


def _line(what: str, figure: float | None, unit: str, bar: str) -> Iterator[str]:
    if figure is not None:
        yield f"{what:64} {figure:9.3f} {unit:2}   {bar}"


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _per_step(results: Results, contestant: str) -> float | None:
    """Seconds for one more step: what the chain takes beyond the single step, by round."""
    pairs = list(zip(results.of("W2", contestant), results.of("W1", contestant), strict=False))
    return median((chain.wall - single.wall) / 19 for chain, single in pairs) if pairs else None


def _throughput(results: Results) -> float | None:
    """Steps a second in W3 over those of the floor, both without what a program costs that runs one step."""
    rounds = [results.of(workload, contestant) for contestant in ("bare", "bakehouse") for workload in ("W3", "W1")]
    quotients = [(floor.wall - floor_1.wall) / (us.wall - us_1.wall) for floor, floor_1, us, us_1 in zip(*rounds, strict=False)]
    return median(quotients) if quotients else None


def _load(results: Results) -> str:
    samples = [sample for group in results.samples.values() for sample in group]
    foreign = median(sample.foreign for sample in samples)
    noisy = sum(sample.foreign > _QUIET for sample in samples)
    return f"others used {foreign:.2f} cores (median); {noisy} of {len(samples)} samples were taken while they used more than {_QUIET}"
