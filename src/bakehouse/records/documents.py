"""Values of the execution to JSON and back: one function each way, so that the form of the columns is written once.

The text is canonical (sorted keys, no spaces) and ASCII: a lone surrogate, which JSON allows, cannot be stored in any other way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from enum import Enum
from typing import TypeVar

from bakehouse.ir.execution import (
    Artifact,
    AttemptId,
    Cause,
    Code,
    Ending,
    Importing,
    Job,
    LaunchSpec,
    Origin,
    Outputs,
    Place,
    Program,
    Requests,
    RunId,
    StepError,
    TaskId,
    Usage,
)
from bakehouse.ir.git import GitState
from bakehouse.ir.spec import ArtifactType, ParameterType
from bakehouse.ir.values import Json, JsonObject
from bakehouse.orchestrator.ports import Environment, RunnerKind, RunOptions
from bakehouse.orchestrator.selecting import EVERYTHING, Selection

Choice = TypeVar("Choice", bound=Enum)

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def dumped(value: Json) -> str:
    """The text of a column; NaN and infinity survive."""
    return _ENCODER.encode(value)


def loaded(text: str) -> Json:
    """The value of a column."""
    return json.loads(text)


def loaded_object(text: str) -> JsonObject:
    """The JSON object of a column. Raises `ValueError` for another value."""
    value = loaded(text)
    if not isinstance(value, dict):
        raise ValueError(f"it is no JSON object but {_shown(value)}")  # noqa: TRY004  # like what `loaded` raises
    return value


def loaded_text(text: str) -> str:
    """The text that a column holds as JSON. Raises `ValueError` for another value."""
    value = loaded(text)
    if not isinstance(value, str):
        raise ValueError(f"it is no text but {_shown(value)}")  # noqa: TRY004  # like what `loaded` raises
    return value


def tags_of(text: str) -> dict[str, str]:
    """The tags that a column holds. Raises `ValueError` for what is no JSON object of texts."""
    tags = loaded_object(text)
    if not all(isinstance(value, str) for value in tags.values()):
        raise ValueError(f"not every value of {_shown(tags)} is a text")
    return dict(tags)


def _shown(value: Json) -> str:
    return dumped(value)[:40]


def plain(text: str) -> str:
    """A text as a column can hold it: what is not Unicode (a file name in another encoding, say) is written as an escape, and so is NUL."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


# ---------------------------------------------------------------- errors


def error_document(error: StepError) -> JsonObject:
    """A `StepError` as a JSON object."""
    return {
        "message": error.message,
        "type": error.type,
        "file": error.file,
        "line": error.line,
        "function": error.function,
        "source_line": error.source_line,
        "traceback": error.traceback,
        "remedy": error.remedy,
    }


def error_text(error: StepError | None) -> str | None:
    """A `StepError` as text."""
    return None if error is None else dumped(error_document(error))


def error_of(text: str | None) -> StepError | None:
    """A `StepError` from its text."""
    return None if text is None else StepError(**loaded(text))


# ---------------------------------------------------------------- artifacts and outputs


def artifact_document(artifact: Artifact) -> JsonObject:
    """An artifact as a JSON object."""
    kind = artifact.type
    return {
        "id": artifact.id,
        "name": artifact.name,
        "type": {
            "schema_title": kind.schema_title,
            "schema_version": kind.schema_version,
            "schema_uri": kind.schema_uri,
            "instance_schema": kind.instance_schema,
        },
        "uri": artifact.uri,
        "metadata": dict(artifact.metadata),
        "digest": artifact.digest,
        "size": artifact.size,
    }


def artifact_of(document: JsonObject) -> Artifact:
    """An artifact from its JSON object."""
    return Artifact(**{**document, "type": ArtifactType(**document["type"])})


def groups_document(groups: Mapping[str, tuple[Artifact, ...]]) -> JsonObject:
    """Artifacts by input or output name, as a JSON object."""
    return {name: [artifact_document(one) for one in group] for name, group in groups.items()}


