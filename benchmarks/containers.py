"""A chain of ten trivial container steps, beside a script that calls `podman run` ten times. It starts a container engine of its own."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.containers import bed as beds
from tests.containers.bed import SCRATCH, Bed

from bakehouse.actions import runs
from bakehouse.app import loaded, loading, wiring
from bakehouse.app.driving import Drive
from bakehouse.app.settings import Settings
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.states import RunState
from bakehouse.records.engines import EngineLock
from benchmarks.serving import Figure

_LENGTH, _BAR, _LIMIT = 10, 1.3, 120.0
_COMMAND = ("/bin/busybox", "true")
_PIPELINE = f"""
from kfp import dsl


@dsl.container_component
def work():
    return dsl.ContainerSpec(image="{SCRATCH}", command={list(_COMMAND)})


@dsl.pipeline
def chain():
    before = None
    for _ in range({_LENGTH}):
        task = work().set_caching_options(False)
        if before is not None:
            task.after(before)
        before = task
"""


def figures(rounds: int) -> Iterator[Figure]:
    """How much longer the chain takes than the script, each measured in turn; a run counts from its creation to its end."""
    if reason := beds.missing():
        print(f"containers are not measured: {reason}")
        return
    with tempfile.TemporaryDirectory(prefix="bakehouse-bench-") as folder:
        bed = Bed(Path(folder))
        bed.prepare()
        bed.start()
        try:
            yield from _measured(bed, Path(folder), rounds)
        finally:
            bed.close()


def _measured(bed: Bed, folder: Path, rounds: int) -> Iterator[Figure]:
    os.environ["CONTAINER_HOST"] = bed.socket
    file = folder / "chain.py"
    file.write_text(_PIPELINE)
    _script(bed, 1)  # what is measured is no cold machine
    pairs = [(_script(bed, _LENGTH), _run(file, folder / f"home{number}")) for number in range(rounds)]
    yield Figure(f"podman run, {_LENGTH} in a script", statistics.median(script for script, _ in pairs), float("inf"), "s")
    yield Figure(f"a chain of {_LENGTH} container steps", statistics.median(run for _, run in pairs), float("inf"), "s")
    yield Figure("the chain beside the script", statistics.median(run / script for script, run in pairs), _BAR, "x")


def _script(bed: Bed, count: int) -> float:
    begun = time.monotonic()
    call = f"podman run --rm {SCRATCH} {' '.join(_COMMAND)}\n"
    subprocess.run(["sh", "-ec", call * count], env=bed.environ, check=True)
    return time.monotonic() - begun


def _run(file: Path, home: Path) -> float:
    settings = Settings(home=home, slots=4)
    with wiring.opened(settings) as context:
        submission = runs.Submission(pipeline=loaded.finish(loading.start(file)).file, options=RunOptions(use_cache=False))
        begun = time.monotonic()
        run_id = runs.create(context, submission)
        drive = Drive(settings, context, run_id, wiring.unobserved, EngineLock.acquire(home))
        drive.start()
        try:
            assert drive.wait(_LIMIT)
        finally:
            drive.leave()
        took = time.monotonic() - begun
        assert runs.get(context, run_id).summary.state is RunState.SUCCEEDED
    return took
