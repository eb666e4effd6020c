"""Logs in pieces, searched and as files: nothing lost, nothing twice, and as quick at the end of a gigabyte as of a line."""

from __future__ import annotations

import os
import random
import threading
import time

import pytest
from starlette.types import ASGIApp

from bakehouse.actions import logs, runs
from bakehouse.actions.context import Context
from bakehouse.actions.errors import NoSuchLog, NoSuchTask
from bakehouse.errors import BadInput
from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.records.errors import NoSuchRun
from bakehouse.server.application import ServerOptions, make_application
from tests.server.recorded import Recorded
from tests.server.serving import API, get

_GIGABYTE = 1 << 30


@pytest.fixture
def app(context: Context) -> ASGIApp:
    """A server on it."""
    return make_application(context, ServerOptions())


def _url(log: AttemptId) -> str:
    return f"{API}/runs/{log.run_id}/tasks/{log.task_id}/attempts/{log.number}/log"


# ---------------------------------------------------------------- in pieces


def test_pieces_are_whole_lines_and_make_up_the_log(run: Recorded) -> None:
    """From the beginning, each where the last one ended, whatever their size."""
    log = run.launch("first")
    text = "".join(f"line {number} ä€😀\n" for number in range(500))
    run.print(log, text.encode())
    for limit in (40, 100, 4096, 1 << 20):
        offset, seen = 0, ""
        while True:
            piece = logs.part(run.context, log, offset=offset, limit=limit)
            assert piece.offset == offset
            assert piece.size == len(text.encode())
            assert piece.text.endswith("\n") or not piece.text
            if not piece.text:
                break
            offset, seen = piece.next_offset, seen + piece.text
        assert seen == text
        assert offset == piece.size


def test_a_line_longer_than_a_piece_is_cut_between_characters(run: Recorded) -> None:
    """Progress bars make lines of megabytes."""
    log = run.launch("first")
    text = "€" * 1000
    run.print(log, text.encode())
    for limit in (1, 4, 5, 100):
        offset, seen = 0, ""
        while offset < 3000:
            piece = logs.part(run.context, log, offset=offset, limit=limit)
            assert piece.next_offset > offset
            offset, seen = piece.next_offset, seen + piece.text
        assert seen == text


def test_a_negative_offset_is_the_end_of_the_log_from_a_line_on(run: Recorded) -> None:
    """Where the cut falls on the beginning of a line nothing is skipped."""
    log = run.launch("first")
    run.print(log, b"one\ntwo\nthree\n")
    assert logs.part(run.context, log, offset=-8).text == "three\n"
    assert logs.part(run.context, log, offset=-6).text == "three\n"
    assert logs.part(run.context, log, offset=-10).text == "two\nthree\n"
    assert logs.part(run.context, log, offset=-1000).text == "one\ntwo\nthree\n"
    piece = logs.part(run.context, log, offset=-8)
    assert (piece.offset, piece.next_offset) == (8, 14)


def test_the_end_of_an_endless_line_begins_with_a_character(run: Recorded) -> None:
    """Not with half of one."""
    log = run.launch("first")
    run.print(log, "€".encode() * 100)
    assert logs.part(run.context, log, offset=-10).text == "€€€"


def test_an_offset_behind_the_end_is_the_end(run: Recorded) -> None:
    """A page that knows more than there is goes on from there."""
    log = run.launch("first")
    run.print(log, b"one\n")
    piece = logs.part(run.context, log, offset=1000)
    assert (piece.offset, piece.next_offset, piece.text) == (4, 4, "")


def test_half_a_character_waits_for_its_other_half(run: Recorded) -> None:
    """While the step prints; when it has ended, what is there is shown."""
    log = run.launch("first")
    run.print(log, b"so \xe2\x82")
    piece = logs.part(run.context, log)
    assert (piece.text, piece.next_offset, piece.complete) == ("so ", 3, False)
    run.print(log, b"\xac and \xf0\x9f")
    assert logs.part(run.context, log, offset=3).text == "€ and "
    run.succeed("first")
    piece = logs.part(run.context, log, offset=3)
    assert (piece.text, piece.next_offset, piece.complete) == ("€ and \ufffd", 13, True)


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x80", b"\x80" * 10, b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"ok\xe2\x82", b"\xe2\x28\xa1", b"\0\0"]
)
def test_bytes_that_are_no_text_are_shown_as_such(run: Recorded, data: bytes) -> None:
    """And none of them stops the log."""
    log = run.launch("first")
    run.print(log, data + b"\nnext\n")
    assert logs.part(run.context, log).text == data.decode("utf-8", "replace") + "\nnext\n"
    offset, steps = 0, 0
    while (piece := logs.part(run.context, log, offset=offset, limit=4)).text:
        offset, steps = piece.next_offset, steps + 1
    assert (offset, steps < 20) == (len(data) + 6, True)


