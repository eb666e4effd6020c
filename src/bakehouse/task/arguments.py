"""The ExecutorInput document to the arguments of the component's function, each by its annotation."""

from __future__ import annotations

import os
import sys

from . import artifacts, kinds, metrics, names
from .errors import BadInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping

_CLASSES = {
    each.schema_title: each
    for each in (
        artifacts.Artifact,
        artifacts.Dataset,
        artifacts.Model,
        artifacts.Metrics,
        artifacts.HTML,
        artifacts.Markdown,
        metrics.ClassificationMetrics,
        metrics.SlicedClassificationMetrics,
    )
}


class Given:
    """What the step was given: `parameters` and `artifacts` by input name, `files` and `outputs` by output name.

    `outputs` holds the artifact objects that the function fills; they are read again at the end.
    """

    def __init__(self, executor_input: Mapping[str, Any], annotations: Mapping[str, Any]) -> None:
        inputs, outputs = executor_input.get("inputs", {}), executor_input.get("outputs", {})
        self.annotations = annotations
        self.parameters: Mapping[str, Any] = inputs.get("parameterValues", {})
        self.artifacts: Dict[str, List[Any]] = self._made(inputs.get("artifacts", {}))
        self.outputs: Dict[str, List[Any]] = self._made(outputs.get("artifacts", {}))
        self.files: Dict[str, str] = {name: each["outputFile"] for name, each in outputs.get("parameters", {}).items()}
        self.document: str = outputs.get("outputFile", "")

    def arguments(self) -> Dict[str, Any]:
        """The keyword arguments of the function. An input that was not given is left out, so that the function's own default applies."""
        found: Dict[str, Any] = {}
        for name, annotation in self.annotations.items():
            if name != "return":
                self._add(found, name, annotation)
        return found

    def make_folders(self) -> None:
        """Make the folders in which the function writes. Raises `OSError`."""
        places = [each.path for group in self.outputs.values() for each in group]
        for path in [*places, *self.files.values(), self.document]:
            if os.path.isabs(path):
                os.makedirs(os.path.dirname(path), exist_ok=True)

    def _add(self, found: Dict[str, Any], name: str, annotation: Any) -> None:
        kind = kinds.called(annotation)
        mark = kinds.marked(annotation)
        if mark == "Embedded":
            found[name] = _embedded(name, annotation)
        elif kind == "OutputPath":
            found[name] = self._output_path(name)
        elif mark == "Output":
            group = self.outputs.get(name, [])
            found[name] = group if kinds.element(annotation) else _first(group, name, "output")
        elif kind == "InputPath":
            if name in self.artifacts:
                found[name] = _first(self.artifacts[name], name, "input").path
        elif name in self.artifacts:
            group = self.artifacts[name]
            found[name] = group if kinds.element(annotation) else _first(group, name, "input")
        elif self.parameters.get(name) is not None:
            found[name] = _value(self.parameters[name], annotation, kind)

    def _output_path(self, name: str) -> str:
        if name in self.files:
            return self.files[name]
        return str(_first(self.outputs.get(name, []), name, "output").path)

    def _made(self, groups: Mapping[str, Any]) -> Dict[str, List[Any]]:
        return {name: [_artifact(each, self.annotations.get(name)) for each in group.get("artifacts", ())] for name, group in groups.items()}


def _first(group: List[Any], name: str, side: str) -> Any:
    if not group:
        raise BadInput(f"the function has the {side} artifact {name!r}, but the task was started without one")
    return group[0]


def _artifact(runtime: Mapping[str, Any], annotation: Any) -> Any:
    title = runtime.get("type", {}).get("schemaTitle", "")
    wanted = kinds.element(annotation) or kinds.unwrapped(annotation)
    made = wanted if kinds.is_artifact(wanted) else artifacts.Artifact
    if getattr(made, "schema_title", "") != title:
        # The function may ask for any Artifact, and gets what it really is.
        made = _CLASSES.get(title, made)
    return made(name=runtime.get("name", ""), uri=runtime.get("uri", ""), metadata=dict(runtime.get("metadata") or {}))


def _value(value: Any, annotation: Any, kind: str) -> Any:
    if kind == "PipelineTaskFinalStatus":
        return _status(value)
    if kind == "TaskConfig":
        return names.TaskConfig(**{_snake(key): each for key, each in value.items()})
    wanted = kinds.plain(annotation)
    if hasattr(wanted, "model_validate"):
        return wanted.model_validate(value)
    # JSON does not tell 3 from 3.0.
    if wanted is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _status(value: Mapping[str, Any]) -> names.PipelineTaskFinalStatus:
    fields = {_snake(key): each for key, each in value.items()}
    error = fields.get("error") or {}
    code, message = fields.get("error_code", error.get("code")), fields.get("error_message", error.get("message"))
    return names.PipelineTaskFinalStatus(
        state=names.FinalState(fields.get("state", "")),
        pipeline_job_resource_name=fields.get("pipeline_job_resource_name", ""),
        pipeline_task_name=fields.get("pipeline_task_name", ""),
        error_code=None if code is None else int(code),
        error_message=message,
    )


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def _embedded(name: str, annotation: Any) -> Any:
    """The files that travel inside the component's source; its prelude has unpacked them."""
    module = sys.modules.get("ephemeral_component")
    path = getattr(module, "__KFP_EMBEDDED_ASSET_FILE", None) or getattr(module, "__KFP_EMBEDDED_ASSET_DIR", None)
    if not path:
        raise BadInput(f"the function has the embedded input {name!r}, but nothing is embedded", "Set embedded_artifact_path=… on its component.")
    wanted = kinds.unwrapped(annotation)
    made = wanted if kinds.is_artifact(wanted) else artifacts.Artifact
    return made(name=name, uri=path, metadata={})
