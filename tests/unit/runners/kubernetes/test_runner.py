"""The runner on a cluster in memory: attempts become pods, and events come of what becomes of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bakehouse.ir.execution import AttemptId, Cause, Ending, LaunchSpec, RunId, StepError, TaskId
from bakehouse.ir.pods import CREATES_CLAIM, DELETES_CLAIM
from bakehouse.ir.spec import ParameterType
from bakehouse.orchestrator.events import Ended, NotPrepared, Prepared, Remarked, Started
from bakehouse.runners import collecting, pods
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.errors import AttemptOver
from bakehouse.runners.fates import Fate
from bakehouse.runners.kubernetes import names
from bakehouse.runners.kubernetes.cluster import Kind
from bakehouse.runners.pod_arrivals import Arrivals, Part
from tests.unit.runners.kubernetes.bed import QUOTA, Bed
from tests.unit.runners.kubernetes.fake import refused
from tests.unit.runners.kubernetes.pods import HOME, container, state


def test_an_attempt_is_a_pod_and_its_word_is_its_end(bed: Bed) -> None:
    """One pod; the runner's program and the document for the keeper are there before it; afterwards the pod goes."""
    launch = bed.spec()
    name = bed.launched(launch)
    pod = bed.cluster.objects[Kind.POD, name]
    assert [one["image"] for one in pod["spec"]["containers"]] == ["bakehouse:1", "python:3.11"]
    assert len(bed.cluster.names(Kind.CONFIG_MAP)) == 1
    assert (bed.runner.folder(launch.attempt).path / "pod.json").exists()
    assert {"name": "BAKEHOUSE_ATTEMPT", "value": "1"} in container(pod)["env"]
    bed.cluster.become(name, phase="Running", containerStatuses=[state("main", running={"startedAt": "now"})])
    assert isinstance(bed.next(), Started)
    bed.ended(launch)
    ended = bed.next()
    assert isinstance(ended, Ended)
    assert (ended.ending.cause, ended.ending.exit_code) == (None, 0)
    bed.cluster.become(name, phase="Succeeded")
    bed.cluster.until(lambda cluster: not cluster.names())


def test_the_same_attempt_is_never_launched_twice(bed: Bed) -> None:
    """Whoever launches it again finds it claimed."""
    launch = bed.spec()
    bed.launched(launch)
    bed.runner.launch(launch)
    bed.launched(bed.spec("other"))
    assert bed.cluster.asked.count("create pods") == 2


def test_a_quota_that_is_used_up_is_waited_for(bed: Bed) -> None:
    """With its reason, and not as a failure."""
    bed.cluster.answers = [QUOTA]
    launch = bed.spec()
    bed.launched(launch)
    event = bed.next()
    assert isinstance(event, Remarked)
    assert event.what == "waits for room in the namespace: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1"


def test_what_the_cluster_never_takes_fails_with_its_words(bed: Bed) -> None:
    """A remedy goes with it where one is known."""
    bed.cluster.answers = [refused(403, "Forbidden", 'pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true')]
    bed.runner.launch(bed.spec())
    ending = bed.last().ending
    assert ending.cause is Cause.ENVIRONMENT
    assert ending.error is not None
    assert "runAsNonRoot != true" in ending.error.message
    assert "set_security_context" in ending.error.remedy


def test_a_pod_whose_creation_was_not_answered_is_found(bed: Bed) -> None:
    """The second request finds it by its name: 409 is no failure."""
    launch = bed.spec()
    bed.runner.launch(bed.spec("first"))  # for the ConfigMap
    bed.cluster.until(lambda cluster: bool(cluster.names()))
    bed.cluster.answers = [refused(504, "Timeout", "the server was too slow")]
    name = bed.launched(launch)
    bed.cluster.become(name, phase="Running", containerStatuses=[state("main", running={"startedAt": "now"})])
    assert isinstance(bed.next(), Remarked)
    assert isinstance(bed.next(), Started)


def test_a_pod_that_somebody_deletes_is_lost(bed: Bed) -> None:
    """With what happened; the engine tries again."""
    launch = bed.spec()
    name = bed.launched(launch)
    bed.cluster.drop(name)
    ending = bed.last().ending
    assert ending.cause is Cause.LOST
    assert ending.error is not None
    assert "deleted, and not by Bakehouse" in ending.error.message


