"""A runner lets go of attempts that an engine of another home follows now: their pods are that one's."""

from __future__ import annotations

import pytest

from bakehouse.ir.execution import Cause
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.events import Remarked, Started
from bakehouse.runners.kubernetes.cluster import Kind
from tests.unit.runners.kubernetes.bed import QUOTA, Bed
from tests.unit.runners.kubernetes.pods import state

_RUNNING = {"phase": "Running", "containerStatuses": [state("main", running={"startedAt": "now"})]}
_DONE = {"phase": "Succeeded", "containerStatuses": [state(one, terminated={"exitCode": 0, "reason": "Completed"}) for one in ("main", "keeper")]}


def _other_is_over(bed: Bed) -> None:
    """As long has passed as it takes until an attempt is given up whose keeper says nothing, and until its pod is deleted."""
    other = bed.launched(bed.spec("other"))
    bed.cluster.become(other, **_DONE)
    assert bed.last().ending.cause is Cause.LOST
    bed.cluster.until(lambda cluster: other not in cluster.names())


def test_a_pod_that_waits_for_room_is_not_made(bed: Bed) -> None:
    """Though there is room again: the other engine may have made it, and be done with it."""
    bed.cluster.answers = [QUOTA, QUOTA]
    launch = bed.spec()
    bed.runner.launch(launch)
    assert isinstance(bed.next(), Remarked)
    bed.runner.leave(launch.attempt)
    other = bed.launched(bed.spec("other"))
    assert bed.cluster.names() == [other]
    assert bed.cluster.asked.count("create pods") == 3


def test_a_pod_whose_keeper_tells_another_server_stays(bed: Bed) -> None:
    """And no end is written down for it; the attempt may be had back."""
    launch = bed.spec()
    name = bed.launched(launch)
    bed.cluster.become(name, **_RUNNING)
    assert isinstance(bed.next(), Started)
    bed.runner.leave(launch.attempt)
    bed.cluster.become(name, **_DONE)
    _other_is_over(bed)
    assert bed.cluster.names() == [name]
    assert not bed.runner.folder(launch.attempt).ended()
    bed.ended(launch)
    bed.runner.adopt(launch)
    assert bed.last().ending.cause is None


@pytest.mark.parametrize(("kind", "is_made"), [(Kind.CONFIG_MAP, False), (Kind.POD, True)])
def test_an_attempt_that_is_left_while_its_pod_is_on_its_way(bed: Bed, monkeypatch: pytest.MonkeyPatch, kind: Kind, is_made: bool) -> None:  # noqa: FBT001  # a case
    """It is not made any more, or not deleted: it has the name of the other engine's."""
    launch, create = bed.spec(), bed.cluster.create

    def leaving(asked: Kind, manifest: JsonObject) -> JsonObject:
        if asked is kind:
            monkeypatch.undo()
            bed.runner.leave(launch.attempt)
        return create(asked, manifest)

    monkeypatch.setattr(bed.cluster, "create", leaving)
    bed.runner.launch(launch)
    bed.cluster.until(lambda cluster: bool(cluster.names(kind)))
    for name in bed.cluster.names():
        bed.cluster.become(name, **_DONE)
    _other_is_over(bed)
    assert len(bed.cluster.names()) == int(is_made)
