"""A task and its inputs to the launch spec of an attempt. Pure."""

from __future__ import annotations

import math

from bakehouse.ir import placeholders, pods
from bakehouse.ir.execution import Artifact, AttemptId, Importing, Job, LaunchSpec, Requests, StepError, folder_name
from bakehouse.ir.policies import DEADLINE
from bakehouse.ir.spec import Constant, Importer
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator import handed, memory, requests
from bakehouse.orchestrator.inputs import Resolved
from bakehouse.orchestrator.run import Facts, Task
from bakehouse.orchestrator.values import replace
from bakehouse.storage import addresses


def launch(facts: Facts, task: Task, resolved: Resolved, *, number: int) -> LaunchSpec | StepError:
    """The launch spec of attempt `number` of this step, or why there can be none."""
    node = task.node
    if node.importer is not None:
        return _import(facts, task, node.importer, resolved, number)
    if node.container is None:
        raise TypeError(f"{task.id} is no step")
    scope = placeholders.Scope(parameters=resolved.parameters, artifacts=resolved.artifacts, job=resolved.job, paths={})
    asked, most = requests.requested(node.container.resources, scope), requests.limited(node.container.resources, scope)
    if isinstance(asked, StepError):
        return asked
    if isinstance(most, StepError):
        return most
    policy = facts.policies.of(node.executor)
    env = {name: placeholders.text(value, scope) for name, value in node.container.env}
    own = (asked, most) if handed.applies(node.component, handed.RESOURCES) else (Requests(), Requests())
    shares = node.uses_workspace or (pods.WORKSPACE in resolved.pod and _is_led_there(resolved, facts.workspace))
    spec = LaunchSpec(
        attempt=AttemptId(facts.id, task.id, number),
        pipeline_name=facts.pipeline.info.name,
        image=node.container.image,
        program=node.program,
        command=() if node.program is not None else node.container.command,
        args=() if node.program is not None else node.container.args,
        env=env if handed.applies(node.component, handed.ENV) else {},
        parameters={**resolved.parameters, **handed.configs(node.component, node.container.resources, env, scope)},
        inputs=resolved.artifacts,
        output_parameters={name: one.type for name, one in node.component.outputs.parameters.items()},
        output_artifacts={
            name: Artifact(name=name, type=one.type, uri="", metadata=one.metadata) for name, one in node.component.outputs.artifacts.items()
        },
        origin=facts.origins.get(node.executor),
        workspace=facts.workspace if shares else "",
        requests=memory.raised(own[0], policy.memory, task.out_of_memory),
        limits=memory.raised(own[1], policy.memory, task.out_of_memory),
        code=policy.code,
        job=resolved.job if node.program is None else Job(),  # only the words of a command name it
        kubernetes=_kubernetes(facts, task, resolved, shares=shares),
    )
    return renumbered(spec, facts.pipeline_root, number)


def _is_led_there(resolved: Resolved, workspace: str) -> bool:
    """Whether a value that a step is given names a place in the workspace, or an artifact of it lies there: as on KFP, it uses the workspace then."""
    uris = (one.uri for group in resolved.artifacts.values() for one in group)
    return bool(workspace) and any(workspace in placeholders.written(one) for one in (*resolved.parameters.values(), *uris))


def _kubernetes(facts: Facts, task: Task, resolved: Resolved, *, shares: bool) -> JsonObject:
    """What the step asks of its pod. A limit of Bakehouse's own is one of the pod, too: it ends where no engine is left to end it."""
    found = {name: one for name, one in resolved.pod.items() if name != pods.WORKSPACE or shares}
    running = facts.policies.of(task.node.executor).limits.running
    if running is not None:
        found[DEADLINE] = str(math.ceil(running))
    if facts.service_account:
        found[pods.SERVICE_ACCOUNT] = facts.service_account
    if facts.name:
        found[pods.RUN_NAME] = facts.name
    return found


def _import(facts: Facts, task: Task, importer: Importer, resolved: Resolved, number: int) -> LaunchSpec:
    scope = placeholders.Scope(parameters=resolved.parameters, artifacts=resolved.artifacts, job=resolved.job)
    source = importer.artifact_uri
    uri = placeholders.resolved(source.value, scope) if isinstance(source, Constant) else resolved.parameters.get(source.name, "")
    metadata = placeholders.resolved(importer.metadata, scope)
    artifacts = {
        name: Artifact(name=name, type=importer.type, uri=placeholders.written(uri), metadata=metadata)
        for name in task.node.component.outputs.artifacts
    }
    return LaunchSpec(
        attempt=AttemptId(facts.id, task.id, number),
        pipeline_name=facts.pipeline.info.name,
        image="",
        parameters=resolved.parameters,
        output_artifacts=artifacts,
        importing=Importing(reimport=importer.reimport, to_workspace=importer.download_to_workspace),
        workspace=facts.workspace if task.node.uses_workspace else "",
    )


def renumbered(spec: LaunchSpec, pipeline_root: str, number: int) -> LaunchSpec:
    """The same task's launch spec for another attempt: its outputs lie below a folder of their own."""
    attempt = replace(spec.attempt, number=number)
    if spec.importing is not None:
        return replace(spec, attempt=attempt)
    root = addresses.below(pipeline_root, attempt.path)
    artifacts = {name: replace(one, uri=addresses.below(root, folder_name(name))) for name, one in spec.output_artifacts.items()}
    return replace(spec, attempt=attempt, root=root, output_artifacts=artifacts)