def test_the_keeper_of_an_attempt_that_was_given_up_is_not_heard(bed: Bed) -> None:
    """Its node only seemed to be lost: what it brings, and that its step ended well, comes too late."""
    launch = bed.spec()
    name = bed.launched(launch)
    folder = bed.runner.folder(launch.attempt)
    arrivals = Arrivals(folder, pods.read(folder))
    arrivals.grow("log", Part(b"begun\n", 0))
    bed.cluster.drop(name)
    ending = bed.last().ending
    assert ending.cause is Cause.LOST
    assert "may be cut" in ending.log_note
    assert not arrivals.end({"code": 0})
    with pytest.raises(AttemptOver):
        arrivals.checkpoint(Part(b"", 0, last=True))
    with pytest.raises(AttemptOver):
        arrivals.grow("log", Part(b"late", 0))


def test_an_end_that_cannot_be_written_is_told_later(bed: Bed) -> None:
    """As when the disk of the home is full: until then the keeper may still be heard."""
    launch = bed.spec()
    name = bed.launched(launch)
    ending = bed.runner.folder(launch.attempt).path / "ending"
    ending.mkdir()
    bed.cluster.drop(name)
    while not (isinstance(event := bed.next(), Remarked) and "cannot be written down" in event.what):
        pass
    ending.rmdir()
    assert bed.last().ending.cause is Cause.LOST


def test_a_warning_is_told(bed: Bed) -> None:
    """By the pod that it is about."""
    name = bed.launched(bed.spec())
    bed.cluster.warn(name, 'secret "s" not found')
    event = bed.next()
    assert isinstance(event, Remarked)
    assert event.what == 'waits for its node: secret "s" not found'


def test_a_step_is_stopped_by_the_deletion_of_its_pod(bed: Bed) -> None:
    """And word is left for whoever comes to see."""
    launch = bed.spec()
    name = bed.launched(launch)
    bed.cluster.become(name, phase="Running", containerStatuses=[state("main", running={"startedAt": "now"})])
    assert isinstance(bed.next(), Started)
    bed.runner.stop(launch.attempt)
    bed.cluster.until(lambda cluster: name not in cluster.names())
    assert bed.last().ending.cause is Cause.TERMINATED
    assert bed.runner.folder(launch.attempt).asked_to_stop()


def test_a_step_without_a_pod_is_stopped_at_once(bed: Bed) -> None:
    """It waits for a quota, and none is made for it any more."""
    bed.cluster.answers = [QUOTA]
    launch = bed.spec()
    bed.runner.launch(launch)
    assert isinstance(bed.next(), Remarked)
    bed.runner.stop(launch.attempt)
    assert bed.last().ending.cause is Cause.TERMINATED
    assert bed.cluster.names() == []


# ---------------------------------------------------------------- after another engine


def _left_by_another(bed: Bed, launch: LaunchSpec, *, sent: bool) -> AttemptFolder:
    folder = bed.runner.folder(launch.attempt)
    folder.make()
    assert folder.claim("another engine", 1.0)
    if sent:
        (folder.path / "sent").touch()
    return folder


def test_a_pod_that_runs_is_adopted(bed: Bed) -> None:
    """Its end is heard as if we had made it."""
    launch = bed.spec()
    _left_by_another(bed, launch, sent=True)
    name = names.pod(HOME, launch.pipeline_name, launch.attempt)
    running = {"containerStatuses": [state("main", running={"startedAt": "now"})]}
    bed.cluster.create(Kind.POD, {"metadata": {"name": name}, "status": running})
    bed.runner.adopt(launch)
    assert isinstance(bed.next(), Started)
    bed.ended(launch)
    assert bed.last().ending.cause is None


def test_what_ended_meanwhile_is_collected(bed: Bed) -> None:
    """Whether its pod is still there or not."""
    launch = bed.spec()
    _left_by_another(bed, launch, sent=True)
    bed.ended(launch, '{"code": 3}')
    bed.runner.adopt(launch)
    ending = bed.last().ending
    assert (ending.cause, ending.exit_code) == (Cause.EXIT_CODE, 3)


def test_what_another_engine_gave_up_stays_so(bed: Bed) -> None:
    """It was killed before it could say so."""
    launch = bed.spec()
    said = Ending(cause=Cause.ENVIRONMENT, exit_code=4, error=StepError(message="no image", type="Pull", remedy="Push it."))
    assert _left_by_another(bed, launch, sent=True).end(collecting.given_up(said, 5.0))
    bed.runner.adopt(launch)
    ending = bed.last().ending
    assert replace(ending, times={}) == said
    assert ending.times["ended"] == 5.0


