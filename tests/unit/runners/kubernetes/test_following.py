"""One attempt from its launch to its end, by what the cluster and the keeper say."""

from __future__ import annotations

from typing import Any

import pytest

from bakehouse.ir.execution import Cause, Ending, StepError
from bakehouse.ir.values import JsonObject
from bakehouse.runners.kubernetes.following import Act, Collect, Delete, Finish, Followed, GiveUp, Remark, Start
from tests.unit.runners.kubernetes.pods import state, status

_NEW = Followed(patience=60.0, since=0.0)
_MAKING = status(containerStatuses=[state("main", waiting={"reason": "ContainerCreating"})])
_RUNS = status(containerStatuses=[state("keeper", running={}), state("main", running={})])
_ENDED = status(containerStatuses=[state("keeper", running={}), state("main", terminated={"exitCode": 137, "reason": "OOMKilled"})])
_EVICTED = status(phase="Failed", reason="Evicted", message="low on memory")
_WELL = Ending(exit_code=0)
_KILLED = Ending(cause=Cause.EXIT_CODE, exit_code=137, error=StepError(message="exit code 137"))


def _waits(reason: str, message: str) -> JsonObject:
    return status(containerStatuses=[state("main", waiting={"reason": reason, "message": message})])


def _leaving(pod: JsonObject) -> JsonObject:
    return {**pod, "metadata": {**pod["metadata"], "deletionTimestamp": "now", "deletionGracePeriodSeconds": 30}}


def _after(state: Followed, *news: tuple[float, Any]) -> tuple[Followed, list[Act]]:
    """What follows from news, each with its time: a pod, or a change of the state."""
    acts: list[Act] = []
    for now, one in news:
        state = one(state) if callable(one) else state.seen(one)
        state, more = state.due(now)
        acts += more
    return state, acts


def _nothing(state: Followed) -> Followed:
    return state


def _ending(acts: list[Act]) -> Ending:
    (found,) = [act.ending for act in acts if isinstance(act, (Finish, GiveUp))]
    return found


def test_the_usual_way() -> None:
    """It starts, its word is there, it is collected, it is over: without a remark, and before the cluster knows."""
    followed, acts = _after(_NEW, (0.1, _MAKING), (0.6, _RUNS), (0.7, lambda one: one.left(0.7)), (0.8, lambda one: one.collected(_WELL)))
    assert acts == [Start(), Collect(), Finish(_WELL)]
    assert followed.over


def test_a_word_may_come_before_the_cluster_says_that_anything_runs() -> None:
    """A step of milliseconds: it has started all the same."""
    _, acts = _after(_NEW, (0.1, _MAKING), (0.2, lambda one: one.left(0.2)), (0.3, lambda one: one.collected(_WELL)))
    assert acts == [Start(), Collect(), Finish(_WELL)]


def test_news_that_come_again_change_nothing() -> None:
    """Watches repeat themselves, and so do ticks."""
    _, acts = _after(_NEW, (0.1, _RUNS), (0.2, _RUNS), (0.3, lambda one: one.left(0.3)), (0.4, lambda one: one.left(0.4)), (0.5, _nothing))
    assert acts == [Start(), Collect()]


def test_what_is_waited_for_is_told_once() -> None:
    """At once where it is not usual, and after a while where it is."""
    unscheduled = status(conditions=[{"type": "PodScheduled", "status": "False", "message": "0/1 nodes"}])
    _, acts = _after(_NEW, (1.0, unscheduled), (2.0, unscheduled), (3.0, _MAKING), (7.0, _nothing), (8.5, _nothing), (9.0, _nothing))
    assert acts == [Remark("waits for a node: 0/1 nodes"), Remark("its containers are being made on n1")]


def test_warnings_are_told() -> None:
    """A volume that cannot be mounted shows in events alone."""
    _, acts = _after(_NEW, (1.0, _MAKING), (1.1, lambda one: one.warned('secret "s" not found')))
    assert acts == [Remark('waits for its node: secret "s" not found')]


def test_an_image_that_does_not_come_ends_the_attempt() -> None:
    """After its patience, with the longest of the kubelet's texts, which takes turns with a shorter one."""
    long, short = _waits("ErrImagePull", "rpc error: not found: no such host"), _waits("ImagePullBackOff", "Back-off")
    followed, acts = _after(_NEW, (1.0, long), (10.0, short), (30.0, long), (50.0, short), (60.9, _nothing), (61.0, _nothing))
    assert [act for act in acts if isinstance(act, Remark)] == [
        Remark("its image cannot be pulled (container main: rpc error: not found: no such host)"),
        Remark("its image cannot be pulled (container main: Back-off)"),
    ]
    ending = _ending(acts)
    assert ending.cause is Cause.ENVIRONMENT
    assert ending.error is not None
    assert "no such host" in ending.error.message
    assert acts[-1] == Delete()
    assert followed.given_up == ending


