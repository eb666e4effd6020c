"""Components and pipelines that are called outside a pipeline, on real runs."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bakehouse import dsl, local
from bakehouse.actions import runs
from bakehouse.app import attending, driving, settings, wiring
from bakehouse.app.settings import Settings
from bakehouse.dsl.errors import WrongValue
from bakehouse.local.errors import RunCanceled, RunFailed
from bakehouse.orchestrator.states import RunState
from bakehouse.records.views import RunView
from tests.e2e import local_components
from tests.e2e.local_components import Color, Paint, add, count, fail, load, mix, nested, sums, tell, wait
from tests.home import Home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = Home(tmp_path_factory.mktemp("local"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAKEHOUSE_HOME", str(made.path))
        yield made
    local.reset()


def _view(run: str) -> RunView:
    with wiring.opened(settings.from_environment()) as context:
        return runs.get(context, run)


def test_a_component_runs_at_once(home: Home) -> None:
    """Its output is what Python has; the run is one like others, with its log; the same again is reused."""
    task: Any = add(a=1)
    assert (task.output, task.state, task.name) == (2, "SUCCEEDED", "add")
    again: Any = add(a=1)
    assert again.output == 2
    (step,) = _view(again.run_id).steps
    assert step.cached_from == task.run_id
    assert home.call("runs", "logs", task.run_id, "add").stdout == "adding\n"


def test_values_are_of_the_classes_that_the_function_names(home: Home) -> None:
    """An Enum goes in and a dataclass comes out, though JSON is what travels; a value that is not allowed is refused before anything runs."""
    assert mix(Color.BLUE).output == Paint(Color.BLUE, 1.0)
    with pytest.raises(WrongValue, match="can be 'red' or 'blue'"):
        mix("green")


def test_artifacts_go_from_call_to_call(home: Home) -> None:
    """They can be opened here; metrics, which have no file, too; their metadata go with them. An optional one may be left out."""
    made: Any = load(n=5)
    assert Path(made.outputs["data"].path).read_text() == "xxxxx"
    counted: Any = count(data=made.outputs["data"], metrics=made.outputs["metrics"])
    assert dict(counted.outputs) == {"size": 5, "names": ["loss"], "rows": {"rows": 5}}
    without: Any = count(data=made.outputs["data"])
    assert without.outputs["names"] == []
    (row,) = (one for one in local.runs(limit=3).to_dict("records") if one["id"] == made.run_id)
    assert (row["pipeline"], row["state"], row["parameters.n"], row["metrics.loss"]) == ("load", "SUCCEEDED", 5, 0.5)


def test_modules_travel_and_warnings_are_told(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As with `bakehouse run`: the folder reaches the step, and an output that it never wrote is told where the run is shown."""
    del home
    (tmp_path / "helpers.py").write_text("N = 7\n")

    @dsl.component(code=tmp_path)
    def report(page: dsl.Output[dsl.HTML]) -> int:
        import helpers  # type: ignore[import-not-found]  # noqa: PLC0415  # in the step

        open(f"{page.path}.html", "w").close()  # noqa: PTH123  # as users write it
        return int(helpers.N)

    task: Any = report()
    assert task.outputs["Output"] == 7
    assert "warning: report: page was never written; beside its path lies page.html" in capsys.readouterr().err


def test_a_pipeline_and_an_exit_task_run_too(home: Home) -> None:
    """A pipeline gives its outputs; the status that a pipeline fills in is given by hand."""
    total: Any = sums(a=10)
    assert total.output == 14
    told: Any = tell(status=dsl.PipelineTaskFinalStatus("FAILED", "job", "train", 1, "no"))
    assert told.output == "train FAILED: no"