def test_a_log_that_is_not_there_yet_is_empty(run: Recorded) -> None:
    """The attempt is recorded before its runtime has made the file."""
    log = run.launch("first")
    (runs.attempt_folder(run.context, log.path) / "log").unlink()
    assert logs.part(run.context, log) == logs.Piece(0, 0, 0, "", complete=False)
    assert logs.search(run.context, log, "x") == logs.Matches((), None)


def test_a_pipe_in_the_place_of_a_log_holds_nobody_up(run: Recorded, app: ASGIApp) -> None:
    """A step may put one there: it is no log."""
    log = run.launch("first")
    place = runs.attempt_folder(run.context, log.path) / "log"
    place.unlink()
    os.mkfifo(place)
    assert logs.part(run.context, log) == logs.Piece(0, 0, 0, "", complete=False)
    assert logs.search(run.context, log, "x") == logs.Matches((), None)
    assert list(logs.log(run.context, log.run_id, "first")) == []
    assert get(app, f"{_url(log)}/download").content == b""


def test_what_has_no_log_says_why(run: Recorded) -> None:
    """No such run, step or attempt, or none yet."""
    log = run.launch("first")
    for attempt, error, text in (
        (AttemptId(RunId("nothing"), log.task_id, 1), NoSuchRun, "no run"),
        (AttemptId(log.run_id, TaskId("third"), 1), NoSuchTask, "first, second"),
        (AttemptId(log.run_id, TaskId("second"), 1), NoSuchLog, "WAITING"),
        (AttemptId(log.run_id, log.task_id, 7), NoSuchLog, "it has no attempt 7\n  Name attempt 1"),
    ):
        with pytest.raises(error) as caught:
            logs.part(run.context, attempt)
        assert text in str(caught.value)


def test_pieces_over_http(run: Recorded, app: ASGIApp) -> None:
    """As the page asks for them; a wrong number is refused with its place."""
    log = run.launch("first")
    run.print(log, b"one\ntwo\n")
    assert get(app, _url(log)).json() == {"offset": 0, "next_offset": 8, "size": 8, "text": "one\ntwo\n", "complete": False}
    assert get(app, f"{_url(log)}?offset=-5&limit=100").json()["text"] == "two\n"
    for query, place in (
        ("offset=x", "query.offset"),
        ("limit=0", "query.limit"),
        (f"limit={(1 << 20) + 1}", "query.limit"),
        ("tail=1", "query.tail"),
    ):
        answer = get(app, f"{_url(log)}?{query}")
        assert (answer.status_code, answer.json()["problems"][0]["place"]) == (400, place)
    assert get(app, _url(log).replace("/1/log", "/0/log")).status_code == 400
    assert get(app, _url(log).replace("/1/log", "/2/log")).status_code == 404
    assert get(app, f"{_url(log)}?offset={10**30}").status_code == 400


# ---------------------------------------------------------------- searched


def test_a_search_finds_lines_in_either_case(run: Recorded, app: ASGIApp) -> None:
    """One match for a line, with the byte at which the line begins."""
    log = run.launch("first")
    run.print(log, "alpha\nBeta beta\n€ BETA\ngamma".encode())
    found = logs.search(run.context, log, "beta")
    assert found == logs.Matches((logs.Match(6, "Beta beta"), logs.Match(16, "€ BETA")), None)
    assert logs.search(run.context, log, "gam").matches[0].offset == 25
    assert logs.search(run.context, log, "€").matches[0].line == "€ BETA"
    assert logs.search(run.context, log, "beta", offset=16).matches == (logs.Match(16, "€ BETA"),)
    assert get(app, f"{_url(log)}/search?text=GAMMA").json() == {"matches": [{"offset": 25, "line": "gamma"}], "next_offset": None}
    for query in ("", "?text=", "?text=a%0Ab", f"?text={'x' * 1001}", "?text=a&offset=-1"):
        assert get(app, f"{_url(log)}/search{query}").status_code == 400, query


def test_a_search_for_nothing_is_refused(run: Recorded) -> None:
    """Every line would be found."""
    log = run.launch("first")
    for text in ("", "a\nb", "x" * 1001):
        with pytest.raises(BadInput):
            logs.search(run.context, log, text)