def test_an_image_that_comes_after_all_is_forgiven() -> None:
    """Its time begins anew with the next trouble."""
    trouble = _waits("ErrImagePull", "busy")
    followed, acts = _after(_NEW, (1.0, trouble), (59.0, _MAKING), (70.0, trouble), (100.0, _nothing))
    assert not followed.over
    assert not any(isinstance(act, (Finish, GiveUp)) for act in acts)


@pytest.mark.parametrize("knows", [True, False])
def test_a_killed_step_is_explained_by_its_pod(knows: bool) -> None:  # noqa: FBT001  # a case
    """Which may take a moment; where it never does, the exit code has to do."""
    followed, acts = _after(_NEW, (0.5, _RUNS), (1.0, lambda one: one.left(1.0)), (1.1, lambda one: one.collected(_KILLED)))
    assert not followed.over
    _, acts = _after(followed, (1.8, _ENDED) if knows else (4.1, _nothing))
    assert _ending(acts).cause is (Cause.OUT_OF_MEMORY if knows else Cause.EXIT_CODE)


def test_an_evicted_pod_is_waited_for_while_its_word_may_come() -> None:
    """A step may end well in its grace; without a word it is lost."""
    lost, acts = _after(_NEW, (0.5, _RUNS), (1.0, _EVICTED), (20.0, _nothing))
    assert not lost.over
    well, acts = _after(lost, (21.0, lambda one: one.left(21.0)), (21.1, lambda one: one.collected(_WELL)))
    assert well.over
    assert _ending(acts) == _WELL
    _, acts = _after(lost, (41.5, _nothing))
    assert _ending(acts).cause is Cause.LOST


def test_a_pod_that_is_gone_is_lost_in_a_moment() -> None:
    """Deleted by hand, with a force that leaves no time for a word."""
    gone, acts = _after(_NEW, (0.5, _RUNS), (1.0, lambda one: one.lacking(_RUNS)), (2.0, _nothing))
    assert not gone.over
    _, acts = _after(gone, (4.1, _nothing))
    ending = _ending(acts)
    assert ending.cause is Cause.LOST
    assert ending.error is not None
    assert ending.error.message == "its pod was deleted, and not by Bakehouse"
    assert Delete() not in acts


def test_a_pod_that_went_unseen_took_its_step_along() -> None:
    """Nobody listened while it was deleted: that it is no more is all that is heard, beside the word that TERM ended the step."""
    ended = Ending(cause=Cause.EXIT_CODE, exit_code=143, error=StepError(message="exit code 143"))
    news = [(0.5, _RUNS), (1.0, lambda one: one.left(1.0)), (1.1, lambda one: one.collected(ended)), (2.0, lambda one: one.lacking(_RUNS))]
    _, acts = _after(_NEW, *news)
    assert acts[:2] == [Start(), Collect()]
    assert _ending(acts).cause is Cause.LOST


def test_what_nobody_can_hear_is_waited_for() -> None:
    """A killed step is explained when the cluster is heard again, which tells its pods before it tells that it is."""
    away = [(1.2, lambda one: one.troubled("the cluster's API cannot be reached")), (60.0, _nothing)]
    killed = [(1.0, lambda one: one.left(1.0)), (1.1, lambda one: one.collected(_KILLED))]
    followed, acts = _after(_NEW, (0.5, _RUNS), *killed, *away)
    assert not [act for act in acts if isinstance(act, Finish)]
    _, acts = _after(followed, (61.0, _ENDED), (61.0, lambda one: one.troubled("")))
    assert _ending(acts).cause is Cause.OUT_OF_MEMORY


def test_a_pod_whose_node_is_away_is_lost_after_its_grace() -> None:
    """It would be Terminating for ever."""
    leaving, acts = _after(_NEW, (0.5, _RUNS), (1.0, _leaving(_RUNS)), (60.0, _nothing))
    assert acts == [Start(), Remark("its pod was deleted, and not by Bakehouse")]
    _, acts = _after(leaving, (61.5, _nothing))
    assert _ending(acts).cause is Cause.LOST
    assert Delete() in acts


def test_a_pod_that_somebody_ends_is_told_and_not_taken_back() -> None:
    """What its step leaves meanwhile is no news of its node."""
    _, acts = _after(_NEW, (0.5, _RUNS), (1.0, _leaving(_RUNS)), (2.0, lambda one: one.left(2.0)), (2.1, lambda one: one.collected(_WELL)))
    assert acts == [Start(), Remark("its pod was deleted, and not by Bakehouse"), Collect(), Finish(_WELL)]


