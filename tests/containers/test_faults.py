"""Stops, endless logs, and everybody who may die while a container runs."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import AttemptId, Cause, LaunchSpec
from bakehouse.orchestrator.events import Ended, Remarked
from bakehouse.runners import containers
from bakehouse.runners.fates import EverybodyLives, Fate
from tests.containers.bed import IN_SRV, PYTHON, SCRATCH, Bed
from tests.containers.running import InContainers, busybox, proofs, python
from tests.faults.local_attempts import message, until

pytestmark = pytest.mark.containers

#: A line every 20 ms for 2.4 s, and before them one line in a file for each start.
_TICKS = """
with open(proof_file, "a") as file:
    file.write("started\\n")
for number in range(120):
    print(f"tick {number}", flush=True)
    time.sleep(0.02)
with open(out, "w") as file:
    file.write("5")
"""
TICKS = [f"tick {number}" for number in range(120)]


def ticking(running: InContainers, kind: str) -> LaunchSpec:
    """A step that prints for 2.4 s, in a Python component or in any other container."""
    body = "import time\nfor n in range(120):\n    print(f'tick {n}')\n    time.sleep(0.02)"
    launch = python(running.home, body=body)
    if kind == "python":
        return launch
    head = "import sys, time\nout, proof_file = sys.argv[1:]"
    proof = "{{$.inputs.parameters['proof']}}"
    args = ("{{$.outputs.parameters['Output'].output_file}}", proof)
    return replace(launch, program=None, image=PYTHON, command=("python3", "-c", head + _TICKS), args=args)


@pytest.mark.parametrize("kind", ["python", "other"])
def test_who_takes_over_loses_nothing(bed: Bed, tmp_path: Path, kind: str) -> None:
    """A runner that is gone while the container runs, and one more that comes when it is over: one start, every line once, one ending."""
    first = InContainers(tmp_path, bed)
    launch = first.launched(ticking(first, kind))
    until(lambda: first.log(launch).count(b"\n") > 20)
    first.close()
    second = InContainers(tmp_path, bed)
    second.runner.adopt(launch)
    second.started()
    until(lambda: second.log(launch).count(b"\n") > 60)
    second.close()
    until(lambda: _is_over(bed, tmp_path, launch), 30)
    third = InContainers(tmp_path, bed)
    third.runner.adopt(launch)
    ending = third.ended()
    assert (ending.cause, ending.outputs.parameters) == (None, {"Output": 5})
    assert third.log(launch).decode().splitlines() == TICKS
    assert len(proofs(launch)) == 1
    until(lambda: bed.containers() == [])
    third.runner.adopt(launch)  # once more, as after an engine that recorded nothing: what is in the folder tells
    assert third.ended().outputs.parameters == {"Output": 5}
    third.close()


def _is_over(bed: Bed, home: Path, launch: LaunchSpec) -> bool:
    name = containers.name(home.name, launch.attempt)
    return bed.podman("inspect", "--format", "{{.State.Status}}", name).strip() == "exited"


@pytest.mark.parametrize("kind", ["python", "other"])
def test_a_container_engine_that_dies_ends_no_step(running: InContainers, bed: Bed, kind: str) -> None:
    """The step goes on; what cannot be told of it meanwhile is said, and everything is told when the engine is back."""
    launch = running.launched(ticking(running, kind))
    until(lambda: running.log(launch).count(b"\n") > 20)
    bed.kill()
    remark = running.events.get(timeout=30)
    assert isinstance(remark, Remarked), remark
    assert "does not answer" in remark.what
    bed.start()
    events = [running.events.get(timeout=30)]
    while not isinstance(events[-1], Ended):
        events.append(running.events.get(timeout=30))
    assert events[-1].ending.outputs.parameters == {"Output": 5}
    assert running.log(launch).decode().splitlines() == TICKS
    assert len(proofs(launch)) == 1


def test_an_engine_that_dies_between_making_and_starting(bed: Bed, tmp_path: Path) -> None:
    """The container was never started, and is by nobody else: whoever takes over removes it, and the attempt gets a successor."""
    first = InContainers(tmp_path, bed)
    launch = first.placed(busybox(tmp_path, "step", 'echo 5 > "$0"; echo once'))
    container = first.runner._claimed(launch)
    assert container is not None
    first.connection().create(container)
    second = InContainers(tmp_path, bed)
    second.runner.adopt(launch)
    assert second.ended().cause is Cause.LOST
    assert second.connection().state(container.name) is None
    first.runner._start(first.connection(), launch)
    assert second.connection().state(container.name) is None
    assert first.silent()
    for each in (first, second):
        each.close()


def test_an_attempt_that_was_claimed_and_not_made_is_lost(bed: Bed, tmp_path: Path) -> None:
    """Nobody knows whether it was started and removed: it gets a new number. One that nobody claimed never starts any more."""
    first = InContainers(tmp_path, bed)
    claimed = first.placed(busybox(tmp_path, "claimed", "b true"))
    first.runner._claimed(claimed)
    first.runner.adopt(claimed)
    assert first.ended().cause is Cause.LOST
    unclaimed = busybox(tmp_path, "unclaimed", "b true")
    first.runner.adopt(unclaimed)
    assert first.ended().cause is Cause.LOST
    first.runner.launch(replace(unclaimed, place=claimed.place))
    assert first.silent(1.0)
    first.close()


def test_a_container_that_is_removed_by_hand_is_lost(bed: Bed, tmp_path: Path) -> None:
    """It says what became of it. Whoever looks while it is removed may also find it killed, so nobody does here."""
    first, second = InContainers(tmp_path, bed), InContainers(tmp_path, bed)
    launch = first.launched(busybox(tmp_path, "step", "b sleep 60"))
    first.close()
    bed.podman("rm", "--force", "--time=0", containers.name(tmp_path.name, launch.attempt))
    second.runner.adopt(launch)
    ending = second.ended()
    assert ending.cause is Cause.LOST
    assert "the container of the step is gone" in message(ending)
    second.close()


class Recorded(EverybodyLives):
    """What became of attempts; of all others there is no run."""

    def __init__(self, fates: Mapping[AttemptId, Fate]) -> None:
        self._fates = fates

    def attempt(self, attempt: AttemptId) -> Fate:
        """What became of this one."""
        return self._fates.get(attempt, Fate.UNKNOWN)


def test_what_nobody_needs_is_removed(bed: Bed, tmp_path: Path) -> None:
    """A container whose run was deleted, and one of an attempt that is over; not that of another home, nor one that is to be taken over."""
    first = InContainers(tmp_path, bed)
    kept, over, deleted = (first.launched(busybox(tmp_path, name, "b sleep 60")) for name in ("kept", "over", "deleted"))
    first.close()
    names = [containers.name(tmp_path.name, one.attempt) for one in (kept, over, deleted)]
    bed.podman("create", "--name", "of-another", "--label", "bakehouse.home=another", SCRATCH, "/bin/busybox")
    second = InContainers(tmp_path, bed, fates=Recorded({kept.attempt: Fate.OPEN, over.attempt: Fate.OVER}))
    second.runner.adopt(kept)
    second.started()
    until(lambda: sorted(bed.containers()) == sorted([names[0], "of-another"]))
    second.close()
    bed.podman("rm", "--force", "--time=0", *bed.containers())


def test_two_runners_start_an_attempt_once(bed: Bed, tmp_path: Path) -> None:
    """Whoever claims it first does; the other says nothing."""
    both = InContainers(tmp_path, bed), InContainers(tmp_path, bed)
    launch = both[0].placed(python(tmp_path))
    for each in both:
        each.runner.launch(launch)
    until(lambda: any(each.events.qsize() == 2 for each in both), 30)
    assert sorted(each.events.qsize() for each in both) == [0, 2]
    assert proofs(launch) == ["step"]
    for each in both:
        each.close()


# ---------------------------------------------------------------- stops


@pytest.mark.parametrize("kind", ["python", "other"])
def test_a_step_is_stopped(running: InContainers, kind: str) -> None:
    """TERM, and it ends by itself."""
    script = "b trap 'exit 0' TERM; b sleep 60 & wait"
    other = replace(busybox(running.home, "step", ""), image=IN_SRV, command=("/bin/sh", "-c", script.replace("b ", "")), args=())
    launch = running.launched(python(running.home, body="import time; time.sleep(60)") if kind == "python" else other)
    if kind == "python":
        until(lambda: proofs(launch))
    started = time.monotonic()
    running.runner.stop(launch.attempt)
    assert running.ended().cause is Cause.TERMINATED
    assert time.monotonic() - started < 10
    until(lambda: running.bed.containers() == [])


@pytest.mark.parametrize("kind", ["python", "other"])
def test_a_step_that_ignores_the_wish_is_killed(running: InContainers, kind: str) -> None:
    """After the time it was given. The first process of a container hears no TERM unless it asks for it."""
    body = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf')\ntime.sleep(60)"
    launch = running.launched(python(running.home, body=body) if kind == "python" else busybox(running.home, "step", "echo deaf; b sleep 60"))
    until(lambda: running.log(launch) == b"deaf\n")
    running.runner.stop(launch.attempt)
    assert running.ended().cause is Cause.TERMINATED


def test_who_takes_over_ends_what_was_to_end(bed: Bed, tmp_path: Path) -> None:
    """The wish is in the folder of the attempt."""
    first = InContainers(tmp_path, bed)
    launch = first.launched(busybox(tmp_path, "step", "b sleep 60"))
    first.close()
    first.runner.folder(launch.attempt).ask_to_stop()
    second = InContainers(tmp_path, bed)
    second.runner.adopt(launch)
    second.started()
    assert second.ended().cause is Cause.TERMINATED
    second.close()


# ---------------------------------------------------------------- logs


@pytest.mark.parametrize("kind", ["python", "other"])
def test_a_step_may_print_without_end(running: InContainers, kind: str) -> None:
    """100 MB: the log is cut with a note; neither hangs nor fills our memory, and what is kept is its beginning and its end."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = "import sys\nfor n in range(100_000):\n    sys.stdout.write(f'{n:07d} ' + 'x' * 991 + '\\n')"
    launch = python(running.home, body=lines)
    if kind == "other":
        launch = replace(launch, program=None, command=("python3", "-c", lines), args=(), output_parameters={})
    ending = running.run(launch, seconds=180)
    assert ending.cause is None, ending
    assert "the log is cut: the step wrote 100,000,000 bytes" in ending.log_note
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB
    path = running.runner.folder(launch.attempt).path / "log"
    assert path.stat().st_size <= 65 << 20
    with path.open("rb") as file:
        assert file.readline().startswith(b"0000000 ")
        file.seek(-1000, os.SEEK_END)
        assert file.read().startswith(b"0099999 ")