def test_a_search_goes_on_where_it_stopped(run: Recorded) -> None:
    """At most 200 lines at a time; all of them in the end, each once, also where blocks meet."""
    log = run.launch("first")
    rng = random.Random(3)
    lines = [f"{'needle' if rng.random() < 0.1 else 'straw'} {number} {'x' * rng.randrange(800)}" for number in range(10_000)]
    run.print(log, "\n".join(lines).encode())
    found: list[logs.Match] = []
    offset: int | None = 0
    while offset is not None:
        part = logs.search(run.context, log, "NEEDLE", offset=offset)
        assert len(part.matches) <= 200
        found, offset = [*found, *part.matches], part.next_offset
    assert [match.line for match in found] == [line for line in lines if "needle" in line]
    content = "\n".join(lines)
    assert all(content[match.offset :].startswith(match.line) for match in found)


def test_a_match_far_into_a_line_shows_the_match(run: Recorded) -> None:
    """1,000 characters of a line, not its first ones."""
    log = run.launch("first")
    run.print(log, b"." * 3_000_000 + b"needle" + b"." * 3_000_000 + b"\nafter needle\n")
    found = logs.search(run.context, log, "needle").matches
    assert [match.line[:12] for match in found][-1] == "after needle"
    assert "needle" in found[0].line
    assert all(len(match.line) <= 1000 for match in found)


def test_a_match_is_found_where_two_blocks_of_one_line_meet(run: Recorded) -> None:
    """A line of megabytes is searched block by block."""
    log = run.launch("first")
    for shift in range(-8, 3):
        run.print(log, b"." * ((1 << 20) + shift) + b"needle\n")
    offset, found = 0, 0
    while True:
        part = logs.search(run.context, log, "needle", offset=offset)
        found += len(part.matches)
        if part.next_offset is None:
            break
        offset = part.next_offset
    assert found == 11


# ---------------------------------------------------------------- as a file


def test_a_log_is_downloaded_whole_or_in_ranges(run: Recorded, app: ASGIApp) -> None:
    """As text, under a name that says what it is."""
    log = run.launch("first")
    run.print(log, b"0123456789")
    answer = get(app, f"{_url(log)}/download")
    assert (answer.content, answer.headers["content-type"]) == (b"0123456789", "text/plain; charset=utf-8")
    assert answer.headers["content-disposition"] == f'attachment; filename="{log.run_id[:8]}-first-1.log"'
    part = get(app, f"{_url(log)}/download", headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert get(app, f"{_url(log)}/download", headers={"Range": "bytes=-3"}).content == b"789"
    assert get(app, f"{_url(log)}/download", headers={"Range": "bytes=20-"}).status_code == 416


def test_a_log_that_grows_is_downloaded_as_far_as_it_went(run: Recorded, app: ASGIApp) -> None:
    """The length was told before; more than that would break the connection."""
    log = run.launch("first")
    run.print(log, b"x" * 3_000_000)
    stop = threading.Event()

    def prints() -> None:
        while not stop.is_set():
            run.print(log, b"y" * 50_000)

    printing = threading.Thread(target=prints)
    printing.start()
    try:
        answer = get(app, f"{_url(log)}/download")
    finally:
        stop.set()
        printing.join()
    assert len(answer.content) == int(answer.headers["content-length"])


def test_an_empty_log_is_an_empty_file(run: Recorded, app: ASGIApp) -> None:
    """Also before the file is there."""
    log = run.launch("first")
    assert get(app, f"{_url(log)}/download").content == b""
    (runs.attempt_folder(run.context, log.path) / "log").unlink()
    answer = get(app, f"{_url(log)}/download")
    assert (answer.status_code, answer.content) == (200, b"")
    assert "attachment" in answer.headers["content-disposition"]


# ---------------------------------------------------------------- large


def test_a_log_of_a_gigabyte_opens_at_its_end_at_once(run: Recorded) -> None:
    """And a search in it comes back soon, to go on from where it is."""
    log = run.launch("first")
    path = runs.attempt_folder(run.context, log.path) / "log"
    with path.open("wb") as file:  # a hole: what counts is where one has to read
        file.truncate(_GIGABYTE)
        file.seek(0, 2)
        file.write(b"\nthe end\n")
    begun = time.monotonic()
    assert logs.part(run.context, log, offset=-100_000, limit=1 << 20).text == "the end\n"
    assert time.monotonic() - begun < 0.3
    begun = time.monotonic()
    found = logs.search(run.context, log, "the end")
    assert time.monotonic() - begun < 2
    assert found.next_offset is not None
    assert found.next_offset < _GIGABYTE
