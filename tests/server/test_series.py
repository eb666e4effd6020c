"""Series of metrics over HTTP and in the event stream: while a step runs, over its attempts, over several runs, whatever lies in the files."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.ir.execution import AttemptId, Outputs, TaskId
from bakehouse.orchestrator.commands import AttemptOpened, AttemptStarted
from bakehouse.orchestrator.events import CachedResult
from bakehouse.server import positions
from tests.server.listening import listening, log_query, played
from tests.server.recorded import Recorded, recorded
from tests.server.serving import API, get


def file_of(run: Recorded, attempt: AttemptId) -> Path:
    """Where a step appends its points."""
    return runs.attempt_folder(run.context, attempt.path) / "series"


def log(run: Recorded, attempt: AttemptId, *points: tuple[int, float], metric: str = "loss", output: str = "m") -> None:
    """A step logs points."""
    with file_of(run, attempt).open("a") as file:
        file.writelines(json.dumps([output, metric, step, value, 1000.5]) + "\n" for step, value in points)


def again(run: Recorded, task: str, number: int) -> AttemptId:
    """A step is tried again, after the attempt before has failed."""
    attempt = AttemptId(run.run_id, TaskId(task), number)
    opened = AttemptOpened(run.teller.launch(task, number), run.teller.at)
    run.write(run.teller.failed(task, number=number - 1), opened, AttemptStarted(TaskId(task), number, run.teller.at))
    runs.attempt_folder(run.context, attempt.path).mkdir(parents=True)
    return attempt


def series_of(app: ASGIApp, run: Recorded, **params: Any) -> Any:  # the message
    """What the route says of a run, which must be well."""
    answer = get(app, f"{API}/runs/{run.run_id}/series", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def points_of(series: Any) -> list[tuple[int, Any]]:
    """Steps and values."""
    return [(one["step"], one["value"]) for one in series["points"]]


# ---------------------------------------------------------------- one run


def test_series_are_seen_while_the_step_runs(run: Recorded, app: ASGIApp) -> None:
    """With what they are as a whole, and the place from which a stream goes on."""
    first = run.launch("first")
    assert series_of(app, run) == {"run_id": run.run_id, "tasks": [], "truncated": False}
    log(run, first, (0, 0.5), (1, math.nan), (2, -math.inf), (3, 0.25))
    log(run, first, (7, 1), metric="rate")
    (task,) = series_of(app, run)["tasks"]
    size = file_of(run, first).stat().st_size
    assert task["attempts"] == [{"number": 1, "next_offset": size, "complete": False, "damaged": 0, "cut": False, "error": ""}]
    assert (task["task_id"], task["cached_from"]) == ("first", None)
    loss, rate = task["series"]
    at = "1970-01-01T00:16:40.500Z"
    assert {**loss, "points": points_of(loss)} == {
        "output": "m",
        "metric": "loss",
        "count": 4,
        "not_finite": 2,
        "min": 0.25,
        "max": 0.5,
        "last": {"step": 3, "value": 0.25, "at": at},
        "parts": [{"attempt": 1, "first_step": 0, "count": 4}],
        "points": [(0, 0.5), (1, "NaN"), (2, "-Infinity"), (3, 0.25)],
    }
    assert (rate["metric"], points_of(rate)) == ("rate", [(7, 1.0)])
    run.succeed("first")
    assert series_of(app, run)["tasks"][0]["attempts"][0]["complete"] is True


def test_series_can_be_chosen(run: Recorded, app: ASGIApp) -> None:
    """By step, output and metric; a step that was named is told of even if it has none."""
    first = run.launch("first")
    for metric in ("loss", "rate", "\ud800"):  # half a character breaks nothing
        log(run, first, (1, 1), metric=metric)
    log(run, first, (1, 1), output="other")
    chosen = {"metric": ["loss", "rate"], "output": "m", "task_id": "first"}
    assert [one["metric"] for one in series_of(app, run, **chosen)["tasks"][0]["series"]] == ["loss", "rate"]
    assert [(one["output"], one["metric"]) for one in series_of(app, run)["tasks"][0]["series"]] == [
        ("m", "loss"),
        ("m", "rate"),
        ("m", "\ud800"),
        ("other", "loss"),
    ]
    assert series_of(app, run, task_id="second")["tasks"] == [{"task_id": "second", "cached_from": None, "attempts": [], "series": []}]


def test_a_later_attempt_goes_on_where_it_began(run: Recorded, app: ASGIApp) -> None:
    """As a step does that resumes from its checkpoint; each attempt can also be seen alone."""
    first = run.launch("first")
    log(run, first, *((step, 1.0) for step in range(10)))
    log(run, again(run, "first", 2), (6, 2.0), (7, 2.0))
    (task,) = series_of(app, run)["tasks"]
    assert [one["complete"] for one in task["attempts"]] == [True, False]
    assert points_of(task["series"][0]) == [*((step, 1.0) for step in range(6)), (6, 2.0), (7, 2.0)]
    assert task["series"][0]["parts"] == [{"attempt": 1, "first_step": 0, "count": 6}, {"attempt": 2, "first_step": 6, "count": 2}]
    alone = series_of(app, run, task_id="first", attempt=1)["tasks"][0]
    assert ([one["number"] for one in alone["attempts"]], alone["series"][0]["count"]) == ([1], 10)


def test_damage_is_told(run: Recorded, app: ASGIApp) -> None:
    """Never a failure: lines that are no points are counted, one that is being written is waited for, and a pipe holds nobody."""
    first, second = run.launch("first"), run.launch("second")
    file_of(run, first).write_bytes(b'garbage\n["m", "loss", 1, 0.5, 3.0]\n{"cut": true}\n["m", "lo')
    file_of(run, second).mkdir()
    told = {task["task_id"]: task for task in series_of(app, run)["tasks"]}
    (attempt,) = told["first"]["attempts"]
    assert (attempt["damaged"], attempt["cut"], attempt["next_offset"]) == (1, True, file_of(run, first).stat().st_size - len(b'["m", "lo'))
    assert points_of(told["first"]["series"][0]) == [(1, 0.5)]
    assert told["second"]["attempts"][0]["error"] == "it is not a file"


def test_a_long_series_is_thinned_out(run: Recorded, app: ASGIApp) -> None:
    """Its ends and its spike stay, and it is told how long it is; very many of them share what an answer may hold."""
    first = run.launch("first")
    log(run, first, *((step, 99.0 if step == 4321 else float("nan") if step == 777 else 0.5) for step in range(10_000)))
    (loss,) = series_of(app, run, points=50)["tasks"][0]["series"]
    assert (loss["count"], loss["max"], loss["not_finite"], len(loss["points"]) <= 50) == (10_000, 99.0, 1, True)
    assert {(0, 0.5), (777, "NaN"), (4321, 99.0), (9_999, 0.5)} <= set(points_of(loss))
    for number in range(40):
        log(run, first, *((step, 0.5) for step in range(5_000)), metric=f"metric {number}")
    many = series_of(app, run, points=10_000)
    assert sum(len(one["points"]) for one in many["tasks"][0]["series"]) <= 100_000
    assert not many["truncated"]


def test_more_series_than_an_answer_takes(run: Recorded, app: ASGIApp) -> None:
    """It has 500 of them, and says so."""
    first = run.launch("first")
    for number in range(501):
        log(run, first, (1, 1), metric=f"metric {number}")
    found = series_of(app, run)
    assert (len(found["tasks"][0]["series"]), found["truncated"]) == (500, True)


def test_what_is_not_there(run: Recorded, app: ASGIApp) -> None:
    """Runs, steps and attempts are named as elsewhere; an attempt needs its step."""
    run.launch("first")
    for path, status, code in (
        ("/runs/nothing/series", 404, "no_such_run"),
        (f"/runs/{run.run_id}/series?task_id=nothing", 404, "no_such_task"),
        (f"/runs/{run.run_id}/series?task_id=first&attempt=2", 404, "not_found"),
        (f"/runs/{run.run_id}/series?attempt=1", 400, "bad_input"),
        (f"/runs/{run.run_id}/series?points=9", 400, "bad_input"),
        (f"/runs/{run.run_id}/series?points=10001", 400, "bad_input"),
        ("/series", 400, "bad_input"),
        ("/series?run_id=nothing", 404, "no_such_run"),
    ):
        answer = get(app, f"{API}{path}")
        assert (path, answer.status_code, answer.json()["code"]) == (path, status, code)


# ---------------------------------------------------------------- several runs


def test_runs_are_compared(context: Context, run: Recorded, app: ASGIApp) -> None:
    """In the order in which they are named, each once; a step that one of them does not have has none there."""
    log(run, run.launch("first"), (1, 1.0))
    with recorded(context) as other:
        log(other, other.launch("second"), (2, 2.0))
        ids = [other.run_id, run.run_id, other.run_id]
        answer = get(app, f"{API}/series", params={"run_id": ids, "metric": "loss"}).json()["runs"]
        assert [one["run_id"] for one in answer] == ids[:2]
        assert [points_of(one["tasks"][0]["series"][0]) for one in answer] == [[(2, 2.0)], [(1, 1.0)]]
    answer = get(app, f"{API}/series", params={"run_id": [f"run {number}" for number in range(21)]})
    assert (answer.status_code, answer.json()["problems"][0]["place"]) == (400, "query.run_id")


def test_a_reused_step_shows_the_series_of_the_attempts_that_made_its_result(context: Context, run: Recorded, app: ASGIApp) -> None:
    """Not those of attempts after that; it says whose they are. They go with the run that made them, and it says that too."""
    log(run, run.launch("first"), (0, 1.0), (1, 1.0))
    log(run, again(run, "first", 2), (1, 2.0))
    log(run, again(run, "first", 3), (1, 3.0))
    result = CachedResult("key", run.run_id, "made", TaskId("first"), 2, 1000.0, Outputs({"n": 1}))
    with recorded(context) as other:
        other.write(*other.teller.reused("first", result))
        (task,) = series_of(app, other)["tasks"]
        source = {"run_id": run.run_id, "run_name": runs.summary(context, run.run_id).name, "task_id": "first", "attempt": 2}
        assert {name: value for name, value in task["cached_from"].items() if name != "at"} == source
        assert points_of(task["series"][0]) == [(0, 1.0), (1, 2.0)]
        assert [one["complete"] for one in task["attempts"]] == [True, True]
        for number in (1, 2, 3):
            file_of(run, AttemptId(run.run_id, TaskId("first"), number)).unlink()
        assert series_of(app, other)["tasks"] == []
        assert series_of(app, other, task_id="first")["tasks"][0]["cached_from"]["run_id"] == run.run_id


# ---------------------------------------------------------------- the stream


def series_query(attempt: AttemptId, offset: int | None = None) -> str:
    """`series=` for an attempt."""
    return log_query(positions.log_name(attempt), offset).replace("log=", "series=", 1)


def test_points_are_told_as_they_are_logged(run: Recorded, app: ASGIApp) -> None:
    """Each once, only whole lines, from the place that the page has read to; the last message says that it is the last."""
    first = run.launch("first")
    log(run, first, (0, 0.5))
    begin = series_of(app, run)["tasks"][0]["attempts"][0]["next_offset"]

    async def scene() -> None:
        async with listening(app, series_query(first, begin)) as stream:
            await stream.block()
            log(run, first, (1, math.inf), (2, 0.25))
            event = await stream.next()
            assert (event.name, event.data["run_id"], event.data["task_id"], event.data["attempt"]) == ("series", run.run_id, "first", 1)
            assert (event.data["offset"], event.data["next_offset"]) == (begin, file_of(run, first).stat().st_size)
            (loss,) = event.data["series"]
            assert (loss["output"], loss["metric"], points_of(loss)) == ("m", "loss", [(1, "Infinity"), (2, 0.25)])
            with file_of(run, first).open("a") as file:
                file.write('["m", "loss", 3, ')
                file.flush()
                assert await stream.silent(0.4)
                file.write("0.125, 3.0]\n")
            assert points_of((await stream.next()).data["series"][0]) == [(3, 0.125)]
            last = stream.last
        log(run, first, (4, 0.0))
        async with listening(app, series_query(first, begin), last) as stream:
            assert points_of((await stream.next()).data["series"][0]) == [(4, 0.0)]
            run.succeed("first")
            event = await stream.next()
            assert (event.data["series"], event.data["complete"]) == ([], True)
            assert await stream.silent()

    played(scene)


def test_what_is_wrong_with_points_is_told_as_it_happens(run: Recorded, app: ASGIApp) -> None:
    """Lines that are none, points that are not kept any more, a file that cannot be read: once each, and when it can be read again."""
    first = run.launch("first")

    async def scene() -> None:
        async with listening(app, series_query(first)) as stream:
            await stream.block()
            file_of(run, first).write_text("no point\n")
            assert (await stream.next()).data.items() >= {"series": [], "damaged": 1, "cut": False, "error": ""}.items()
            with file_of(run, first).open("a") as file:
                file.write('{"cut": true}\n')
            event = await stream.next()
            assert event.data.items() >= {"series": [], "damaged": 0, "cut": True, "error": ""}.items()
            aside = file_of(run, first).rename(file_of(run, first).with_name("aside"))
            file_of(run, first).mkdir()
            broken = await stream.next()
            assert broken.data.items() >= {"error": "it is not a file", "next_offset": event.data["next_offset"], "complete": False}.items()
            assert await stream.silent(0.4)
            file_of(run, first).rmdir()
            aside.rename(file_of(run, first))
            assert (await stream.next()).data.items() >= {"series": [], "error": "", "complete": False}.items()

    played(scene)


def test_many_points_come_in_pieces_without_a_pause(run: Recorded, app: ASGIApp) -> None:
    """No message is larger than a piece, and none is lost; damage holds nobody."""
    first = run.launch("first")
    log(run, first, *((step, 0.5) for step in range(3_000)))
    with file_of(run, first).open("a") as file:
        file.write("x" * 200_000 + "\n")
    log(run, first, *((step, 0.5) for step in range(3_000, 6_000)))
    run.succeed("first")

    async def scene() -> None:
        async with listening(app, series_query(first)) as stream:
            steps: list[int] = []
            complete = False
            while not complete:
                event = await stream.next()
                assert event.data["next_offset"] - event.data["offset"] <= 1 << 16
                steps += [point["step"] for one in event.data["series"] for point in one["points"]]
                complete = event.data["complete"]
            assert steps == list(range(6_000))

    played(scene)


def test_an_attempt_that_has_not_begun_is_waited_for(run: Recorded, app: ASGIApp) -> None:
    """A step that the run does not have is 404; of a run that is gone it is told."""
    second = AttemptId(run.run_id, TaskId("second"), 1)
    assert get(app, f"{API}/stream?{series_query(AttemptId(run.run_id, TaskId('nothing'), 1))}").json()["code"] == "no_such_task"

    async def scene() -> None:
        async with listening(app, series_query(second)) as stream:
            await stream.block()
            log(run, run.launch("second"), (1, 0.5))
            assert points_of((await stream.next()).data["series"][0]) == [(1, 0.5)]
        async with listening(app, "series=deleted/first/1") as stream:
            assert (await stream.next()).name == "gone"

    played(scene)
