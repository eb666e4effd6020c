"""What acts, in an author's file that is only loaded: it does nothing and is noted; what would need a result is told that there is none."""

from __future__ import annotations

import inspect
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bakehouse import Client, dsl, local
from bakehouse.client.client import LATER
from bakehouse.dsl import errors, only_loaded
from bakehouse.dsl.only_loaded import Kind, Note


@dsl.component
def add(a: int, b: int = 1) -> int:
    msg = "it must not run"
    raise AssertionError(msg)


@dsl.pipeline
def sums(a: int = 1) -> int:
    return add(a=a).output


@pytest.fixture(autouse=True)
def notes() -> Iterator[list[Note]]:
    """What is noted, while nothing is done."""
    noted: list[Note] = []
    only_loaded.note(noted)
    yield noted
    only_loaded.note(None)


def test_calls_run_nothing_and_are_remembered(notes: list[Note]) -> None:
    """A component's and a pipeline's, with their lines; the results can be passed on and shown."""
    local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root="x")
    task: Any = add(a=1)
    assert f"{sums(a=2).outputs['Output']} {task.output}" == "<sums.outputs['Output']: not run> <add.output: not run>"
    line = test_calls_run_nothing_and_are_remembered.__code__.co_firstlineno
    assert notes == [
        Note(Kind.LOCAL, "init", f"{__file__}:{line + 2}"),
        Note(Kind.COMPONENT, "add", f"{__file__}:{line + 3}", {"a": 1}),
        Note(Kind.COMPONENT, "sums", f"{__file__}:{line + 4}", {"a": 2}),
    ]


def test_whatever_the_file_says_of_running_is_only_remembered(notes: list[Note]) -> None:
    """Runners that there are not, too, and the list of runs; wrong arguments are told as ever."""
    local.init(local.DockerRunner())
    assert local.runs() == []
    assert [note.what for note in notes] == ["init", "runs"]
    with pytest.raises(errors.MissingInput):
        add()


@pytest.mark.parametrize(
    "use",
    [
        lambda out: out == 3,
        lambda out: out + 1,
        lambda out: [*out],
        lambda out: "yes" if out else "no",
        lambda out: [1][out],
        lambda out: 1 in out,
        lambda out: os.fspath(out.path),
    ],
)
def test_there_is_no_result_to_use(use: Callable[[Any], object]) -> None:
    """The line that wants it, and where to put it."""
    with pytest.raises(errors.OutsidePipeline, match="there is none") as caught:
        use(add(a=1).output)
    assert caught.value.place == f"{__file__}:{use.__code__.co_firstlineno}"
    assert "__main__" in (caught.value.remedy or "")


class _Team(Client):
    """A client as users extend it."""

    def started(self, n: int) -> Any:
        """A run with their own names."""
        return self.create_run_from_pipeline_func(sums, {"a": n})


def test_a_client_notes_and_stays_what_it_is(notes: list[Note], capsys: pytest.CaptureFixture[str]) -> None:
    """With the line of the call; methods that users add run, and a file goes on with what a call gives."""
    client = _Team("http://example.org", client_id="x", namespace="team")
    run = client.started(1)
    ended: Any = client.wait_for_run_completion(run.run_id, timeout=60)
    assert isinstance(client, _Team)
    assert client.get_user_namespace() == "team"
    assert f"{ended.state}" == "<wait_for_run_completion(…).state: not run>"
    line = test_a_client_notes_and_stays_what_it_is.__code__.co_firstlineno
    assert [note.what for note in notes] == ["create_run_from_pipeline_func", "wait_for_run_completion"]
    assert notes[1] == Note(Kind.CLIENT, "wait_for_run_completion", f"{__file__}:{line + 4}")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("method", [*LATER, *(name for name, one in inspect.getmembers(Client, inspect.isfunction) if not name.startswith("_"))])
def test_whatever_would_ask_a_server_is_noted(method: str, notes: list[Note]) -> None:
    """Also what this client does not have yet: an installed kfp may send the file."""
    function = getattr(Client(), method)
    names = [] if method in LATER else [*inspect.signature(function).parameters]
    function(**dict.fromkeys(names, "x"))
    assert [note.what for note in notes] == ([] if method == "get_user_namespace" else [method])


def _polled(client: Any) -> None:
    while client.get_run("1").state not in {"SUCCEEDED", "FAILED"}:
        time.sleep(1)


@pytest.mark.parametrize(
    "use",
    [
        _polled,
        lambda client: client.get_run("1").state in ("SUCCEEDED", "FAILED"),  # as many write it
        lambda client: list(client.list_runs().runs),
        lambda client: "made" if client.get_experiment(experiment_name="e") else "not made",
        lambda client: client.get_run("1").state == "SUCCEEDED",
    ],
)
def test_there_is_no_answer_to_use(use: Callable[[Any], object]) -> None:
    """A loop that polls does not go on for ever, one over runs ends with the remedy."""
    with pytest.raises(errors.OutsidePipeline, match="there is none") as caught:
        use(Client())
    assert (caught.value.place or "").startswith(f"{__file__}:")
    assert "__main__" in (caught.value.remedy or "")
