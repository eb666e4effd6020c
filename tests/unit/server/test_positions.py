"""Positions of a stream: what comes out is what went in, and nothing else is taken."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.errors import BadInput
from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.server.positions import Newest, Position, Query, Wanted, log_name, read_query, read_token, resumed

_NUMBERS = st.integers(0, 1 << 53)
_NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
_LOGS = st.builds(AttemptId, _NAMES.map(RunId), _NAMES.map(TaskId), st.integers(1, 1 << 31))
_POSITIONS = st.builds(
    Position,
    runs=st.dictionaries(_NAMES.map(RunId), _NUMBERS, max_size=5),
    logs=st.dictionaries(_LOGS, _NUMBERS, max_size=3),
    series=st.dictionaries(_LOGS, _NUMBERS, max_size=3),
    newest=st.none() | st.builds(Newest, st.floats(0, 1e12), _NAMES),
)

LOG, OTHER = (AttemptId(RunId("r"), TaskId("t"), number) for number in (1, 2))


@given(_POSITIONS)
def test_a_position_survives_as_text(position: Position) -> None:
    """Of one line and of letters that an address takes."""
    token = position.token()
    assert read_token(token) == position
    assert token.replace("-", "").replace("_", "").isalnum()


@given(st.text() | st.binary().map(lambda content: base64.urlsafe_b64encode(content).decode()))
def test_no_text_breaks_the_reading_of_positions(text: str) -> None:
    """It is a position, or it is refused with its place."""
    try:
        read_token(text)
    except BadInput as error:
        assert error.place == "query.position"  # noqa: PT017  # either of two things is right


@pytest.mark.parametrize(
    "document",
    [
        b"{}",
        b"[]",
        b"null",
        b'{"r":{"a":-1},"l":{},"s":{},"n":null}',
        b'{"r":{},"l":{"a":1},"s":{},"n":null}',
        b'{"r":{},"l":{},"s":{"a":1},"n":null}',
        b'{"r":{},"l":{},"n":null}',
        b'{"r":{},"l":{},"s":{},"n":[1]}',
        b"[" * 9999,
    ],
)
def test_what_only_looks_like_a_position_is_refused(document: bytes) -> None:
    """Somebody wrote it by hand, or another release did."""
    with pytest.raises(BadInput):
        read_token(base64.urlsafe_b64encode(document).decode().rstrip("="))


@given(_LOGS, st.none() | _NUMBERS)
def test_a_log_or_series_survives_in_the_address(log: AttemptId, offset: int | None) -> None:
    """Whatever signs its step has in its name."""
    at = "" if offset is None else f"@{offset}"
    wanted, start = read_query(Query(log=[log_name(log) + at], series=[log_name(log) + at]))
    assert wanted.logs == wanted.series == (log,)
    assert start.logs == start.series == {log: offset or 0}


def test_a_query_says_what_is_wanted_and_where_it_starts() -> None:
    """Each thing once."""
    wanted, start = read_query(Query(run=["a@7", "b"], watch=["c,d,,c", "e"], new=True, log=["r/t/1@9"], series=["r/t/1@8"]))
    assert wanted == Wanted(runs=(RunId("a"), RunId("b")), watched=(RunId("c"), RunId("d"), RunId("e")), new=True, logs=(LOG,), series=(LOG,))
    assert start == Position(runs={RunId("a"): 7}, logs={LOG: 9}, series={LOG: 8})


def test_a_stream_goes_on_with_what_is_wanted_still() -> None:
    """What it had told is known; what is wanted anew starts where the query says; what is no longer wanted is forgotten."""
    last = Position(runs={RunId("a"): 5, RunId("old"): 3}, logs={LOG: 100}, newest=Newest(1.0, "x"), series={LOG: 70, OTHER: 80})
    wanted, start = read_query(Query(run=["a@1", "b@2"], log=["r/t/1@50", "r/t/2@60"], new=True, series=["r/t/1"]))
    assert resumed(wanted, start, last) == Position(
        runs={RunId("a"): 5, RunId("b"): 2}, logs={LOG: 100, OTHER: 60}, newest=Newest(1.0, "x"), series={LOG: 70}
    )
    assert resumed(Wanted(), Position(), last) == Position()