def groups_of(document: JsonObject) -> dict[str, tuple[Artifact, ...]]:
    """Artifacts by input or output name, from their JSON object."""
    return {name: tuple(artifact_of(one) for one in group) for name, group in document.items()}


def outputs_document(outputs: Outputs) -> JsonObject:
    """Outputs as a JSON object."""
    said = {"unwritten": dict(outputs.unwritten)} if outputs.unwritten else {}
    return {"parameters": dict(outputs.parameters), "artifacts": groups_document(outputs.artifacts), **said}


def outputs_text(outputs: Outputs | None) -> str | None:
    """Outputs as text."""
    return None if outputs is None else dumped(outputs_document(outputs))


def outputs_of(text: str | None) -> Outputs | None:
    """Outputs from their text."""
    return None if text is None else _outputs(loaded(text))


def _outputs(document: JsonObject) -> Outputs:
    return Outputs(document["parameters"], groups_of(document["artifacts"]), document.get("unwritten", {}))


# ---------------------------------------------------------------- how runs are run


def options_text(options: RunOptions) -> str:
    """Run options as text."""
    return dumped(
        {
            "runner": options.runner.value,
            "use_cache": options.use_cache,
            "keep_going": options.keep_going,
            "max_parallel": options.max_parallel,
            "environment": options.environment.value,
            "nested_lists": options.nested_lists,
            "strict_resources": options.strict_resources,
            "timeout": options.timeout,
            # Left out where there is none: an older Bakehouse can drive such a run too.
            **({"selection": asdict(options.selection)} if options.selection != EVERYTHING else {}),
            **({"container": dict(options.container)} if options.container else {}),
        }
    )


def options_of(text: str) -> RunOptions:
    """Run options from their text."""
    document = loaded(text)
    runner, environment = _one_of(RunnerKind, document["runner"], "runner"), _one_of(Environment, document["environment"], "environment")
    chosen = document.get("selection")
    selection = Selection(**{**chosen, "refresh": tuple(chosen["refresh"])}) if chosen else EVERYTHING
    return RunOptions(**{**document, "runner": runner, "environment": environment, "selection": selection})


def _one_of(kind: type[Choice], value: str, what: str) -> Choice:
    """A member by its value. Raises `ValueError`: another Bakehouse may know more of them."""
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(repr(one.value) for one in kind)
        raise ValueError(f"this Bakehouse knows no {what} {value!r}, only {known}") from None


def origins_text(origins: Mapping[str, Origin]) -> str:
    """Where sources stand, as text."""
    return dumped({label: _origin_document(origin) for label, origin in origins.items()})


def origins_of(text: str) -> dict[str, Origin]:
    """Where sources stand, from their text."""
    return {label: Origin(**origin) for label, origin in loaded(text).items()}


def git_text(state: GitState | None) -> str | None:
    """The git state of the author's file, as text."""
    return None if state is None else dumped(asdict(state))


def git_of(text: str | None) -> GitState | None:
    """The git state of the author's file, from its text."""
    if text is None:
        return None
    document = loaded(text)
    return GitState(**{**document, "changed": tuple(document["changed"])})


def _origin_document(origin: Origin) -> JsonObject:
    return {"file": origin.file, "line": origin.line}


# ---------------------------------------------------------------- attempts


def ending_text(ending: Ending) -> str:
    """An ending as text, with what the attempt gave."""
    return dumped(
        {
            "cause": ending.cause.value if ending.cause else None,
            "exit_code": ending.exit_code,
            "error": error_document(ending.error) if ending.error else None,
            "outputs": outputs_document(ending.outputs),
            "usage": {"cpu_seconds": ending.usage.cpu_seconds, "peak_memory": ending.usage.peak_memory},
            "times": dict(ending.times),
            "inputs_unchanged": ending.inputs_unchanged,
            "log_note": ending.log_note,
            "retryable": ending.retryable,
        }
    )


