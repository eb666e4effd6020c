"""`make bench`: interleaved rounds of everything, then a table of medians and ratios, and all samples as JSON.

In each round every contestant of a workload runs once, one after the other, so that a busy machine is busy for all of them.
A ratio is the median over the rounds of wall time over the other's wall time in the same round.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from benchmarks import authoring, cluster, containers, pages, postgres, report, serving, simulated
from benchmarks.measuring import Sample
from benchmarks.report import Results
from benchmarks.workloads import KFP, Contestant, Workload, startups, workloads

STARTUP, SERVER, ENGINE, POSTGRES, PAGES, AUTHORING = "startup", "server", "engine", "postgres", "pages", "authoring"
CONTAINERS, CLUSTER = "containers", "cluster"
#: What is not measured beside something else, but against a bar.
_FIGURES = {
    ENGINE: simulated.figures,
    SERVER: serving.figures,
    POSTGRES: postgres.figures,
    PAGES: pages.figures,
    AUTHORING: authoring.figures,
    CONTAINERS: containers.figures,
    CLUSTER: cluster.figures,
}
#: Start-up times are small: each round takes so many.
_STARTUPS = 10


def main() -> None:
    """Measure, print, write. What was measured before something failed is printed and written too."""
    arguments = _arguments()
    known = workloads()
    everything = [*known, STARTUP, *_FIGURES]
    names = arguments.only.split(",") if arguments.only else everything
    unknown = set(names) - set(everything)
    if unknown:
        raise SystemExit(f"no such workload: {', '.join(sorted(unknown))}; there are {', '.join(everything)}")
    peers = KFP.exists() and not arguments.no_kfp
    if not peers:
        print("kfp is not measured: there is no environment for it, or --no-kfp was given")
    results = Results()
    try:
        _warm_up(known["W1"], peers=peers)
        for number in range(arguments.rounds):
            with tempfile.TemporaryDirectory(prefix="bakehouse-bench-") as folder:
                _round(number, Path(folder), {name: known[name] for name in known if name in names}, results, peers=peers)
                if STARTUP in names:
                    _startups(Path(folder), results)
    finally:
        if results.samples:
            _tell(results, known, arguments.json)
    for name in [one for one in _FIGURES if one in names]:
        for figure in _FIGURES[name](arguments.rounds):
            print(f"{figure.name:48} {figure.value:8.2f} {figure.unit:9} bar {figure.bar:g}", flush=True)


def _tell(results: Results, known: Mapping[str, Workload], file: Path) -> None:
    print(report.table(results, known))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(_document(results), indent=1) + "\n")
    print(f"all samples: {file}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench BENCH='…'", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (slow ones once)")
    parser.add_argument("--only", default="", metavar="W1,W2", help=f"these workloads alone; {', '.join((STARTUP, *_FIGURES))} are more")
    parser.add_argument("--no-kfp", action="store_true", help="measure only Bakehouse and the floor")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), metavar="FILE", help="where all samples go")
    return parser.parse_args()


def _warm_up(workload: Workload, *, peers: bool) -> None:
    """Bring programs and libraries from the disk into memory: what is measured is a cold home, not a cold machine."""
    with tempfile.TemporaryDirectory(prefix="bakehouse-bench-") as folder:
        for contestant in _taking_part(workload, 0, peers=peers):
            contestant.run(Path(folder))


def _round(number: int, folder: Path, chosen: Mapping[str, Workload], results: Results, *, peers: bool) -> None:
    for workload in chosen.values():
        place = folder / (workload.folder or workload.name)
        place.mkdir(exist_ok=True)
        for contestant in _taking_part(workload, number, peers=peers):
            _measure(workload.name, contestant, place, results)


def _taking_part(workload: Workload, number: int, *, peers: bool) -> Iterator[Contestant]:
    for contestant in workload.contestants:
        if number < contestant.rounds and (peers or not contestant.name.startswith("kfp")):
            yield contestant


def _startups(folder: Path, results: Results) -> None:
    place = folder / STARTUP
    place.mkdir()
    for _ in range(_STARTUPS):
        for startup in startups():
            _measure(STARTUP, startup.contestant, place, results, silent=True)


def _measure(workload: str, contestant: Contestant, place: Path, results: Results, *, silent: bool = False) -> None:
    sample = contestant.run(place)
    results.add(workload, contestant.name, sample)
    if not silent:
        print(f"{workload:4} {contestant.name:12} {sample.wall:8.3f} s   cpu {sample.cpu:7.3f} s   foreign {sample.foreign:4.2f} cores", flush=True)


def _document(results: Results) -> object:
    samples: Mapping[tuple[str, str], Collection[Sample]] = results.samples
    return {
        "machine": {"system": platform.platform(), "python": platform.python_version()},
        "samples": [
            {"workload": workload, "contestant": contestant, **asdict(sample)}
            for (workload, contestant), group in samples.items()
            for sample in group
        ],
    }


if __name__ == "__main__":
    main()