def test_a_pod_that_went_meanwhile_is_lost(bed: Bed) -> None:
    """It may have run: nobody makes it again."""
    launch = bed.spec()
    _left_by_another(bed, launch, sent=True)
    bed.runner.adopt(launch)
    assert bed.last().ending.cause is Cause.LOST
    assert "create pods" not in bed.cluster.asked


@pytest.mark.parametrize("claimed", [True, False])
def test_a_pod_that_nobody_can_have_made_is_made(bed: Bed, claimed: bool) -> None:  # noqa: FBT001  # a case
    """The other engine waited for a quota when it went, or had not even begun."""
    launch = bed.spec()
    if claimed:
        _left_by_another(bed, launch, sent=False)
    bed.runner.adopt(launch)
    bed.cluster.until(lambda cluster: bool(cluster.names()))


def test_a_cluster_that_is_away_keeps_the_question_open(bed: Bed) -> None:
    """Whoever took the attempt for lost would run it twice."""
    launch = bed.spec()
    _left_by_another(bed, launch, sent=True)
    bed.cluster.away = True
    bed.runner.adopt(launch)
    event = bed.next()
    assert isinstance(event, Remarked)
    assert "cannot be told" in event.what
    bed.cluster.away = False
    assert bed.last().ending.cause is Cause.LOST


# ---------------------------------------------------------------- places, claims, leftovers


def test_a_step_without_a_command_is_told_the_line_to_write(bed: Bed) -> None:
    """The cluster's API does not know what an image runs."""
    bed.runner.prepare(replace(bed.spec(), program=None))
    event = bed.next()
    assert isinstance(event, NotPrepared)
    assert "names no command" in event.error.message
    assert "command=[" in event.error.remedy
    bed.runner.prepare(bed.spec())
    assert isinstance(bed.next(), Prepared)


def test_claims_are_made_once_and_deleted(bed: Bed) -> None:
    """A retry finds its own; one of somebody else is not taken."""
    makes = replace(
        bed.spec("createpvc"),
        image=CREATES_CLAIM,
        program=None,
        parameters={"pvc_name": "data", "size": "1Gi", "access_modes": ["ReadWriteOnce"]},
        output_parameters={"name": ParameterType.STRING},
    )
    for attempt in (1, 2):
        bed.runner.launch(replace(makes, attempt=replace(makes.attempt, number=attempt)))
        assert bed.last().ending.outputs.parameters == {"name": "data"}
    bed.runner.launch(replace(makes, attempt=AttemptId(RunId("other"), TaskId("createpvc"), 1)))
    ending = bed.last().ending
    assert ending.cause is Cause.USER_ERROR
    assert ending.error is not None
    assert "already" in ending.error.message
    for _ in range(2):
        bed.runner.launch(replace(makes, image=DELETES_CLAIM, output_parameters={}))
        assert bed.last().ending.cause is None
    assert bed.cluster.names(Kind.CLAIM) == []


def test_pods_that_nobody_follows_go(bed: Bed, caplog: pytest.LogCaptureFixture) -> None:
    """Those of attempts that are over, and those of runs that are not recorded, which is told; others are somebody's."""
    bed.fates = {"over": Fate.OVER, "gone": Fate.UNKNOWN}
    for run in ("over", "gone", "open"):
        marks = {names.RUN: run, names.TASK: "a", names.ATTEMPT: "1"}
        bed.cluster.create(Kind.POD, {"metadata": {"name": run, "annotations": marks}, "status": {"phase": "Succeeded"}})
    bed.runner._open()
    bed.cluster.until(lambda _: len(bed.runner._observer.pods()) == 3)
    bed.runner._sweeper.sweep()
    bed.cluster.until(lambda cluster: cluster.names() == ["open"])
    assert [record.args[1] for record in caplog.records if isinstance(record.args, tuple)] == ["gone"]


def test_a_workspace_goes_after_its_run(bed: Bed) -> None:
    """Not at once, since a run may be retried; one of a run that goes on stays."""
    bed.fates = {"over": Fate.OVER}
    for run in ("over", "open"):
        launch = replace(bed.spec(run), attempt=AttemptId(RunId(run), TaskId("a"), 1), workspace="/ws", kubernetes={"workspace": {"size": "1Gi"}})
        bed.launched(launch)
    assert len(bed.cluster.names(Kind.CLAIM)) == 2
    bed.runner._sweeper.sweep_workspaces()
    assert bed.cluster.names(Kind.CLAIM) == [names.workspace(HOME, RunId("open"))]
