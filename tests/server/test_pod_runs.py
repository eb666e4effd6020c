"""A step from its launch to its ending by way of a pod's two containers, without a cluster."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from bakehouse.dsl.folders import packed
from bakehouse.ir.execution import Artifact, Cause, Code, LaunchSpec
from bakehouse.ir.spec import ArtifactType, ParameterType
from bakehouse.runners.launch import Limits
from tests import memory
from tests.server.pod_runs import SYSTEM_PYTHON, Bed, Pod, is_up
from tests.server.serving import Server, served
from tests.unit.pod.mains import compiled, skip_reason
from tests.unit.runners.specs import DATASET
from tests.unit.task.attempts import until

pytestmark = skip_reason()

_PRELUDE = "from kfp import dsl\nfrom kfp.dsl import *\nfrom typing import *\n\n\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of its own."""
    with tempfile.TemporaryDirectory(prefix="bakehouse-pods-") as name:
        Path(name).chmod(0o755)
        with served(Path(name)) as started:
            yield started


@pytest.fixture(scope="module")
def bed(server: Server) -> Bed:
    """Where the pods of this module run."""
    folder = server.folder / "volumes"
    folder.mkdir()
    return Bed(server.home, server.url, compiled(server.folder), folder)


@pytest.fixture
def make(bed: Bed) -> Iterator[Callable[..., Pod]]:
    """Pods that end with their test."""
    made: list[Pod] = []

    def pod(launch: LaunchSpec, **options: object) -> Pod:
        made.append(Pod(bed, launch, **options))  # type: ignore[arg-type]  # options by name
        return made[-1]

    yield pod
    for each in made:
        each.close()


def python(bed: Bed, source: str, **changes: object) -> LaunchSpec:
    """An attempt of a Python component."""
    return replace(bed.launch(source=_PRELUDE + dedent(source)), **changes)  # type: ignore[arg-type]  # fields by name


def shell(bed: Bed, script: str, **changes: object) -> LaunchSpec:
    """An attempt of a container component."""
    return replace(bed.launch(), program=None, command=("sh", "-c", script), **changes)  # type: ignore[arg-type]  # fields by name


def test_a_python_component(bed: Bed, make: Callable[..., Pod], tmp_path: Path) -> None:
    """Inputs, parameters, outputs, metrics with a step and the log are those of a local step."""
    rows = tmp_path / "rows.csv"
    rows.write_text("a,b\n")
    launch = python(
        bed,
        """
        def f(rows: Input[Dataset], word: str, data: Output[Dataset], found: Output[Metrics]) -> int:
            print("reading", rows.path.rpartition("/")[2])
            with open(rows.path) as file, open(data.path, "w") as out:
                out.write(file.read() + word)
            data.metadata["rows"] = 1
            found.log_metric("loss", 0.5, step=1)
            return len(word)
        """,
        parameters={"word": "ä" * 100_000},
        inputs={"rows": (Artifact("rows", DATASET, str(rows)),)},
        output_parameters={"Output": ParameterType.NUMBER_INTEGER},
    )
    found = Artifact("found", ArtifactType("system.Metrics", "0.0.1"), f"{launch.root}/found")
    pod = make(replace(launch, output_artifacts={**launch.output_artifacts, "found": found}))
    ending = pod.run()
    assert ending.cause is None, ending.error
    assert ending.outputs.parameters == {"Output": 100_000}
    [data] = ending.outputs.artifacts["data"]
    assert (data.uri, data.metadata["rows"], data.size) == (f"{launch.root}/data", 1, 200_004)
    assert pod.log == b"reading rows.csv\n"
    assert pod.folder.series.read_text().startswith('["found", "loss", 1, 0.5,')
    assert ending.usage.cpu_seconds
    moments = [ending.times[name] for name in ("started", "staged", "running", "ended")]
    assert moments == sorted(moments)