def test_a_node_that_does_not_answer_is_told_and_that_it_does_again() -> None:
    """Long before its pods are given up."""
    ready, silent, unready = (
        status(conditions=[{"type": "Ready", **one}], containerStatuses=_RUNS["status"]["containerStatuses"])
        for one in ({"status": "True"}, {"status": "False"}, {"status": "False", "reason": "ContainersNotReady"})
    )
    _, acts = _after(_NEW, (0.5, ready), (41.0, silent), (42.0, silent), (50.0, ready), (51.0, unready), (52.0, ready))
    assert acts == [
        Start(),
        Remark("its node n1 does not answer: whether the step still runs is not known"),
        Remark("its node answers again"),
    ]


def _given_up() -> tuple[Followed, Ending]:
    """An attempt whose node does not say that its pod is gone, and what is written of it."""
    followed, acts = _after(_NEW, (0.5, _RUNS), (1.0, _leaving(_RUNS)), (61.5, _nothing), (62.0, _nothing))
    return followed, _ending(acts)


def test_an_attempt_that_is_given_up_is_over_once_that_is_written() -> None:
    """And ends as it was given up, whatever its pod says meanwhile."""
    followed, ending = _given_up()
    assert not followed.over
    followed, acts = _after(followed, (62.1, _leaving(_ENDED)), (62.2, lambda one: one.left(62.2)), (62.3, lambda one: one.collected(ending)))
    assert acts == [Collect(), Finish(ending)]
    assert followed.over


def test_a_word_that_comes_before_the_attempt_is_given_up_counts() -> None:
    """The keeper was only slow: there is one word, and it is its own."""
    followed, _ = _given_up()
    followed, acts = _after(followed, (62.1, lambda one: one.left(62.1)), (62.2, lambda one: one.collected(_WELL)))
    assert acts == [Collect(), Finish(_WELL)]


def test_what_was_ended_since_it_was_given_up_ends_for_that_reason() -> None:
    """Its pod goes since it was given up; that TERM or KILL ended the step is no word on why."""
    followed, _ = _given_up()
    assert followed.given_up is not None
    news = [(62.1, _leaving(_RUNS)), (62.2, lambda one: one.left(62.2)), (62.3, lambda one: one.collected(_KILLED))]
    _, acts = _after(followed, *news)
    assert _ending(acts).error == followed.given_up.error


def test_what_is_given_up_is_not_told_of_any_more() -> None:
    """It has neither started nor does it wait, and it is ended once."""
    trouble = _waits("ErrImageNeverPull", "not there")
    followed, _ = _after(_NEW, (1.0, trouble), (6.5, _nothing))
    assert followed.given_up is not None
    _, acts = _after(followed, (7.0, trouble), (8.0, Followed.stopped), (9.0, lambda one: one.left(9.0)))
    assert acts == [Collect()]


def test_a_step_that_is_stopped_is_terminated() -> None:
    """Its pod is deleted once, and its word still counts; one that ended well in time has succeeded."""
    stopping, acts = _after(_NEW, (0.5, _RUNS), (1.0, Followed.stopped), (1.5, Followed.stopped))
    assert acts == [Start(), Delete()]
    killed = Ending(cause=Cause.EXIT_CODE, exit_code=143, error=StepError(message="exit code 143"))
    _, acts = _after(stopping, (2.0, lambda one: one.left(2.0)), (2.1, lambda one: one.collected(killed)))
    assert _ending(acts).cause is Cause.TERMINATED
    _, acts = _after(stopping, (2.0, lambda one: one.left(2.0)), (2.1, lambda one: one.collected(_WELL)))
    assert _ending(acts) == _WELL
    _, acts = _after(stopping, (2.0, lambda one: one.lacking(_RUNS)), (6.0, _nothing))
    assert _ending(acts).cause is Cause.TERMINATED


def test_a_step_that_is_stopped_before_it_has_a_pod_never_gets_one() -> None:
    """It may wait for a quota."""
    followed, acts = _after(_NEW, (1.0, Followed.stopped))
    assert acts == [GiveUp(_ending(acts))]
    assert _ending(acts).cause is Cause.TERMINATED
    _, acts = _after(followed, (1.1, lambda one: one.left(1.1)), (1.2, lambda one: one.collected(_ending(acts))))
    assert _ending(acts).error == StepError(message="terminated before it started")


def test_a_cluster_that_is_away_is_told_and_that_it_is_back() -> None:
    """Nothing is decided meanwhile: the keeper's word still comes."""
    away = "what becomes of the step cannot be told: the cluster's API cannot be reached"
    followed, acts = _after(
        _NEW, (0.5, _RUNS), (1.0, lambda one: one.troubled(away)), (2.0, lambda one: one.troubled(away)), (3.0, lambda one: one.troubled(""))
    )
    assert acts == [Start(), Remark(away), Remark("what becomes of the step can be told again")]
    _, acts = _after(followed, (4.0, lambda one: one.left(4.0)), (4.1, lambda one: one.collected(_WELL)))
    assert _ending(acts) == _WELL
