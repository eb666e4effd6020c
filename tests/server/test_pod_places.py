"""Servers of several homes that have the same pods: each tells keepers of the other's steps to ask elsewhere, and sees what it lacks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bakehouse.actions.context import Context
from bakehouse.ir.execution import AttemptId
from bakehouse.pod import protocol
from bakehouse.records.database import Records
from bakehouse.records.errors import DatabaseUnusable
from bakehouse.records.whereabouts import Whereabouts
from bakehouse.runners import pods
from tests.server.pods import Keeper


@pytest.fixture
def keeper(pods_home: Context) -> Keeper:
    """That of an attempt which this server has."""
    return Keeper(replace(pods_home, shares_pods=True))


def _at(monkeypatch: pytest.MonkeyPatch, place: Whereabouts) -> None:
    monkeypatch.setattr(Records, "whereabouts", lambda _self, _attempt: place)


@pytest.mark.parametrize(("place", "is_written"), [(Whereabouts.ELSEWHERE, True), (Whereabouts.ELSEWHERE, False), (Whereabouts.HERE, False)])
def test_a_keeper_is_sent_elsewhere(keeper: Keeper, monkeypatch: pytest.MonkeyPatch, place: Whereabouts, is_written: bool) -> None:  # noqa: FBT001
    """By an answer that it tries again, on another connection: where another one has the step, or this one is about to have it."""
    _at(monkeypatch, place)
    if not is_written:
        (keeper.folder.path / pods.NAME).unlink()
    answer = keeper.get("launch")
    assert (answer.status_code, answer.json()["code"], answer.headers["connection"]) == (503, protocol.ELSEWHERE, "close")


def test_a_keeper_is_heard_where_its_step_is(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows a step that is over, and that this server never had."""
    _at(monkeypatch, Whereabouts.HERE)
    assert keeper.get("launch").status_code == 200
    _at(monkeypatch, Whereabouts.OVER)
    (keeper.folder.path / pods.NAME).unlink()
    assert keeper.get("launch").status_code == 404


def test_of_a_step_that_ended_elsewhere_nothing_is_taken(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though this server had it before, and saw no end of it: its command must not be had here once more."""
    _at(monkeypatch, Whereabouts.OVER)
    left = keeper.left()
    answers = [
        keeper.get("launch"),
        keeper.send("POST", "log?offset=0", b"said"),
        keeper.send("PUT", "outputs/n", b"7"),
        keeper.tell(code=0, brought=0),
    ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(410, "attempt_over")] * 4
    assert keeper.left() == left
    assert not keeper.folder.ended()


def test_the_result_of_a_step_that_ended_here_may_be_told_again(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its keeper may not have heard that it was taken."""
    _at(monkeypatch, Whereabouts.HERE)
    assert keeper.tell(code=0, brought=0).json() == {"new": True}
    _at(monkeypatch, Whereabouts.OVER)
    assert keeper.tell(code=0, brought=0).json() == {"new": False}
    assert keeper.get("launch").status_code == 410


def test_records_that_are_away_keep_no_keeper_out(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies here may well be had from here."""

    def away(_self: Records, _attempt: AttemptId) -> Whereabouts:
        raise DatabaseUnusable(path="db.example", why="no answer", remedy="Wait.")

    monkeypatch.setattr(Records, "whereabouts", away)
    assert keeper.get("launch").status_code == 200
    (keeper.folder.path / pods.NAME).unlink()
    assert keeper.get("launch").status_code == 503


def test_a_result_without_what_was_brought_before_it(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused until all is here; told again after that, it changes nothing."""
    _at(monkeypatch, Whereabouts.HERE)
    keeper.send("POST", "log?offset=0", b"said")
    keeper.send("PUT", "outputs/n", b"7")
    assert keeper.tell(code=0, brought=2, log_sent=4).status_code == 409
    assert keeper.tell(code=0, brought=1, log_sent=5).json()["code"] == "incomplete"
    assert keeper.tell(code=0, brought=1, series_sent=1).status_code == 409
    assert not keeper.folder.ended()
    assert keeper.tell(code=0, brought=1, log_sent=4).json() == {"new": True}
    assert keeper.tell(code=0, brought=1, log_sent=4).json() == {"new": False}
