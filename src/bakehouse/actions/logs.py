"""The log of a step: all of it, as it grows, in pieces, or searched. A log may be larger than memory: every call reads a bounded part."""

from __future__ import annotations

import codecs
import errno
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.actions.errors import NoSuchLog
from bakehouse.errors import BadInput
from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.orchestrator.states import FINAL_RUN_STATES, FINAL_TASK_STATES
from bakehouse.records.views import TaskView
from bakehouse.runners import reading

#: Bytes of a piece, unless fewer are asked for; and the most.
PIECE = 1 << 16
LARGEST_PIECE = 1 << 20
_SMALLEST_PIECE = 4  # bytes of the longest character
_LONGEST_BEGINNING = 3  # bytes of a character that is not whole
_INSIDE = bytes(range(0x80, 0xC0))  # bytes within a character
_CHUNK = 1 << 16  # bytes
_POLL = 0.2  # seconds
_SEARCHED = 64 << 20  # bytes that one search looks at
_BLOCK = 1 << 20  # bytes that it reads at a time
_MOST_MATCHES = 200
_LONGEST_LINE = 1_000  # characters of a line that a match shows
_LONGEST_NEEDLE = 1_000  # characters


@dataclass(frozen=True)
class Log:
    """Where the log of one attempt lies, which need not be there yet, and whether nothing will be added to it any more."""

    path: Path
    complete: bool


@dataclass(frozen=True)
class Piece:
    """A part of a log, from byte `offset` to `next_offset` of `size`. `complete`: nothing will be added to the log any more."""

    offset: int
    next_offset: int
    size: int
    text: str
    complete: bool


@dataclass(frozen=True)
class Match:
    """A line in which a text stands: where it begins, and what it says, around the text if it is long."""

    offset: int
    line: str


@dataclass(frozen=True)
class Matches:
    """The lines that one search found; the next one begins at `next_offset`, `None` at the end of the log."""

    matches: tuple[Match, ...]
    next_offset: int | None


def opened(log: Path) -> BinaryIO:
    """A log, to be read. Raises `FileNotFoundError` where there is none: what a step may have put in its place, a pipe for instance, is none."""
    try:
        return io.BufferedReader(reading.opened(log))
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise FileNotFoundError(errno.ENOENT, "it is not a file", str(log)) from error
        raise


# ---------------------------------------------------------------- in pieces


def find(context: Context, attempt: AttemptId) -> Log:
    """The log of one attempt. Raises `NoSuchRun`, `NoSuchTask`, `NoSuchLog`."""
    found = runs.task(context, attempt.run_id, attempt.task_id)
    place = _path(context, attempt.run_id, found, attempt.number)
    if place is None:
        raise _no_attempt(attempt.run_id, found)
    return Log(place, _closed(found, attempt.number))


def part(context: Context, attempt: AttemptId, *, offset: int = 0, limit: int = PIECE) -> Piece:
    """A piece of a log, of at most `limit` bytes, from `offset`; a negative one counts from the end, and the piece begins with a line.

    It ends with a line, or with the log; a line that is longer than the piece is cut between two characters.
    """
    found = find(context, attempt)  # before the log is read: what is complete then stays so
    limit = max(_SMALLEST_PIECE, min(limit, LARGEST_PIECE))
    try:
        with opened(found.path) as file:
            size = file.seek(0, 2)
            start = max(0, size + offset) if offset < 0 else min(offset, size)
            file.seek(max(0, start - 1))
            before = file.read(1) if start else b"\n"
            data = file.read(min(limit, size - start))
    except FileNotFoundError:
        return Piece(0, 0, 0, "", found.complete)
    skipped = 0 if offset >= 0 or before == b"\n" else _line_start(data)
    whole = _lines_end(data) if start + len(data) < size else len(data) if found.complete else characters_end(data)
    return Piece(start + skipped, start + whole, size, _text(data[skipped:whole]), found.complete)


def tail(log: Path, offset: int, *, limit: int = PIECE, last: bool) -> bytes:
    """What stands in a log file from `offset` on, at most so many bytes, no half character at its end unless it is the `last`."""
    try:
        with opened(log) as file:
            file.seek(offset)
            data = file.read(limit)
    except FileNotFoundError:
        return b""
    if last and len(data) < limit:
        return data
    return data[: characters_end(data)]