def test_an_exception_in_a_python_component(bed: Bed, make: Callable[..., Pod]) -> None:
    """The author's own line is known."""
    ending = make(python(bed, "def f():\n    raise KeyError('x')\n", output_parameters={})).run()
    assert ending.cause is Cause.USER_ERROR
    assert ending.error is not None
    assert (ending.error.type, ending.error.source_line) == ("KeyError", "raise KeyError('x')")


def test_modules_of_the_author(bed: Bed, make: Callable[..., Pod], tmp_path: Path) -> None:
    """They are unpacked beside the step."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "helping.py").write_text("answer = 42\n")
    archive = tmp_path / "code.tar"
    archive.write_bytes(packed(tmp_path / "code").data)
    launch = python(
        bed, "def f() -> int:\n    import helping\n    return helping.answer\n", output_parameters={"Output": ParameterType.NUMBER_INTEGER}
    )
    ending = make(replace(launch, code=Code("digest", str(archive)))).run()
    assert ending.outputs.parameters == {"Output": 42}


def test_folders_both_ways(bed: Bed, make: Callable[..., Pod], tmp_path: Path) -> None:
    """Of 500 files, with who may execute, and links within."""
    folder = tmp_path / "in.d"
    (folder / "deep").mkdir(parents=True)
    for number in range(500):
        (folder / "deep" / f"{number}.txt").write_text(str(number))
    (folder / "run").symlink_to("deep/1.txt")
    (folder / "deep" / "2.txt").chmod(0o755)
    launch = shell(
        bed,
        "cp -a {{$.inputs.artifacts['many'].path}} {{$.outputs.artifacts['data'].path}} && echo 7 >{{$.outputs.parameters['n'].output_file}}",
        inputs={"many": (Artifact("many", DATASET, str(folder)),)},
    )
    ending = make(launch).run()
    assert (ending.cause, ending.outputs.parameters) == (None, {"n": 7})
    [data] = ending.outputs.artifacts["data"]
    found = Path(data.uri)
    assert sorted(one.name for one in (found / "deep").iterdir()) == sorted(f"{number}.txt" for number in range(500))
    assert (str((found / "run").readlink()), os.access(found / "deep" / "2.txt", os.X_OK)) == ("deep/1.txt", True)


@pytest.mark.skipif(not Path(SYSTEM_PYTHON).exists(), reason=f"there is no {SYSTEM_PYTHON} that another user could run the keeper with")
@pytest.mark.parametrize("main", [0, 1000])
def test_containers_of_different_users(bed: Bed, make: Callable[..., Pod], tmp_path: Path, main: int) -> None:
    """The keeper is nobody, the step is anybody, and closes what it writes to all others."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "rows").write_text("rows")
    script = (
        "umask 077; id -u; mkdir -p {{$.outputs.artifacts['data'].path}};"
        "cp {{$.inputs.artifacts['x'].path}}/rows {{$.outputs.artifacts['data'].path}};"
        "echo 5 >{{$.outputs.parameters['n'].output_file}}"
    )
    pod = make(shell(bed, script, inputs={"x": (Artifact("x", DATASET, str(tmp_path / "in")),)}), users=(65532, main))
    ending = pod.run()
    assert (ending.cause, ending.outputs.parameters) == (None, {"n": 5}), (ending.error, pod.said)
    assert (Path(pod.launch.root) / "data" / "rows").read_text() == "rows"
    assert pod.log == b"%d\n" % main


@pytest.mark.parametrize(("script", "code"), [("exit 3", 3), ("no-such-program", 127), ("kill -SEGV $$", 139)])
def test_a_command_that_fails(bed: Bed, make: Callable[..., Pod], script: str, code: int) -> None:
    """By its exit code; what it printed is there."""
    pod = make(shell(bed, f"echo words; {script}"))
    ending = pod.run()
    assert (ending.cause, ending.exit_code) == (Cause.EXIT_CODE, code)
    assert pod.log.startswith(b"words\n")


def test_outputs_that_lead_to_the_keepers_own_secrets(bed: Bed, make: Callable[..., Pod]) -> None:
    """A step that puts links where its outputs were is told what is wrong; the token stays the keeper's."""
    launch = shell(
        bed, "cd $BAKEHOUSE_CHECKPOINT/.. && mv outputs o && ln -s /proc/self outputs", output_parameters={"environ": ParameterType.STRING}
    )
    pod = make(launch)
    ending = pod.run()
    assert ending.cause is Cause.BAD_OUTPUT
    assert not list((pod.folder.path / "outputs").iterdir())


