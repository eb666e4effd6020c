"""Logs in the event stream: every byte once, as it is printed, however often the stream is cut."""

from __future__ import annotations

import asyncio
import random
import time

from starlette.types import ASGIApp

from bakehouse.ir.execution import AttemptId
from bakehouse.server import positions
from tests.server.listening import Stream, listening, log_query, played
from tests.server.recorded import Recorded
from tests.server.serving import API, get


def name(log: AttemptId) -> str:
    """As the address has it."""
    return positions.log_name(log)


def test_a_log_is_told_as_it_grows_and_ends(run: Recorded, app: ASGIApp) -> None:
    """Every byte once, characters whole, and that it is complete when the attempt has ended."""
    log = run.launch("first")

    async def scene() -> None:
        async with listening(app, log_query(name(log))) as stream:
            run.print(log, b"one\ntw\xe2\x82")
            event = await stream.next()
            assert (event.name, event.data["text"], event.data["offset"], event.data["next_offset"]) == ("log", "one\ntw", 0, 6)
            assert (event.data["run_id"], event.data["task_id"], event.data["attempt"]) == (log.run_id, log.task_id, 1)
            assert await stream.silent(0.4)
            run.print(log, b"\xac\n")
            assert (await stream.next()).data["text"] == "€\n"
            run.print(log, b"end\xff")
            run.succeed("first")
            told = await _until_complete(stream)
            assert "".join(event.data["text"] for event in told) == "end\ufffd"
            assert await stream.silent()

    played(scene)


def test_the_log_of_a_step_that_the_run_does_not_have_is_not_found(run: Recorded, app: ASGIApp) -> None:
    """Silence for ever would be no answer. An attempt that has not begun is waited for; a run that was deleted is told of."""
    answer = get(app, f"{API}/stream?{log_query(f'{run.run_id}/nothing/1')}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_task")
    assert "first" in answer.json()["problems"][0]["remedy"]

    async def scene() -> None:
        async with listening(app, log_query(f"{run.run_id}/first/1")) as stream:
            await stream.block()
            run.print(run.launch("first"), b"one\n")
            assert (await stream.next()).data["text"] == "one\n"
        async with listening(app, log_query("deleted/first/1")) as stream:
            event = await stream.next()
            assert (event.name, event.data["run_id"]) == ("gone", "deleted")

    played(scene)


async def _until_complete(stream: Stream) -> list:  # type: ignore[type-arg]  # messages
    told = [await stream.next()]
    while not told[-1].data["complete"]:
        told.append(await stream.next())
    return told


def test_no_line_of_a_log_is_lost_or_twice_when_the_stream_is_cut(run: Recorded, app: ASGIApp) -> None:
    """200 lines a second, with characters of several bytes cut anywhere, and a client that comes and goes."""
    log = run.launch("first")
    lines = [f"line {number} äöü€😀" for number in range(400)]

    async def prints() -> None:
        data, rng, at = "\n".join(lines).encode(), random.Random(5), 0
        while at < len(data):
            size = rng.randrange(1, 200)
            run.print(log, data[at : at + size])
            at += size
            await asyncio.sleep(0.005)
        run.succeed("first")

    async def scene() -> None:
        rng, text, last, complete = random.Random(2), "", "", False
        printing = asyncio.ensure_future(prints())
        while not complete:
            async with listening(app, log_query(name(log)), last) as stream:
                for _ in range(rng.randrange(1, 4)):
                    event = await stream.next()
                    text += event.data["text"]
                    complete = event.data["complete"]
                    if complete:
                        break
                last = stream.last or last
        await printing
        assert text.split("\n") == lines

    played(scene)


def test_a_log_begins_where_the_page_says(run: Recorded, app: ASGIApp) -> None:
    """After what it has read by itself; one whose attempt has not begun is waited for."""
    log = run.launch("first")
    run.print(log, b"one\ntwo\n")

    async def scene() -> None:
        async with listening(app, f"{log_query(name(log), 4)}&{log_query(f'{run.run_id}/second/1')}") as stream:
            assert (await stream.next()).data["text"] == "two\n"
            run.succeed("first")
            assert (await stream.next()).data["complete"] is True
            second = run.launch("second")
            run.print(second, b"hello")
            event = await stream.next()
            assert (event.data["task_id"], event.data["text"]) == ("second", "hello")

    played(scene)


def test_a_large_log_is_told_piece_by_piece(run: Recorded, app: ASGIApp) -> None:
    """No message is larger than a piece, and one follows the other at once."""
    log = run.launch("first")
    run.print(log, b"0123456789abcde\n" * 200_000)

    async def scene() -> None:
        async with listening(app, log_query(name(log))) as stream:
            begun, at = time.monotonic(), 0
            while at < 3_200_000:
                event = await stream.next()
                assert event.data["offset"] == at
                assert len(event.data["text"]) <= 1 << 16
                at = event.data["next_offset"]
            assert time.monotonic() - begun < 5

    played(scene)
