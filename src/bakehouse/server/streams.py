"""The event stream of one page: what happens to runs, logs and series, told as it happens, each thing once, from any position on.

A `Teller` looks when it is told that something was recorded, or some time has gone by, and never reads more in one look than a bounded part.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

import anyio.to_thread
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bakehouse.actions import logs, runs, series
from bakehouse.actions.context import Context
from bakehouse.actions.errors import NoSuchLog
from bakehouse.api import server as messages
from bakehouse.api.base import Message
from bakehouse.errors import NotFound, Unavailable
from bakehouse.ir.execution import AttemptId, RunId
from bakehouse.orchestrator.errors import Unreadable
from bakehouse.records.views import RunSummary
from bakehouse.server import answers, shown, shown_series
from bakehouse.server.changes import Changes
from bakehouse.server.positions import Newest, Position, Wanted

_log = logging.getLogger("bakehouse.server")
#: The file of each attempt that is told of; `None` as long as it has not begun.
_Files: TypeAlias = dict[AttemptId, logs.Log | None]

#: Seconds between looks at a log, or at a series, that grows.
LOG_LOOK = 0.2
_MOST_EVENTS = 500  # in one message
_RETRY = b"retry: 1000\n\n"
_PING = b": ping\n\n"
_NOT_YET = 1 << 53  # no run has so many events: asked for what comes after it, the records say how far the run is


@dataclass(frozen=True)
class Told:
    """A message of the stream: its name, its content on one line, and the position after it."""

    event: str
    data: str
    position: str

    def encoded(self) -> bytes:
        """As it is sent."""
        return f"id: {self.position}\nevent: {self.event}\ndata: {self.data}\n\n".encode("ascii")


@dataclass(frozen=True)
class _Seen:
    """A watched run as it was told, and the number of its last event before it was read."""

    seq: int
    summary: RunSummary


class Teller:
    """What is to be told now, look by look. For one thread at a time."""

    def __init__(self, context: Context, wanted: Wanted, position: Position) -> None:
        self._context, self._wanted, self.position = context, wanted, position
        self._runs = list(wanted.runs)
        self._watched: dict[RunId, _Seen | None] = dict.fromkeys(wanted.watched)
        self._logs: _Files = dict.fromkeys(wanted.logs)
        self._series: _Files = dict.fromkeys(wanted.series)
        #: Why those cannot be read, as it was told last.
        self._troubles: dict[AttemptId, str] = dict.fromkeys(wanted.series, "")
        #: Whether there is more than the last look has told.
        self.behind = False

    @property
    def follows_files(self) -> bool:
        """Whether a log or series may grow that it tells of."""
        return bool(self._logs or self._series)

    def look(self, *, recorded: bool) -> list[Told]:
        """What has happened since the last look; without `recorded` only what was printed or logged. Raises `Unavailable`: the next tells all."""
        before = (self.position, list(self._runs), dict(self._watched), dict(self._logs), dict(self._series))
        try:
            return self._look(recorded=recorded)
        except Unavailable:
            # What this look has found is not told: the next one has to find it again.
            self.position, self._runs, self._watched, self._logs, self._series = before
            raise

    def _look(self, *, recorded: bool) -> list[Told]:
        self.behind = False
        told: list[Told] = []
        if recorded:
            # First, so that every message holds the newest run that is known: whoever goes on from it is told of those after that one.
            told += self._new()
            # One cheap question first: while an engine works, there are ten looks a second, and most runs have not moved.
            now = runs.latest_events(self._context, [*self._runs, *self._watched])
            told += [one for run_id in list(self._runs) for one in self._run(run_id, now.get(run_id))]
            told += self._summaries(now)
        told += [one for log in list(self._logs) for one in self._log(log, recorded=recorded)]
        told += [one for attempt in list(self._series) for one in self._points(attempt, recorded=recorded)]
        return told

    def _told(self, event: str, message: Message) -> Told:
        return Told(event, answers.dumped(message.model_dump(mode="json")), self.position.token())

    def _gone(self, run_id: RunId) -> Iterator[Told]:
        """The run was deleted: nothing more is told of it."""
        self._runs = [one for one in self._runs if one != run_id]
        self._watched.pop(run_id, None)
        self._logs = {log: found for log, found in self._logs.items() if log.run_id != run_id}
        self._series = {attempt: found for attempt, found in self._series.items() if attempt.run_id != run_id}
        yield self._told("gone", messages.RunGone(run_id=run_id))

    # ------------------------------------------------------------ runs

    def _run(self, run_id: RunId, seq: int | None) -> Iterator[Told]:
        after = self.position.runs.get(run_id)
        if seq is not None and after is not None and seq <= after:
            return
        try:
            change = runs.changes(self._context, run_id, after=_NOT_YET if after is None else after, limit=_MOST_EVENTS)
            file = runs.readable_spec(self._context, change.summary) if change.tasks else None
        except NotFound:
            yield from self._gone(run_id)
            return
        except Unreadable as error:  # the others of this stream go on; whoever asks for this run is told
            _log.warning("%s", error)
            self._runs.remove(run_id)
            return
        spec = file.spec if file is not None else None
        if after is None:
            self.position = self.position.at_event(run_id, change.seq)
        elif change.seq > after:
            self.position = self.position.at_event(run_id, change.seq)
            self.behind |= len(change.events) == _MOST_EVENTS
            yield self._told(
                "run",
                messages.RunUpdate(
                    run=shown.run_summary(change.summary),
                    seq=change.seq,
                    events=[shown.event(one) for one in change.events],
                    tasks=[shown.task_summary(one, spec) for one in change.tasks],
                ),
            )

    def _summaries(self, now: Mapping[RunId, int]) -> Iterator[Told]:
        """Of watched runs, those that look different from what was told."""
        moved = [run_id for run_id, seen in self._watched.items() if seen is None or now.get(run_id) != seen.seq]
        if not moved:
            return
        found = {one.id: one for one in runs.summaries(self._context, moved)}
        for run_id in moved:
            before = self._watched.get(run_id)
            if run_id not in found or run_id not in now:
                yield from self._gone(run_id)
            elif before is None or found[run_id] != before.summary:
                self._watched[run_id] = _Seen(now[run_id], found[run_id])
                yield self._told("summary", shown.run_summary(found[run_id]))
            else:
                self._watched[run_id] = _Seen(now[run_id], before.summary)

    def _new(self) -> Iterator[Told]:
        """Whether a run was created since; the newest one may also have been deleted, which is no news."""
        if not self._wanted.new:
            return
        newest, known = runs.newest(self._context), self.position.newest
        if known is not None and newest in {None, known.run_id}:
            return
        found = runs.summaries(self._context, [newest]) if newest is not None else []
        now = Newest(found[0].created_at, found[0].id) if found else Newest()
        if known is None:
            self.position = self.position.at_newest(now)
        elif now > known:
            self.position = self.position.at_newest(now)
            yield self._told("new", messages.NewRuns(run_id=now.run_id))

    # ------------------------------------------------------------ logs and series

    def _found(self, attempt: AttemptId, files: _Files, find: Callable[[Context, AttemptId], logs.Log]) -> Generator[Told, None, logs.Log | None]:
        """Where the file of an attempt lies now, if it is told of and has begun; its run may be gone."""
        found = files.get(attempt)
        if attempt in files and (found is None or not found.complete):
            try:
                found = files[attempt] = find(self._context, attempt)
            except NoSuchLog:
                pass  # the attempt has not begun
            except NotFound:
                yield from self._gone(attempt.run_id)
                return None
        return found

    def _points(self, attempt: AttemptId, *, recorded: bool) -> Iterator[Told]:
        found = (yield from self._found(attempt, self._series, series.find)) if recorded else self._series.get(attempt)
        if found is None:
            return
        offset = self.position.series[attempt]
        logged = series.tail(found.path, offset)
        complete = found.complete and not logged.truncated
        self.behind |= logged.truncated
        self.position = self.position.at_point(attempt, logged.next_offset)
        if complete:
            del self._series[attempt]
        trouble, self._troubles[attempt] = self._troubles[attempt], logged.error
        if logged.curves or logged.damaged or logged.cut or complete or logged.error != trouble:
            yield self._told("series", shown_series.update(attempt, offset, logged, complete=complete))

    def _log(self, log: AttemptId, *, recorded: bool) -> Iterator[Told]:
        found = (yield from self._found(log, self._logs, logs.find)) if recorded else self._logs.get(log)
        if found is None:
            return
        offset = self.position.logs[log]
        data = logs.tail(found.path, offset, last=found.complete)
        more = len(data) > logs.PIECE // 2
        complete = found.complete and not more
        self.behind |= more
        if not data and not complete:
            return
        self.position = self.position.at_byte(log, offset + len(data))
        if complete:
            del self._logs[log]
        yield self._told(
            "log",
            messages.LogUpdate(
                run_id=log.run_id,
                task_id=log.task_id,
                attempt=log.number,
                offset=offset,
                next_offset=offset + len(data),
                text=data.decode("utf-8", "replace"),
                complete=complete,
            ),
        )


class EventStream(Response):
    """A teller's messages as server-sent events, until the client leaves or the server stops; a comment when there was nothing for long."""

    media_type = "text/event-stream"

    def __init__(self, teller: Teller, changes: Changes, ping: float) -> None:
        self._teller, self._changes, self._ping = teller, changes, ping
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell, and watch at the same time whether anybody is there to hear."""
        del scope
        tasks = [asyncio.ensure_future(self._tell(send)), asyncio.ensure_future(_left(receive))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            telling, _ = await asyncio.gather(*tasks, return_exceptions=True)
        if isinstance(telling, Exception):
            raise telling

    async def _tell(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": _RETRY, "more_body": True})
        with self._changes.listening() as listener:
            recorded, quiet_since = True, time.monotonic()
            while not listener.stopped:
                told = await self._look(recorded=recorded)
                for one in told or []:
                    await send({"type": "http.response.body", "body": one.encoded(), "more_body": True})
                now = time.monotonic()
                if told:
                    quiet_since = now
                elif now - quiet_since >= self._ping:
                    await send({"type": "http.response.body", "body": _PING, "more_body": True})
                    quiet_since = now
                rest = max(0.0, quiet_since + self._ping - now)
                pause = 0.0 if self._teller.behind else min(rest, LOG_LOOK) if self._teller.follows_files else rest
                recorded = await listener.wait(pause) or told is None or self._teller.behind
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _look(self, *, recorded: bool) -> list[Told] | None:
        """One look, in a thread; `None` if the records could not be read: the next look tells all."""
        with suppress(Unavailable):
            return await anyio.to_thread.run_sync(lambda: self._teller.look(recorded=recorded), limiter=self._changes.looks)
        return None


async def _left(receive: Receive) -> None:
    """Returns when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