@pytest.mark.parametrize("script", ["ln -s /etc/passwd $1", "mkfifo $1", "mkdir $1 && ln -s /etc/passwd $1/x", "mkdir $1 && mkfifo $1/x"])
def test_artifacts_that_are_none(bed: Bed, make: Callable[..., Pod], script: str) -> None:
    """Links that lead out, pipes: refused with the name of the artifact."""
    launch = bed.launch()
    launch = replace(launch, program=None, command=("sh", "-c", script, "sh", "{{$.outputs.artifacts['data'].path}}"))
    ending = make(launch).run()
    assert ending.cause is Cause.BAD_OUTPUT
    assert not (Path(launch.root) / "data").exists()


def test_an_input_that_is_gone(bed: Bed, make: Callable[..., Pod]) -> None:
    """The step does not begin."""
    launch = shell(bed, "echo words", inputs={"x": (Artifact("x", DATASET, "/nowhere/x", digest="blake3:1"),)})
    ending = make(launch).run()
    assert ending.cause is Cause.INPUT_MISSING


def test_a_checkpoint_goes_on_to_the_next_attempt(bed: Bed, make: Callable[..., Pod]) -> None:
    """What an attempt that failed left there is there again."""
    launch = shell(bed, "cd $BAKEHOUSE_CHECKPOINT && cat state 2>/dev/null; echo more >>state; exit 1")
    first = make(launch)
    first.run()
    first.close()
    subprocess.run(["rm", "-rf", str(first.main.folder)], check=True)
    second = make(replace(launch, attempt=replace(launch.attempt, number=2)))
    second.run()
    assert (first.log, second.log) == (b"", b"more\n")
    assert (second.folder.checkpoint / "state").read_text() == "more\nmore\n"


# ---------------------------------------------------------------- faults


def test_a_killed_main(bed: Bed, make: Callable[..., Pod]) -> None:
    """What it printed until then is in the log, the attempt is lost."""
    pod = make(shell(bed, "echo words; sleep 60")).start()
    pod.until_log(b"words\n")
    os.kill(pod.main.pid(), signal.SIGKILL)
    ending = pod.wait()
    assert (ending.cause, pod.log) == (Cause.LOST, b"words\n")


def test_a_pod_that_is_told_to_end(bed: Bed, make: Callable[..., Pod]) -> None:
    """Both containers are told; what the step says then, and that it was asked to, is there."""
    pod = make(shell(bed, "trap 'echo bye; exit 9' TERM; echo words; while :; do sleep 0.05; done")).start()
    pod.until_log(b"words\n")
    pod.folder.ask_to_stop()
    pod.terminate()
    ending = pod.wait()
    assert ending.cause is Cause.TERMINATED
    assert pod.log.startswith(b"words\n")
    assert pod.log.endswith(b"bye\n")


def test_a_pod_that_ends_before_main_began(bed: Bed, make: Callable[..., Pod]) -> None:
    """An image that cannot be pulled: the keeper waits, and is then told to end."""
    pod = make(shell(bed, "true"))
    pod.main.begin = lambda *_: pod.main  # type: ignore[method-assign]  # it never comes
    pod.start()
    assert pod.keeper is not None
    descriptors = Path(f"/proc/{pod.keeper.pid}/fd")
    until(lambda: any(one.resolve() == pod.main.folder / "alive" for one in descriptors.iterdir()))
    pod.keeper.send_signal(signal.SIGTERM)
    ending = pod.wait()
    assert ending.cause is Cause.LOST


def test_a_killed_keeper(bed: Bed, make: Callable[..., Pod]) -> None:
    """Nobody tells how it ends: that is for whoever watches the pod. What was sent is there."""
    pod = make(shell(bed, "echo words; sleep 60")).start()
    pod.until_log(b"words\n")
    assert pod.keeper is not None
    pod.keeper.kill()
    pod.wait()
    assert not pod.folder.ended()
    assert pod.log == b"words\n"


