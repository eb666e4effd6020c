"""A task and its inputs become what a runner is given."""

from __future__ import annotations

from dataclasses import replace

from bakehouse.ir.execution import Artifact, Job, LaunchSpec, Place, Requests, RunId, StepError, TaskId
from bakehouse.ir.policies import Limits, Policies, StepPolicy
from bakehouse.ir.spec import ArtifactType, Container, PipelineFile, Resources
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator import fingerprints, launches
from bakehouse.orchestrator.inputs import Resolved
from bakehouse.orchestrator.plan import TaskKind, plan
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.run import Facts, Task
from bakehouse.orchestrator.states import TaskState
from tests.unit.orchestrator.pipelines import pipeline

_LIMITED = Resources(resource_cpu_limit="{{$.inputs.parameters['n']}}", resource_memory_request="1Ki", resource_memory_limit="2Ki")
_WORDS = ("--n", "{{$.inputs.parameters['n']}}", "--of", "{{$.pipeline_job_uuid}}", "{{$.outputs.parameters['n'].output_file}}")


def _container(resources: Resources) -> PipelineFile:
    file = pipeline({"a": ()})
    return replace(file, spec=replace(file.spec, executors={"exec-a": Container("busybox", ("run",), _WORDS, resources=resources)}))


def _launch(file: PipelineFile, run_id: str = "r") -> LaunchSpec | StepError:
    planned = plan(file.spec)
    facts = Facts(RunId(run_id), "a run", "default", file.spec, planned, {}, "/artifacts", RunOptions(), 0.0)
    task = Task(TaskId("a"), planned.root.nodes["a"], TaskState.WAITING, 0, TaskKind.STEP)
    return launches.launch(facts, task, Resolved({"n": 3}, {}, Job(uuid=run_id)), number=1)


def test_the_words_of_a_command_wait_for_the_runner() -> None:
    """Paths are known there; so equal words stay equal in another run, and the cache key is made of them."""
    one, other = _launch(_container(_LIMITED), "r1"), _launch(_container(_LIMITED), "r2")
    assert isinstance(one, LaunchSpec)
    assert isinstance(other, LaunchSpec)
    assert (one.command, one.args) == (("run",), _WORDS)
    assert one.job.uuid == "r1"
    assert one.parameters == {"n": 3}
    assert fingerprints.code(one) == fingerprints.code(other)


def test_limits_are_told_beside_requests() -> None:
    """A limit without a request is one, too; placeholders are resolved."""
    launch = _launch(_container(_LIMITED))
    assert isinstance(launch, LaunchSpec)
    assert launch.requests == Requests(cpu=3.0, memory=1024)
    assert launch.limits == Requests(cpu=3.0, memory=2048)


def test_what_is_no_quantity_cannot_be_launched() -> None:
    """As a limit, too."""
    said = _launch(_container(Resources(resource_cpu_request="1", resource_cpu_limit="many")))
    assert isinstance(said, StepError)
    assert "its limit of CPUs is 'many', which is no quantity" in said.message


def test_what_a_step_asks_of_its_pod_goes_with_it() -> None:
    """With the limit of Bakehouse's own, the run's service account and name; the workspace only where it is used."""
    file = _container(_LIMITED)
    planned = plan(file.spec)
    policies = Policies({"exec-a": StepPolicy(limits=Limits(running=1.5))})
    facts = Facts(RunId("r"), "r", "default", file.spec, planned, {}, "/a", RunOptions(), 0.0, policies=policies, service_account="mine")
    task = Task(TaskId("a"), planned.root.nodes["a"], TaskState.WAITING, 0, TaskKind.STEP)
    asked = {"imagePullPolicy": "Never", "workspace": {"size": "1Gi"}}
    launch = launches.launch(facts, task, Resolved({"n": 3}, {}, Job(), asked), number=1)
    assert isinstance(launch, LaunchSpec)
    assert launch.kubernetes == {"imagePullPolicy": "Never", "activeDeadlineSeconds": "2", "serviceAccount": "mine", "runName": "r"}


def test_a_step_that_is_led_to_the_workspace_shares_it() -> None:
    """By a value that names a place in it or an artifact that lies there, if the pipeline has one; its result is of use in this run alone."""
    file = _container(Resources())
    planned = plan(file.spec)
    facts = Facts(RunId("r"), "r", "default", file.spec, planned, {}, "/a", RunOptions(), 0.0, workspace="/kfp-workspace")
    task = Task(TaskId("a"), planned.root.nodes["a"], TaskState.WAITING, 0, TaskKind.STEP)
    there = Artifact("rows", ArtifactType("system.Dataset", "0.0.1"), "/kfp-workspace/.artifacts/rows")

    def launched(parameters: JsonObject, asked: JsonObject, *inputs: Artifact, of: Facts = facts) -> LaunchSpec:
        artifacts = {one.name: (one,) for one in inputs}
        made = launches.launch(of, task, Resolved(parameters, artifacts, Job(), asked), number=1)
        assert isinstance(made, LaunchSpec)
        return made

    asked: JsonObject = {"workspace": {"size": "1Gi"}}
    led = launched({"path": "/kfp-workspace/data/x"}, asked)
    assert (led.workspace, led.kubernetes["workspace"]) == ("/kfp-workspace", {"size": "1Gi"})
    assert launched({}, asked, there).workspace == "/kfp-workspace"
    assert launched({"rows": [{"at": "/kfp-workspace/y"}]}, asked).workspace == "/kfp-workspace"
    assert launched({"path": "/elsewhere"}, asked).workspace == ""
    assert launched({"path": "/kfp-workspace/data/x"}, {}).workspace == ""
    other = launched({"path": "/kfp-workspace/data/x"}, asked, of=replace(facts, id=RunId("s")))
    place = Place("", "cpython-3.11", "linux-x86_64")
    keys = {fingerprints.key(fingerprints.parts(task.node, one, place)) for one in (led, other)}
    assert len(keys) == 2
