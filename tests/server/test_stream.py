"""The event stream: what happens is told soon, once, in order, and from wherever the page was when it was cut."""

from __future__ import annotations

import asyncio
import random
import time

import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.errors import Unavailable
from bakehouse.orchestrator.states import RunMove, TaskMove
from bakehouse.server import positions
from bakehouse.server.resources import stream as stream_resource
from bakehouse.server.streams import Teller
from tests.records.stories import finished, new_run
from tests.server.listening import listening, played
from tests.server.recorded import Recorded, recorded
from tests.server.serving import API, ask, get


def seq_of(run: Recorded) -> int:
    """The number of its latest event."""
    return runs.get(run.context, run.run_id).seq


# ---------------------------------------------------------------- runs


def test_what_happens_to_a_run_is_told_within_a_moment(run: Recorded, app: ASGIApp) -> None:
    """The run and the steps it happened to as they are now, with the events since; nothing before something happens."""

    async def scene() -> None:
        async with listening(app, f"run={run.run_id}@{seq_of(run)}") as stream:
            assert await stream.silent()
            begun = time.monotonic()
            run.launch("first")
            event = await stream.next()
            assert time.monotonic() - begun < 1
            assert event.name == "run"
            assert event.data["run"]["state"] == "RUNNING"
            assert [task["task_id"] for task in event.data["tasks"]] == ["first"]
            assert event.data["tasks"][0]["state"] == "RUNNING"
            assert event.data["events"][-1]["kind"] == "attempt.STARTED"
            assert event.data["seq"] == event.data["events"][-1]["seq"] == seq_of(run)

    played(scene)


def test_a_stream_begins_where_the_page_was(run: Recorded, app: ASGIApp) -> None:
    """What happened between the page's reading and its listening is told at once; without a number it begins now."""

    async def scene() -> None:
        known = seq_of(run)
        run.launch("first")
        async with listening(app, f"run={run.run_id}@{known}") as stream:
            assert (await stream.next()).data["events"][0]["seq"] == known + 1
        async with listening(app, f"run={run.run_id}") as stream:
            assert await stream.silent()

    played(scene)


def test_no_event_is_lost_or_twice_however_often_the_stream_is_cut(run: Recorded, app: ASGIApp) -> None:
    """Cut at random, gone on from the last `id` by header or address: the numbers of the events have no gap."""

    async def scene() -> None:
        rng, seen, query, last = random.Random(1), list[int](), f"run={run.run_id}@0", ""
        done = asyncio.ensure_future(_busy(run))
        while not done.done() or not seen or seen[-1] < seq_of(run):
            by_header = rng.random() < 0.5
            async with listening(app, query if by_header or not last else f"{query}&position={last}", last if by_header else "") as stream:
                for _ in range(rng.randrange(1, 4)):
                    if done.done() and seen and seen[-1] == seq_of(run):
                        break
                    seen += [one["seq"] for one in (await stream.next()).data["events"]]
                last = stream.last or last
        assert seen == list(range(1, seq_of(run) + 1))

    played(scene)


async def _busy(run: Recorded) -> None:
    for task in ("first", "second"):
        for change in [*run.teller.to_a_slot(task), *run.teller.launched(task)]:
            run.write(change)
            await asyncio.sleep(0.05)
        run.succeed(task)
        await asyncio.sleep(0.05)
    run.write(run.teller.run(RunMove.SUCCEEDED))


def test_a_long_story_is_told_in_parts_without_a_pause(context: Context, app: ASGIApp) -> None:
    """Thousands of events do not become one message, and none of them waits for something new to happen."""
    with recorded(context) as run:
        run.write(*run.teller.to_a_slot("first"))
        for number in range(1, 700):
            run.write(*run.teller.launched("first", number), run.teller.failed("first", number=number))
            run.write(run.teller.task("first", TaskMove.RETRIED), run.teller.task("first", TaskMove.DUE))

        async def scene() -> None:
            async with listening(app, f"run={run.run_id}@0") as stream:
                seen: list[int] = []
                begun = time.monotonic()
                while not seen or seen[-1] < seq_of(run):
                    event = await stream.next()
                    assert len(event.data["events"]) <= 500
                    seen += [one["seq"] for one in event.data["events"]]
                assert seen == list(range(1, seq_of(run) + 1))
                assert time.monotonic() - begun < 5

        played(scene)