def test_an_attempt_that_was_given_up(bed: Bed, make: Callable[..., Pod]) -> None:
    """Its pod goes on and changes nothing any more; the keeper ends."""
    pod = make(shell(bed, "echo words; sleep 0.5; echo more; sleep 60")).start()
    pod.until_log(b"words\n")
    pod.folder.end({"code": None, "killed": True})
    ending = pod.wait(within=10)
    assert (ending.cause, pod.log) == (Cause.LOST, b"words\n")
    assert b"410 attempt_over" in pod.said


@pytest.mark.slow
def test_a_server_that_is_away(server: Server, bed: Bed, make: Callable[..., Pod]) -> None:
    """Whatever is under way goes on when it is back: nothing is lost, nothing comes twice."""
    port = int(server.url.rpartition(":")[2])
    lines = b"".join(b"%d\n" % number for number in range(30))
    pod = make(shell(bed, "for i in $(seq 0 29); do echo $i; sleep 0.1; done; echo 7 >{{$.outputs.parameters['n'].output_file}}")).start()
    pod.until_log(b"3\n")
    server.terminate()
    assert not is_up(server.url)
    time.sleep(1.5)
    server.arguments = ("--port", str(port))
    server.start()
    ending = pod.wait()
    assert (ending.cause, ending.outputs.parameters) == (None, {"n": 7})
    assert pod.log == lines


@pytest.mark.slow
def test_a_server_that_is_killed_while_an_artifact_arrives(server: Server, bed: Bed, make: Callable[..., Pod]) -> None:
    """It goes on where it was."""
    launch = shell(bed, "head -c 200000000 /dev/urandom >{{$.outputs.artifacts['data'].path}}", output_parameters={})
    pod = make(launch).start()
    arriving = until(lambda: list(Path(launch.root).glob(".arriving-*")))
    until(lambda: arriving[0].stat().st_size > 10_000_000)
    port = server.url.rpartition(":")[2]
    server.kill()
    server.arguments = ("--port", port)
    server.start()
    ending = pod.wait()
    assert ending.cause is None, ending.error
    assert (Path(launch.root) / "data").read_bytes() == (pod.main.folder / "artifacts" / "data").read_bytes()


# ---------------------------------------------------------------- sizes


def test_a_log_that_is_too_long(bed: Bed, make: Callable[..., Pod]) -> None:
    """It is cut as a local one is, and noted."""
    pod = make(shell(bed, "seq 1 200000"), limits=Limits(log_bytes=100_000))
    ending = pod.run()
    assert b" bytes left out here]\n" in pod.log
    assert pod.log.endswith(b"\n200000\n")
    assert "the log is cut" in ending.log_note


@pytest.mark.slow
def test_100_mb_of_output_and_of_artifact(bed: Bed, make: Callable[..., Pod]) -> None:
    """Not a byte is lost; the keeper stays within 64 MiB."""
    launch = python(
        bed,
        """
        def f(data: Output[Dataset]):
            import random, sys
            random.seed(7)
            with open(data.path, "wb") as file:
                for _ in range(100):
                    piece = random.randbytes(1_000_003)
                    file.write(piece)
                    sys.stdout.buffer.raw.write(piece) if hasattr(sys.stdout.buffer, "raw") else sys.stdout.buffer.write(piece)
        """,
        output_parameters={},
    )
    pod = make(launch, limits=Limits(log_bytes=1 << 30)).start()
    assert pod.keeper is not None
    most = 0
    while pod.keeper.poll() is None:
        most = max(most, memory.peak(pod.keeper.pid))
        time.sleep(0.02)
    ending = pod.wait()
    random.seed(7)
    expected = b"".join(random.randbytes(1_000_003) for _ in range(100))
    assert ending.cause is None, ending.error
    assert pod.log == expected
    assert (Path(launch.root) / "data").read_bytes() == expected
    assert most < 64 << 20
