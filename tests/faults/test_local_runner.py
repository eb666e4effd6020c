"""Steps of every kind, run by the local runner as processes of this machine."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import Artifact, Cause, LaunchSpec
from bakehouse.orchestrator.ports import Environment
from bakehouse.storage.files import NOTHING
from bakehouse.storage.local import LocalStore
from tests.faults.local_attempts import DATASET, Running, attempt, message, proofs, until


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    yield running
    running.runner.close()


def children() -> set[str]:
    """The processes that this one has started and not reaped, zombies among them."""
    found: set[str] = set()
    for thread in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # the thread has ended meanwhile
            found.update((thread / "children").read_text().split())
    return found


def consumer(running: Running, path: Path, body: str, task: str = "consumer") -> LaunchSpec:
    """A step with one recorded input."""
    digest, size = LocalStore().digest(str(path)) or (NOTHING, 0)
    launch = attempt(running.home, task, body=body)
    assert launch.program is not None
    source = launch.program.source.replace("data: Output", "raw: Input[Dataset], data: Output")
    recorded = Artifact("raw", DATASET, str(path), digest=digest, size=size)
    return replace(launch, program=replace(launch.program, source=source), inputs={"raw": (recorded,)})


def test_a_step_gives_what_it_declares(running: Running) -> None:
    """Value, artifact, log, times and usage; the artifact is protected."""
    launch = attempt(running.home, body="print('hello')\nopen(data.path, 'w').write('rows')\ndata.metadata['rows'] = 1")
    ending = running.run(launch)
    assert ending.cause is None, ending
    assert ending.outputs.parameters == {"Output": 5}
    [data] = ending.outputs.artifacts["data"]
    assert (data.digest, data.size) == LocalStore().digest(data.uri)
    assert data.metadata == {"rows": 1}
    assert not Path(data.uri).stat().st_mode & 0o222
    assert b"hello" in running.log(launch)
    assert list(ending.times) == ["launched", "started", "running", "ended", "collected"]
    assert sorted(ending.times.values()) == list(ending.times.values())
    assert ending.usage.cpu_seconds
    assert (ending.usage.peak_memory or 0) > 1 << 20


def test_a_raised_error_is_the_users(running: Running) -> None:
    """With its message and the line it was raised on."""
    ending = running.run(attempt(running.home, body="raise ValueError('no rows')"))
    assert ending.cause is Cause.USER_ERROR
    assert "no rows" in message(ending)
    assert ending.error is not None
    assert ending.error.source_line.strip() == "raise ValueError('no rows')"


@pytest.mark.parametrize(("body", "words"), [("import os; os._exit(3)", "exit code 3"), ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL")])
def test_an_exit_without_a_word_has_a_sentence(running: Running, body: str, words: str) -> None:
    """Code or signal."""
    ending = running.run(attempt(running.home, body=body))
    assert ending.cause is Cause.EXIT_CODE
    assert words in message(ending)


def test_a_step_may_print_without_end(running: Running) -> None:
    """100 MB: the log is cut with a note, and neither hangs nor fills the engine's memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    launch = attempt(running.home, body="import sys\nfor _ in range(100):\n    sys.stdout.write('x' * 1_000_000)")
    ending = running.run(launch, seconds=60)
    assert ending.cause is None
    assert "the log is cut: the step wrote 100,000,000 bytes" in ending.log_note
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB
    assert (running.runner.folder(launch.attempt).path / "log").stat().st_size <= 65 << 20


def test_a_daemon_of_a_step_does_not_hold_it(running: Running) -> None:
    """It keeps the step's output open and lives on: the attempt ends with the step."""
    body = """
    import os, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(30)
        os._exit(0)
    """
    started = time.monotonic()
    assert running.run(attempt(running.home, body=body)).cause is None
    assert time.monotonic() - started < 10


def test_a_step_is_stopped_at_once(running: Running) -> None:
    """TERM to its process group."""
    running.launched(launch := attempt(running.home, body="import time; time.sleep(60)"))
    until(lambda: proofs(running.home))
    started = time.monotonic()
    running.runner.stop(launch.attempt)
    assert running.ended().cause is Cause.TERMINATED
    assert time.monotonic() - started < 1.0


def test_a_step_that_ignores_the_wish_is_killed(running: Running) -> None:
    """After the time it was given."""
    body = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf')\ntime.sleep(60)"
    running.launched(launch := attempt(running.home, body=body))
    until(lambda: b"deaf" in running.log(launch))
    started = time.monotonic()
    running.runner.stop(launch.attempt)
    assert running.ended().cause is Cause.TERMINATED
    assert 0.9 < time.monotonic() - started < 4


def test_a_step_that_was_stopped_before_it_started_never_starts(running: Running) -> None:
    """The wish waits for it in its folder."""
    launch = running.placed(attempt(running.home))
    running.runner.stop(launch.attempt)
    running.runner.launch(launch)
    assert running.ended().cause is Cause.TERMINATED
    assert proofs(running.home) == []