def characters_end(data: bytes) -> int:
    """How many bytes are whole characters: all, but for up to three at the end that begin one."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.decode(data[-_LONGEST_BEGINNING:])
    return len(data) - len(decoder.getstate()[0])


def _line_start(data: bytes) -> int:
    """Where the first whole line begins; where there is none, the first whole character."""
    newline = data.find(b"\n")
    if 0 <= newline < len(data) - 1:
        return newline + 1
    head = data[:_LONGEST_BEGINNING]
    return len(head) - len(head.lstrip(_INSIDE))


def _lines_end(data: bytes) -> int:
    """Where the last whole line ends; where there is none, the last whole character."""
    return data.rfind(b"\n") + 1 or characters_end(data)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


# ---------------------------------------------------------------- searched


def search(context: Context, attempt: AttemptId, text: str, *, offset: int = 0) -> Matches:
    """Lines from `offset` on in which a text stands, letters of ASCII in either case: at most 200, out of the next 64 MiB."""
    if not text or len(text) > _LONGEST_NEEDLE or "\n" in text:
        remedy = f"Search for a part of one line, of at most {_LONGEST_NEEDLE:,} characters."
        raise BadInput("what is searched for is empty, too long, or more than one line", place="query.text", remedy=remedy)
    needle = text.encode("utf-8", "surrogatepass").lower()
    log, at, found = find(context, attempt).path, max(0, offset), list[Match]()
    try:
        with opened(log) as file:
            file.seek(at)
            end = at + _SEARCHED
            while at < end and len(found) < _MOST_MATCHES:
                block = file.read(_BLOCK)
                if not block:
                    return Matches(tuple(found), None)
                lines = block.rfind(b"\n") + 1 if len(block) == _BLOCK else len(block)
                at += _matches(block[:lines], needle, at, found) if lines else _matches_within(block, needle, at, found)
                file.seek(at)
    except FileNotFoundError:
        return Matches((), None)
    return Matches(tuple(found), at)


def _matches(block: bytes, needle: bytes, at: int, found: list[Match]) -> int:
    """Add the lines of a block in which the needle stands; how far the block was searched."""
    lowered, place = block.lower(), 0
    while (hit := lowered.find(needle, place)) >= 0:
        begin, end = block.rfind(b"\n", 0, hit) + 1, block.find(b"\n", hit)
        end = len(block) if end < 0 else end
        found.append(Match(at + begin, _shown(block[begin:end], hit - begin)))
        place = end + 1
        if len(found) >= _MOST_MATCHES:
            return min(place, len(block))
    return len(block)


def _matches_within(block: bytes, needle: bytes, at: int, found: list[Match]) -> int:
    """As `_matches`, in the middle of a line that is longer than a block: a needle may go on where the block ends."""
    return min(_matches(block, needle, at, found), len(block) - len(needle) + 1)


def _shown(line: bytes, hit: int) -> str:
    """At most 1,000 characters of a line, among them the place of the match."""
    text = _text(line)
    if len(text) <= _LONGEST_LINE:
        return text
    start = len(_text(line[:hit]))
    begin = 0 if start < _LONGEST_LINE // 2 else start - _LONGEST_LINE // 4
    return text[begin : begin + _LONGEST_LINE]


# ---------------------------------------------------------------- whole


def log(context: Context, run: str, task: str, attempt: int | None = None) -> Iterator[bytes]:
    """The bytes of a step's log so far, in chunks; the latest attempt unless one is named. Raises `NoSuchTask`, `NoSuchLog`."""
    view = runs.get(context, run)
    found = runs.step(view, task)
    place = _path(context, view.summary.id, found, attempt)
    if place is None:
        raise _no_attempt(view.summary.id, found)
    yield from _chunks(place, 0)


def follow(context: Context, run: str, task: str, attempt: int | None = None) -> Iterator[bytes]:
    """The log of a step as it grows, until the task is over (or that attempt, if one is named); waits for a step that has not started."""
    seen: dict[Path, int] = {}
    while True:
        view = runs.get(context, run)
        found = runs.step(view, task)
        over = found.state in FINAL_TASK_STATES or view.summary.state in FINAL_RUN_STATES or _closed(found, attempt)
        numbers = [attempt] if attempt is not None else [one.number for one in found.attempts]
        for number in numbers:
            place = _path(context, view.summary.id, found, number) if number in {one.number for one in found.attempts} else None
            if place is None:
                continue
            for chunk in _chunks(place, seen.get(place, 0)):
                seen[place] = seen.get(place, 0) + len(chunk)
                yield chunk
        if over:
            return
        time.sleep(_POLL)


def _closed(task: TaskView, attempt: int | None) -> bool:
    return any(one.number == attempt and "ended" in one.times for one in task.attempts)


def _path(context: Context, run_id: RunId, task: TaskView, attempt: int | None) -> Path | None:
    numbers = [one.number for one in task.attempts]
    if attempt is not None and numbers and attempt not in numbers:
        several = f"Name one of the attempts {', '.join(map(str, numbers))}." if len(numbers) > 1 else f"Name attempt {numbers[0]}, the only one."
        raise NoSuchLog(run=run_id, task=task.id, why=f"it has no attempt {attempt}", remedy=several)
    if not numbers:
        return None
    name = AttemptId(run_id, TaskId(task.id), attempt or numbers[-1])
    return runs.attempt_folder(context, name.path) / "log"


def _no_attempt(run_id: RunId, task: TaskView) -> NoSuchLog:
    if task.cached_from:
        source = f"task {task.cached_from_task or task.id} of run {task.cached_from}"
        return NoSuchLog(run=run_id, task=task.id, why=f"its result was reused from run {task.cached_from}", remedy=f"Read the log of {source}.")
    if task.state in FINAL_TASK_STATES:
        remedy = f"It was never started: `bakehouse runs show {run_id}` tells why."
    else:
        remedy = "Wait until it has started; with `bakehouse runs logs --follow` that is done for you."
    return NoSuchLog(run=run_id, task=task.id, why=f"it is {task.state.value}", remedy=remedy)


def _chunks(place: Path, start: int) -> Iterator[bytes]:
    try:
        with opened(place) as file:
            file.seek(start)
            while chunk := file.read(_CHUNK):
                yield chunk
    except FileNotFoundError:
        return  # the step has printed nothing yet