def test_a_deleted_run_is_gone(context: Context, app: ASGIApp) -> None:
    """Once for the whole stream; so is one that there never was."""
    run_id = finished(context.records, context.home)

    async def scene() -> None:
        async with listening(app, f"run={run_id}&watch={run_id}&run=never") as stream:
            told = await stream.several(2)
            assert {(event.name, event.data["run_id"]) for event in told} == {("gone", "never"), ("summary", run_id)}
            runs.delete(context, run_id)
            event = await stream.next()
            assert (event.name, event.data) == ("gone", {"run_id": run_id})
            assert await stream.silent()

    played(scene)


# ---------------------------------------------------------------- summaries and new runs


def test_watched_runs_are_told_at_first_and_when_they_change(run: Recorded, app: ASGIApp, context: Context) -> None:
    """Each by itself: what does not look different is not told again."""
    other = finished(context.records, context.home)

    async def scene() -> None:
        async with listening(app, f"watch={run.run_id},{other}") as stream:
            first = {event.data["run_id"]: event.data["state"] for event in await stream.several(2)}
            assert first == {run.run_id: "RUNNING", other: "SUCCEEDED"}
            run.launch("first")  # of no interest to a list
            runs.archive(context, other)
            event = await stream.next()
            assert (event.name, event.data["run_id"], event.data["storage_state"]) == ("summary", other, "ARCHIVED")
            run.succeed("first")
            run.write(run.teller.run(RunMove.FAILED))
            event = await stream.next()
            assert (event.data["run_id"], event.data["state"]) == (run.run_id, "FAILED")
            assert await stream.silent()

    played(scene)


def test_new_runs_are_told(context: Context, app: ASGIApp) -> None:
    """Those created since the page was opened, those of a cut too; the deletion of the newest is no news."""

    async def scene() -> None:
        async with listening(app, "new=true") as stream:
            assert await stream.silent()
            created = context.records.create_run(new_run())
            event = await stream.next()
            assert (event.name, event.data["run_id"]) == ("new", created)
            last = stream.last
        later = finished(context.records, context.home)
        async with listening(app, "new=true", last) as stream:
            assert (await stream.next()).data["run_id"] == later
            runs.delete(context, later)
            assert await stream.silent()

    played(scene)


def test_a_run_that_is_created_after_the_first_message_is_told_after_a_cut(run: Recorded, app: ASGIApp) -> None:
    """The very first message of a stream holds which run was the newest: what came during a cut right after it is news, and told once."""

    async def scene() -> None:
        query = f"run={run.run_id}@0&watch={run.run_id}&new=true"
        async with listening(app, query) as stream:
            assert (await stream.next()).name == "run"
            last = stream.last
        created = run.context.records.create_run(new_run())
        async with listening(app, query, last) as stream:
            told = await stream.several(2)
            assert [(event.name, event.data["run_id"]) for event in told] == [("new", created), ("summary", run.run_id)]
            assert await stream.silent()

    played(scene)