def test_no_step_can_change_anothers_input(running: Running) -> None:
    """Whatever it tries on what it was handed: the recorded artifact stays, and the result may be cached."""
    made = running.run(attempt(running.home, "producer", body="open(data.path, 'w').write('rows')")).outputs.artifacts["data"][0]
    body = """
    import os
    assert open(raw.path).read() == "rows"
    for act in (lambda: open(raw.path, "w").write("mine"), lambda: os.chmod(raw.path, 0o600), lambda: os.unlink(raw.path)):
        try:
            act()
        except OSError:
            pass
    """
    ending = running.run(consumer(running, Path(made.uri), body))
    assert ending.cause is None, ending
    assert LocalStore().digest(made.uri) == (made.digest, made.size)
    assert ending.inputs_unchanged


def test_an_input_that_changes_meanwhile_spoils_the_cache(running: Running, tmp_path: Path) -> None:
    """The result counts, but is never offered again."""
    path = tmp_path / "input"
    path.write_text("one")
    launch = consumer(running, path, "import time; time.sleep(0.5)")
    running.launched(launch)
    until(lambda: proofs(running.home))
    path.write_text("two")
    ending = running.ended()
    assert ending.cause is None
    assert not ending.inputs_unchanged


@pytest.mark.parametrize("gone", [True, False])
def test_a_step_whose_input_is_gone_does_not_start(running: Running, tmp_path: Path, gone: bool) -> None:  # noqa: FBT001  # a case
    """Or was changed: the message names it."""
    path = tmp_path / "input"
    path.write_text("one")
    launch = running.placed(consumer(running, path, ""))
    path.unlink() if gone else path.write_text("two")
    running.runner.launch(launch)
    ending = running.ended()
    assert ending.cause is Cause.INPUT_MISSING
    assert str(path) in message(ending)
    assert ending.error is not None
    assert ending.error.remedy
    assert proofs(running.home) == []


def test_an_input_that_was_never_written_may_be_passed_on(running: Running, tmp_path: Path) -> None:
    """Metrics have no file: their consumer gets them all the same."""
    assert running.run(consumer(running, tmp_path / "never", "assert raw.path")).cause is None


def test_an_environment_deleted_meanwhile_is_made_again(running: Running) -> None:
    """Between prepare and launch; the step runs as if nothing had happened."""
    launch = running.placed(attempt(running.home))
    assert launch.place is not None
    Path(launch.place.interpreter).unlink()
    (Path(launch.place.interpreter).parent.parent / "bakehouse-lock.txt").unlink()
    running.runner.launch(launch)
    running.started()
    assert running.ended().cause is None


def test_a_spawn_that_fails_leaves_nothing_behind(running: Running, tmp_path: Path) -> None:
    """No descriptor, no lock, and a sentence; another engine finds the attempt lost, not running."""
    broken = tmp_path / "python"
    broken.write_text("not a program")
    launch = running.placed(attempt(running.home))
    assert launch.place is not None
    launch = replace(launch, place=replace(launch.place, interpreter=str(broken)))
    before = len(list(Path("/proc/self/fd").iterdir()))
    running.runner.launch(launch)
    ending = running.ended()
    assert ending.cause is not None
    assert "the step cannot be started" in message(ending)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert not running.runner.folder(launch.attempt).running()


def test_a_variable_that_cannot_be_set_is_named(running: Running) -> None:
    """It is the pipeline's own mistake, and no infrastructure fault that would be tried again."""
    launch = running.placed(attempt(running.home, env={"A": "nul\0"}))
    running.runner.launch(launch)
    ending = running.ended()
    assert ending.cause is Cause.ENVIRONMENT
    assert "environment variables" in message(ending)


def test_a_disk_that_refuses_is_a_fault_of_the_store(running: Running) -> None:
    """Retried by the engine, and said as the system says it."""
    launch = running.placed(attempt(running.home))
    blocked = running.runner.folder(launch.attempt).path.parent
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where the folder should be")
    running.runner.launch(launch)
    ending = running.ended()
    assert ending.cause is Cause.STORE
    assert str(blocked) in message(ending)


def test_no_zombies_are_left(running: Running) -> None:
    """Every child is reaped by the time its end is told."""
    before = children()
    for number in range(5):
        assert running.run(attempt(running.home, f"step-{number}")).cause is None
    assert children() - before == set()


def test_a_step_sees_no_packages_that_it_does_not_ask_for(running: Running) -> None:
    """Not even those that Bakehouse itself needs, nor pip, nor the folder it was started in."""
    ending = running.run(attempt(running.home, body="for name in ('blake3', 'pip', 'bakehouse.runners'):\n    __import__(name)"))
    assert ending.cause is Cause.USER_ERROR
    assert "No module named 'blake3'" in message(ending)


def test_the_current_environment_can_be_lent(tmp_path: Path) -> None:
    """Then a step sees what its caller sees, and the lock says what that is."""
    running = Running(tmp_path, environment=Environment.CURRENT)
    launch = running.placed(attempt(tmp_path, body="import blake3"))
    assert launch.place is not None
    assert "blake3==" in launch.place.lock
    running.runner.launch(launch)
    running.started()
    assert running.ended().cause is None
    running.runner.close()


def test_container_components_are_refused(running: Running) -> None:
    """With what to do instead, before anything starts."""
    running.runner.prepare(attempt(running.home, program=None))
    event = running.events.get(timeout=5)
    assert "container engine" in event.error.remedy  # type: ignore[union-attr]  # NotPrepared