def test_a_failure_is_raised_with_what_is_needed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step, the author's line, the end of its log, the command for the rest; or, if that is wanted, told by the state alone."""
    with pytest.raises(RunFailed) as caught:
        fail(text="no")
    error, line = caught.value, f"{local_components.__file__}:{fail.python_func.__code__.co_firstlineno + 3}"
    assert isinstance(error, RuntimeError)
    assert (error.task, error.place) == ("fail", line)
    for part in ("fail failed: ValueError: no", line, "| about to", f"bakehouse runs logs {error.run[:8]} fail"):
        assert part in str(error)
    local.init(local.SubprocessRunner(), raise_on_error=False)
    task: Any = fail(text="no")
    local.reset()
    assert (task.state, dict(task.outputs), task.error.type) == ("FAILED", {}, "ValueError")


def test_init_says_where_and_with_what(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Artifacts lie below its root, steps see this environment's packages, and a step that calls a component is refused."""
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(tmp_path / "out"))
    made: Any = load(n=1)
    assert made.outputs["data"].path.startswith(f"{tmp_path}/out/")
    with pytest.raises(RunFailed, match=r"inner is called inside the step nested"):
        nested()


def test_calls_from_threads_and_under_a_running_loop(home: Home) -> None:
    """Each is a run of its own, whoever else waits for one."""
    found: list[Any] = []

    async def main() -> Any:
        return add(a=20).output

    def call(n: int) -> None:
        found.append(add(a=n, b=n).output)

    threads = [threading.Thread(target=call, args=(n,)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    assert asyncio.run(main()) == 21
    for thread in threads:
        thread.join()
    assert sorted(found) == [2, 4]


def test_an_interrupt_ends_the_run(home: Home, tmp_path: Path) -> None:
    """The step gets TERM; then `KeyboardInterrupt` is raised, as for any code. The handler from before is there again."""
    started, before = tmp_path / "started", signal.getsignal(signal.SIGINT)

    def press() -> None:
        while not started.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    pressing = threading.Thread(target=press)
    pressing.start()
    with pytest.raises(KeyboardInterrupt):
        wait(started=str(started))
    pressing.join()
    assert _view("latest").summary.state is RunState.CANCELED
    assert signal.getsignal(signal.SIGINT) is before


def test_a_run_that_nobody_waits_for_is_ended(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where something breaks while it is waited for, an engine in the background gets the run, and ends it."""
    detached: list[Settings] = []

    def broken(*_given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(driving, "detach", detached.append)
    monkeypatch.setattr(attending, "attend", broken)
    with pytest.raises(ZeroDivisionError):
        add(a=77)
    (chosen,) = detached
    driving.serve_engine(chosen, idle_exit=0.0)
    view = _view("latest")
    assert (view.parameters, view.summary.state) == ({"a": 77}, RunState.CANCELED)


def test_a_run_that_somebody_else_ends_is_no_result(home: Home, tmp_path: Path) -> None:
    """`bakehouse runs terminate`, or the button on its page."""
    started = tmp_path / "started"

    def end() -> None:
        while not started.exists():
            time.sleep(0.01)
        home.call("runs", "terminate", "latest")

    ending = threading.Thread(target=end)
    ending.start()
    with pytest.raises(RunCanceled, match="was ended before it was done"):
        wait(started=str(started))
    ending.join()


def test_a_file_is_a_program_and_a_pipeline_file(home: Home, tmp_path: Path) -> None:
    """`python FILE` runs what it calls; `bakehouse run FILE` runs the pipeline, and says what it did not call."""
    file = tmp_path / "pipeline.py"
    file.write_text(
        "from bakehouse import dsl\n\n\n@dsl.component\ndef add(a: int, b: int = 1) -> int:\n    return a + b\n\n\n"
        "@dsl.pipeline\ndef total(a: int = 1) -> int:\n    return add(a=a).output\n\n\nprint(total(a=5).output)\n"
    )
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout == "6\n"
    said = home.call("run", str(file))
    assert "total(…) at " in said.stderr
    assert "is not run: the file is only loaded" in said.stderr
