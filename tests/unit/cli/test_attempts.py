"""One step as `bakehouse runs show RUN --task STEP` prints it."""

from __future__ import annotations

from dataclasses import replace

from bakehouse.cli.display import attempts
from bakehouse.ir.execution import Artifact, AttemptId, Code, LaunchSpec, Origin, Program, Requests, StepError, TaskId, Usage
from bakehouse.ir.spec import ArtifactType
from bakehouse.orchestrator.suggestions import Resource, Suggestion
from bakehouse.records.views import AttemptView, TaskView
from tests.unit.app import samples

_LAUNCH = LaunchSpec(AttemptId(samples.RUN, TaskId("train"), 1), "p", "python:3.11", origin=Origin("/files/p.py", 3))
_TIMES = {
    "preparing": 1.0,
    "queued": 3.0,
    "opened": 6.0,
    "launched": 6.5,
    "started": 7.0,
    "staged": 9.0,
    "running": 9.5,
    "ended": 20.0,
    "collected": 20.25,
}


def _lines(task: TaskView, *suggested: Suggestion) -> list[str]:
    return [line.text for line in attempts.step_page(task, suggested, 100.0)]


def test_all_that_is_recorded_of_an_attempt_is_shown() -> None:
    """What it executed, asked for and used, where the time went, what was installed; inputs with their digests."""
    program = Program("def train(): ...", "train", ("six", "tool @ git+https://me:secret@host/tool"))
    attempt = AttemptView(
        number=1,
        state="SUCCEEDED",
        cause="",
        exit_code=0,
        error=None,
        usage=Usage(8.0, 1_100_000_000),
        times=_TIMES,
        environment_lock="six==1.17.0\ntool==1\n",
        environment_digest="e" * 64,
        code="c" * 64,
        requests=Requests(0.5, 8 * 10**9),
        launch=replace(_LAUNCH, program=program, code=Code("a" * 64, "/home/code/a.tar", "src")),
    )
    data = Artifact("data", ArtifactType("system.Dataset"), "/data", digest=f"blake3:{'d' * 64}", size=16)
    task = replace(
        samples.task("train"), attempts=(attempt,), inputs={"n": 1}, input_artifacts={"table": [data], "far": [replace(data, digest="", size=None)]}
    )
    suggestion = Suggestion("comp-train", TaskId("train"), 3, Resource.MEMORY, 8e9, 1.1e9, "1500M")
    assert _lines(task, suggestion, replace(suggestion, tasks=1, resource=Resource.CPU, asked=0.0, measured=1.93, suggested="2"))[1:] == [
        "",
        "Inputs",
        "  n      1",
        "  table  /data  16 B, blake3:dddddddddddddddd",
        "  far    /data  never read",
        "",
        "Attempt 1",
        "  state         succeeded, exit code 0",
        "  function      train at /files/p.py:3",
        "  requirements  six, tool @ git+https://host/tool",
        "  modules       src aaaaaaaaaaaaaaaa",
        "  code          cccccccccccccccc",
        "  environment   eeeeeeeeeeeeeeee",
        "  asked for     0.5 CPUs, 8.0 GB of memory",
        "  used          CPU 8.0 s, peak memory 1.1 GB",
        "  phases        preparing 2.0 s, queued 3.0 s, starting 1.5 s, staging 2.0 s, running 11 s, collecting 250 ms",
        "  packages",
        "    six==1.17.0",
        "    tool==1",
        "",
        "Suggested requests",
        '  train and 2 more  .set_memory_request("1500M")  peak memory 1.1 GB; asked for 8.0 GB',
        '  train             .set_cpu_request("2")         kept 1.9 CPUs busy; asked for nothing',
    ]


def test_what_is_not_known_is_left_out() -> None:
    """Of an attempt that an older Bakehouse recorded, or that never ran."""
    launch = replace(_LAUNCH, command=("sh", "-c"), args=("echo 'a b'\n",))
    lost = AttemptView(1, "FAILED", "lost", None, StepError("gone"), Usage(), {"opened": 1.0}, "", launch=launch)
    assert _lines(replace(samples.task("train"), attempts=(lost,)))[1:] == [
        "",
        "Attempt 1",
        "  state    failed (lost)",
        "  command  sh -c 'echo '\"'\"'a b'\"'\"'\\n'",
        "  image    python:3.11",
        "  error    gone",
    ]
    assert len(_lines(samples.reused("train"))) == 1
