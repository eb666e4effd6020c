"""What is measured: for each workload its contestants, and what each of them needs before its clock starts.

A contestant is made anew for every round, in an empty folder of its own; within a round they run in the order in which they stand here.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bakehouse.runners import building
from benchmarks import bare
from benchmarks.measuring import Sample, measure, measure_call

HERE = Path(__file__).resolve().parent
RUNTIME = HERE.parent / "src" / "bakehouse" / "task"
PROGRAM = Path(sys.executable).parent / "bakehouse"
KFP = HERE.parent / ".environments" / "kfp-2.17.0" / "bin" / "python"
INTERPRETER = building.own().executable
#: What the caller's shell may have set, and what would make all measured programs start slower, or see each other.
_LEFT_OUT = frozenset({"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONUNBUFFERED", "BAKEHOUSE_HOME", "BAKEHOUSE_SLOTS"})


@dataclass(frozen=True)
class Contestant:
    """`run` measures once, in a folder that is empty at the first workload of a round. `rounds`: at most so many, for the slow ones."""

    name: str
    run: Callable[[Path], Sample]
    rounds: int = 1000


@dataclass(frozen=True)
class Workload:
    """`steps` is what a run of it does; `folder` is shared by workloads that build on each other."""

    name: str
    title: str
    steps: int
    contestants: Sequence[Contestant]
    folder: str = ""


def environment(**more: str) -> dict[str, str]:
    """The environment of everything that is measured."""
    return {**{name: value for name, value in os.environ.items() if name not in _LEFT_OUT}, **more}


def ours(pipeline: str, *options: str, home: str = "home") -> Contestant:
    """`bakehouse run`, whole, from the shell's point of view."""

    def run(folder: Path) -> Sample:
        variables = environment(BAKEHOUSE_HOME=str(folder / home), UV_CACHE_DIR=str(folder / "uv-cache"))
        command = [str(PROGRAM), "run", str(HERE / "pipelines" / pipeline), *options]
        return measure(command, environment=variables, folder=folder)

    return Contestant("bakehouse", run)


def floor(workers: int) -> Contestant:
    """The same steps again, from the launch documents that Bakehouse's own run left in the same round."""

    def run(folder: Path) -> Sample:
        bare.prepare(folder / "home", folder / "bare")
        command = [sys.executable, str(HERE / "bare.py"), str(folder / "bare"), INTERPRETER, str(RUNTIME), str(workers)]
        return measure(command, environment=environment(), folder=folder)

    return Contestant("bare", run)


def kfp(name: str, pipeline: str, *switches: str, rounds: int = 1000) -> Contestant:
    """The local runner of kfp."""

    def run(folder: Path) -> Sample:
        command = [str(KFP), str(HERE / "kfp_peer.py"), str(HERE / "pipelines" / pipeline), str(folder / name), *switches]
        path = f"{KFP.parent}:{os.environ.get('PATH', '')}"  # its steps call `python3` and pip
        return measure(command, environment=environment(PATH=path), folder=folder)

    return Contestant(name, run, rounds)


def python(name: str, *arguments: str) -> Contestant:
    """The interpreter that all of ours is measured against."""
    return Contestant(name, lambda folder: measure([sys.executable, *arguments], environment=environment(), folder=folder))


def runtime(folder: Path) -> Sample:
    """One attempt of a step that does nothing, never started before, as the runner starts it."""
    home = folder / "home"
    if not home.exists():
        ours("empty.py").run(folder)
    fresh = Path(tempfile.mkdtemp(dir=folder))
    bare.prepare(home, fresh)
    attempt = next(fresh.glob(bare.LAUNCHES)).parent
    return measure_call(lambda: bare.run(attempt, INTERPRETER, str(RUNTIME)))


def workloads() -> Mapping[str, Workload]:
    """All of them by name, in the order in which they are measured."""
    small = [kfp("kfp-noinst", "hello.py", "no-install"), kfp("kfp", "hello.py")]
    chain = [kfp("kfp-noinst", "chain.py", "no-install", "cache"), kfp("kfp", "chain.py", rounds=1)]
    fan = [kfp("kfp-noinst", "fan.py", "no-install"), kfp("kfp", "fan.py", rounds=1)]
    venv = [kfp("kfp", "packages.py", "venv", rounds=1)]
    again = ours("packages.py", "--no-cache")
    listed = [
        Workload("W1", "one trivial step, empty home", 1, [ours("hello.py"), floor(1), *small]),
        Workload("W2", "chain of 20, empty home", 20, [ours("chain.py"), floor(1), *chain], folder="chain"),
        Workload("W4", "the same from the cache", 20, [ours("chain.py"), chain[0]], folder="chain"),
        Workload("W3", "100 steps and a collector, 2 workers", 101, [ours("fan.py", "--max-parallel", "2"), floor(2), *fan]),
        Workload("W6", "chain of 5 with a package, nothing there yet", 5, [ours("packages.py"), *venv], folder="packages"),
        Workload("W6b", "the same again, without the cache", 5, [again, *venv], folder="packages"),
    ]
    return {workload.name: workload for workload in listed}


@dataclass(frozen=True)
class Startup:
    """What is measured against `python -c pass`, and how much more it may take, in seconds."""

    contestant: Contestant
    bar: float = 0.0


def startups() -> Sequence[Startup]:
    """The interpreter alone first, then what adds to it."""
    shown = Contestant("bakehouse --help", lambda folder: measure([str(PROGRAM), "--help"], environment=environment(), folder=folder))
    return [
        Startup(python("python -c pass", "-c", "pass")),
        Startup(Contestant("runtime, empty function", runtime), 0.020),
        Startup(python("import bakehouse", "-c", "import bakehouse"), 0.100),
        Startup(python("import bakehouse.dsl", "-c", "import bakehouse.dsl"), 0.100),
        Startup(shown, 0.200),
    ]
