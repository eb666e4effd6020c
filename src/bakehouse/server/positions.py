"""What a stream is to tell, and how far it has told it: both are in its address or its last message. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from bakehouse.errors import BadInput
from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.server import opaque

Key = TypeVar("Key")

MOST_RUNS = 5
MOST_WATCHED = 200
MOST_LOGS = 3
MOST_SERIES = 10
#: Larger numbers than any event or byte of a log has; what is larger is no position.
_LARGEST = 1 << 53


@dataclass(frozen=True, order=True)
class Newest:
    """The newest run that is known, by the time at which it was created."""

    created_at: float = 0.0
    run_id: str = ""


@dataclass(frozen=True)
class Wanted:
    """What a stream is about: runs whole, summaries of runs, the coming of new runs, and logs and series of attempts."""

    runs: tuple[RunId, ...] = ()
    watched: tuple[RunId, ...] = ()
    new: bool = False
    logs: tuple[AttemptId, ...] = ()
    series: tuple[AttemptId, ...] = ()


@dataclass(frozen=True)
class Position:
    """How far a stream is: by run the number of the last event, by log and series the next byte, and the newest run (`None`: not looked yet)."""

    runs: Mapping[RunId, int] = field(default_factory=dict)
    logs: Mapping[AttemptId, int] = field(default_factory=dict)
    newest: Newest | None = None
    series: Mapping[AttemptId, int] = field(default_factory=dict)

    def at_event(self, run_id: RunId, seq: int) -> Position:
        """This, with the events of a run told up to `seq`."""
        return replace(self, runs={**self.runs, run_id: seq})

    def at_byte(self, log: AttemptId, offset: int) -> Position:
        """This, with a log told up to `offset`."""
        return replace(self, logs={**self.logs, log: offset})

    def at_point(self, attempt: AttemptId, offset: int) -> Position:
        """This, with the series of an attempt told up to byte `offset`."""
        return replace(self, series={**self.series, attempt: offset})

    def at_newest(self, newest: Newest) -> Position:
        """This, with the coming of that run told."""
        return replace(self, newest=newest)

    def token(self) -> str:
        """This as text, for the `id` of a message."""
        newest = None if self.newest is None else [self.newest.created_at, self.newest.run_id]
        logs, series = ({log_name(one): offset for one, offset in each.items()} for each in (self.logs, self.series))
        document = {"r": self.runs, "l": logs, "s": series, "n": newest}
        return opaque.packed(document)


def read_token(token: str) -> Position:
    """A position from its text. Raises `BadInput` for a text that no stream has given."""
    try:
        document = opaque.unpacked(token)
        newest = document["n"]
        return Position(
            runs={RunId(run): _number(seq) for run, seq in document["r"].items()},
            logs={_log(name): _number(offset) for name, offset in document["l"].items()},
            newest=None if newest is None else Newest(float(newest[0]), str(newest[1])),
            series={_log(name): _number(offset) for name, offset in document["s"].items()},
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadInput(
            "this is no position of a stream", place="query.position", remedy="It is the `id` of the last message that was received; leave it out."
        ) from error


def log_name(log: AttemptId) -> str:
    """What logs and series are called: `RUN/TASK/ATTEMPT`, each percent-encoded."""
    return f"{quote(log.run_id, safe='')}/{quote(log.task_id, safe='')}/{log.number}"


# ---------------------------------------------------------------- the address


@dataclass(frozen=True)
class Query:
    """The query of a stream as it came: `run=ID[@SEQ]`, `watch=ID,ID…`, `new`, `log=RUN/TASK/ATTEMPT[@OFFSET]`, `series=` as `log`."""

    run: Sequence[str] = ()
    watch: Sequence[str] = ()
    new: bool = False
    log: Sequence[str] = ()
    series: Sequence[str] = ()


def read_query(query: Query) -> tuple[Wanted, Position]:
    """What is wanted, and where it starts as far as the query says so. Raises `BadInput`."""
    runs = dict(_meant(text, "run", _run_start) for text in query.run)
    logs = dict(_meant(text, "log", _log_start) for text in query.log)
    series = dict(_meant(text, "series", _log_start) for text in query.series)
    watched = tuple(dict.fromkeys(RunId(one) for text in query.watch for one in text.split(",") if one))
    for name, found, most in (("run", runs, MOST_RUNS), ("log", logs, MOST_LOGS), ("series", series, MOST_SERIES), ("watch", watched, MOST_WATCHED)):
        if len(found) > most:
            message = f"a stream takes at most {most} of `{name}`, not {len(found)}"
            raise BadInput(message, place=f"query.{name}", remedy="Leave some out, or open a second stream for them.")
    wanted = Wanted(runs=tuple(runs), watched=watched, new=query.new, logs=tuple(logs), series=tuple(series))
    start = Position(
        runs={run: seq for run, seq in runs.items() if seq is not None},
        logs={log: offset or 0 for log, offset in logs.items()},
        series={one: offset or 0 for one, offset in series.items()},
    )
    return wanted, start


def resumed(wanted: Wanted, start: Position, last: Position) -> Position:
    """Where a stream goes on that was at `last`: what it told of then and is wanted still; all else starts where the query says."""
    return Position(
        runs={**start.runs, **{run: seq for run, seq in last.runs.items() if run in wanted.runs}},
        logs={**start.logs, **{log: offset for log, offset in last.logs.items() if log in wanted.logs}},
        newest=last.newest if wanted.new else None,
        series={**start.series, **{one: offset for one, offset in last.series.items() if one in wanted.series}},
    )


def _meant(text: str, name: str, read: Callable[[str], tuple[Key, int | None]]) -> tuple[Key, int | None]:
    try:
        return read(text)
    except ValueError as error:
        raise BadInput(f"{text!r} cannot be meant", place=f"query.{name}", remedy=str(error)) from error


def _run_start(text: str) -> tuple[RunId, int | None]:
    run, at, seq = text.partition("@")
    if not run:
        raise ValueError("It is the id of a run, or ID@SEQ: the number of its last event that is known.")
    return RunId(run), _number(seq) if at else None


def _log_start(text: str) -> tuple[AttemptId, int | None]:
    name, at, offset = text.partition("@")
    return _log(name), _number(offset) if at else None


def _log(name: str) -> AttemptId:
    run, task, number = [*name.split("/"), "", ""][:3]
    if name.count("/") != 2 or not run or not task or not _number(number):  # noqa: PLR2004  # three parts
        raise ValueError("It is RUN/TASK/ATTEMPT, each percent-encoded, or RUN/TASK/ATTEMPT@OFFSET: where to begin, in bytes.")
    return AttemptId(RunId(unquote(run)), TaskId(unquote(task)), _number(number))


def _number(value: Any) -> int:  # a part of a text, or of JSON
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST)) and int(text) <= _LARGEST):
        raise ValueError(f"{text[:40]!r} is not a number that can be meant.")
    return int(text)