def ending_of(text: str) -> Ending:
    """An ending from its text."""
    document = loaded(text)
    return Ending(
        cause=Cause(document["cause"]) if document["cause"] else None,
        exit_code=document["exit_code"],
        error=StepError(**document["error"]) if document["error"] else None,
        outputs=_outputs(document["outputs"]),
        usage=Usage(**document["usage"]),
        times=document["times"],
        inputs_unchanged=document["inputs_unchanged"],
        log_note=document["log_note"],
        retryable=document.get("retryable", True),  # attempts that an older Bakehouse closed do not say it
    )


def launch_text(launch: LaunchSpec) -> str:
    """A launch spec as text."""
    attempt = launch.attempt
    return dumped(
        {
            "attempt": {"run_id": attempt.run_id, "task_id": attempt.task_id, "number": attempt.number},
            "pipeline_name": launch.pipeline_name,
            "image": launch.image,
            "root": launch.root,
            "program": _program_document(launch.program) if launch.program else None,
            "command": list(launch.command),
            "args": list(launch.args),
            "env": dict(launch.env),
            "parameters": dict(launch.parameters),
            "inputs": groups_document(launch.inputs),
            "output_parameters": {name: kind.value for name, kind in launch.output_parameters.items()},
            "output_artifacts": {name: artifact_document(one) for name, one in launch.output_artifacts.items()},
            "origin": _origin_document(launch.origin) if launch.origin else None,
            "place": _place_document(launch.place) if launch.place else None,
            "importing": asdict(launch.importing) if launch.importing else None,
            "workspace": launch.workspace,
            "requests": asdict(launch.requests),
            **({"limits": asdict(launch.limits)} if launch.limits != Requests() else {}),
            **({"code": asdict(launch.code)} if launch.code else {}),
            **({"job": asdict(launch.job)} if launch.job != Job() else {}),
            **({"kubernetes": dict(launch.kubernetes)} if launch.kubernetes else {}),
        }
    )


def launch_of(text: str) -> LaunchSpec:
    """A launch spec from its text."""
    document = loaded(text)
    attempt = document["attempt"]
    return LaunchSpec(
        attempt=AttemptId(RunId(attempt["run_id"]), TaskId(attempt["task_id"]), attempt["number"]),
        pipeline_name=document["pipeline_name"],
        image=document["image"],
        root=document["root"],
        program=_program(document["program"]),
        command=tuple(document["command"]),
        args=tuple(document["args"]),
        env=document["env"],
        parameters=document["parameters"],
        inputs=groups_of(document["inputs"]),
        output_parameters={name: ParameterType(kind) for name, kind in document["output_parameters"].items()},
        output_artifacts={name: artifact_of(one) for name, one in document["output_artifacts"].items()},
        origin=Origin(**document["origin"]) if document["origin"] else None,
        place=Place(**document["place"]) if document["place"] else None,
        # Attempts that an older Bakehouse opened have none of these.
        importing=Importing(**document["importing"]) if document.get("importing") else None,
        workspace=document.get("workspace", ""),
        requests=_requests(document.get("requests")),
        limits=_requests(document.get("limits")),
        code=Code(**document["code"]) if "code" in document else None,
        job=Job(**document.get("job", {})),
        kubernetes=document.get("kubernetes", {}),
    )


def _requests(document: JsonObject | None) -> Requests:
    if document is None:
        return Requests()
    return Requests(document["cpu"], document["memory"], tuple((kind, count) for kind, count in document["accelerators"]))


def _program_document(program: Program) -> JsonObject:
    return {
        "source": program.source,
        "function": program.function,
        "requirements": list(program.requirements),
        "index_urls": list(program.index_urls),
        "trusted_hosts": list(program.trusted_hosts),
    }


def _program(document: JsonObject | None) -> Program | None:
    if document is None:
        return None
    return Program(
        source=document["source"],
        function=document["function"],
        requirements=tuple(document["requirements"]),
        index_urls=tuple(document["index_urls"]),
        trusted_hosts=tuple(document["trusted_hosts"]),
    )


def _place_document(place: Place) -> JsonObject:
    return {"interpreter": place.interpreter, "python": place.python, "platform": place.platform, "lock": place.lock}
