"""A step that failed is marked as succeeded, with outputs that the user gives in its place."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bakehouse.actions import runs
from bakehouse.actions.context import Context
from bakehouse.actions.errors import NotAStep
from bakehouse.errors import BakehouseError, Problem, Problems
from bakehouse.ir.execution import Artifact, Outputs, RunId, TaskId
from bakehouse.ir.findings import nearest
from bakehouse.ir.parameters import converted, fits, spoken
from bakehouse.ir.spec import ArtifactOutput, ComponentOutputs
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator.plan import located
from bakehouse.storage.files import is_local

_SHOWN = 60  # characters of a value


@dataclass(frozen=True)
class Given:
    """Outputs as a user gives them: values of parameters, and the addresses of artifacts: absolute paths or URIs."""

    parameters: JsonObject = field(default_factory=dict)
    artifacts: Mapping[str, Sequence[str]] = field(default_factory=dict)


def declared(context: Context, run: str, step: str) -> ComponentOutputs:
    """What a step of a run is to give. Raises `NotFound`, `Unreadable`, `NotAStep`."""
    run_id = runs.named(context, run)
    view = runs.task(context, run_id, step)
    if view.is_group:
        raise NotAStep(run=run_id, task=step)
    spec = runs.spec(context, run_id).spec
    found = located(spec, view.id)
    return spec.components[found.task.component].outputs if found is not None else ComponentOutputs()


def succeed(context: Context, run: str, step: str, given: Given) -> RunId:
    """Mark a failed step of a run that is over as succeeded with these outputs; `retry` goes on from there.

    Raises `NotFound`, `NotAStep`, `Problems` with all that is wrong with the outputs, `NotMarkable`.
    """
    run_id = runs.named(context, run)
    outputs = checked(declared(context, run_id, step), given, lambda artifact: _read(context, artifact))
    context.records.mark_succeeded(run_id, TaskId(step), outputs, context.caller.name)
    return run_id


def checked(of: ComponentOutputs, given: Given, read: Callable[[Artifact], Artifact | Problem]) -> Outputs:
    """The outputs as they will be recorded. `read` tells what lies at the address of an artifact. Raises `Problems`."""
    problems = list(_refused(of, given))
    artifacts: dict[str, tuple[Artifact, ...]] = {}
    for name, one in of.artifacts.items():
        found = [read(replace(_artifact(name, one), uri=uri)) for uri in given.artifacts.get(name, ())]
        problems += [each for each in found if isinstance(each, Problem)]
        artifacts[name] = tuple(each for each in found if isinstance(each, Artifact))
    if problems:
        raise Problems(problems)
    return Outputs({name: converted(value, of.parameters[name].type) for name, value in given.parameters.items()}, artifacts)


def _refused(of: ComponentOutputs, given: Given) -> Iterator[Problem]:
    """Outputs that the step does not have, that are missing, or of another type."""
    known = {**of.parameters, **of.artifacts}
    for name in [*given.parameters, *given.artifacts]:
        if name not in known:
            yield Problem(f"the step has no output {name}", f"output {name}", nearest(name, known) or "It has none.")
    yield from (_value(name, of, value) for name, value in given.parameters.items() if name in of.artifacts or not _fits(of, name, value))
    for name, uris in given.artifacts.items():
        if name in of.parameters:
            yield Problem(f"the output {name} is a value, not an artifact", f"output {name}", f"It must be {spoken(of.parameters[name].type)}.")
        elif len(uris) != 1 and name in of.artifacts and not of.artifacts[name].is_list:
            yield Problem(f"the output {name} is one artifact, and {len(uris)} are given", f"output {name}", "Give one.")
    for name in sorted(known.keys() - given.parameters.keys() - given.artifacts.keys()):
        yield Problem(f"the output {name} is missing", f"output {name}", "Give all outputs: what follows the step may need them.")


def _fits(of: ComponentOutputs, name: str, value: Json) -> bool:
    return name not in of.parameters or fits(value, of.parameters[name].type)


def _value(name: str, of: ComponentOutputs, value: Json) -> Problem:
    if name in of.artifacts:
        return Problem(f"the output {name} is an artifact, not a value", f"output {name}", "Name the file or folder, or its URI.")
    kind = spoken(of.parameters[name].type)
    return Problem(f"the output {name} must be {kind}, not {json.dumps(value)[:_SHOWN]}", f"output {name}", f"Give {kind}.")


def _artifact(name: str, of: ArtifactOutput) -> Artifact:
    return Artifact(name=name, type=of.type, uri="", metadata=of.metadata, id=str(uuid.uuid4()))


def _read(context: Context, artifact: Artifact) -> Artifact | Problem:
    """The artifact with its digest and size; as it is where its bytes cannot be read from here."""
    if not is_local(artifact.uri) and not context.objects.serves(artifact.uri):
        if "://" in artifact.uri:
            return artifact
        return Problem(f"{artifact.uri!r} is no address of an artifact", f"output {artifact.name}", "Name an absolute path, or a URI.")
    try:
        found = context.store.digest(artifact.uri)
    except BakehouseError as error:
        return Problem(f"{artifact.uri} cannot be read: {error.message}", f"output {artifact.name}", error.remedy)
    if found is None:
        return Problem(f"nothing lies at {artifact.uri}", f"output {artifact.name}", "Name a file or folder that is there.")
    return replace(artifact, digest=found[0], size=found[1])