def test_what_a_look_found_before_the_records_failed_is_told_by_the_next(run: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that ends halfway tells nothing, and forgets nothing."""
    wanted, start = positions.read_query(positions.Query(run=[f"{run.run_id}@0"], watch=[run.run_id], new=True))
    teller = Teller(run.context, wanted, positions.resumed(wanted, start, positions.Position(newest=positions.Newest())))

    def unavailable(*_given: object) -> None:
        raise Unavailable("the disk is away")

    with monkeypatch.context() as fault:
        fault.setattr(runs, "summaries", unavailable)
        for _ in range(2):
            with pytest.raises(Unavailable):
                teller.look(recorded=True)
    assert [one.event for one in teller.look(recorded=True)] == ["new", "run", "summary"]
    assert teller.look(recorded=True) == []


# ---------------------------------------------------------------- the stream itself


def test_a_stream_shows_that_it_lives(context: Context, app: ASGIApp) -> None:
    """A pause after which to try again, and a comment when nothing happens, so that proxies and browsers keep it."""
    del context

    async def scene() -> None:
        async with listening(app, "") as stream:
            assert await stream.block() == "retry: 1000"
            assert await stream.block(2) == ": ping"
            assert await stream.block(2) == ": ping"
            assert stream.status == 200
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert stream.headers["cache-control"] == "no-store"
            assert "content-length" not in stream.headers

    played(scene)


def test_nobody_looks_while_nobody_listens(context: Context, app: FastAPI) -> None:
    """The thread ends with the last stream, and comes with the next one."""
    changes = app.state.changes

    async def scene() -> None:
        for _ in range(2):
            async with listening(app, "new=true") as stream:
                await stream.block()
                await asyncio.sleep(0.2)
                assert changes.listeners == 1
                created = context.records.create_run(new_run())
                assert (await stream.next()).data["run_id"] == created
            assert changes.listeners == 0
            await asyncio.sleep(0.4)
            assert changes._thread is None

    played(scene)


def test_streams_end_when_the_server_stops(context: Context, app: FastAPI) -> None:
    """At once, and one that is opened then, too."""
    del context

    async def scene() -> None:
        async with listening(app, "new=true") as stream:
            await stream.block()
            await asyncio.sleep(0.2)
            app.state.changes.stop()
            assert await stream.block(1) is None
        async with listening(app, "new=true") as stream:
            assert [await stream.block(1), await stream.block(1)] == ["retry: 1000", None]

    played(scene)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("&".join(f"run=r{number}" for number in range(6)), "query.run"),
        ("watch=" + ",".join(f"r{number}" for number in range(201)), "query.watch"),
        ("&".join(f"log=r/t/{number}" for number in range(1, 5)), "query.log"),
        ("run=", "query.run"),
        ("run=a@b", "query.run"),
        ("run=a@-1", "query.run"),
        (f"run=a@{10**30}", "query.run"),
        ("log=a/b", "query.log"),
        ("log=a/b/0", "query.log"),
        ("log=a/b/c", "query.log"),
        ("log=a/b/1@x", "query.log"),
        ("position=nonsense", "query.position"),
        ("position=%C3%A4", "query.position"),
        ("new=perhaps", "query.new"),
        ("runs=a", "query.runs"),
    ],
)
def test_a_query_that_cannot_be_meant_is_refused(app: ASGIApp, query: str, place: str) -> None:
    """Before the stream begins, with its place."""
    answer = get(app, f"{API}/stream?{query}")
    assert (answer.status_code, answer.json()["problems"][0]["place"]) == (400, place)


def test_a_browsers_position_of_another_release_counts_for_nothing(run: Recorded, app: ASGIApp) -> None:
    """The browser would never come back after a 400."""

    async def scene() -> None:
        async with listening(app, f"run={run.run_id}@0", "nonsense") as stream:
            assert (await stream.next()).data["events"][0]["seq"] == 1

    played(scene)


def test_streams_are_counted(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that forgets its streams does not use up the server."""
    monkeypatch.setattr(stream_resource, "MOST_STREAMS", 1)

    async def scene() -> None:
        async with listening(app, "") as stream:
            await stream.block()
            async with listening(app, "") as second:
                await asyncio.sleep(0.1)
                assert second.status == 503

    played(scene)


def test_head_of_a_stream_ends(app: ASGIApp) -> None:
    """Whoever only asks whether it is there is not kept."""
    answer = ask(app, "HEAD", f"{API}/stream?new=true")
    assert (answer.status_code, answer.content) == (200, b"")
