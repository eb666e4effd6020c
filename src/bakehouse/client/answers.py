"""What a server answers, as objects with the names that the models of `kfp_server_api` have: what is not there is `None`, times are `datetime`.

Source: backend/api/v2beta1/*.proto of kubeflow/pipelines.
"""

from __future__ import annotations

import re
import typing
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Any

from bakehouse.ir.values import JsonObject

_FRACTION = re.compile(r"\.(\d+)")


class Answer:
    """Base of what a server answers: one attribute for each field that the class declares, read out of JSON. No dataclass: twenty cost 10 ms.

    What else there is in the JSON is left out: a server may be newer.
    """

    def __init__(self, said: JsonObject) -> None:
        for name, hint in _hints(type(self).__name__).items():
            setattr(self, name, _value(hint, said.get(name)))

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = None  # type: ignore[assignment]  # what is compared by what it holds, and may be changed, has none

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in vars(self).items() if value is not None)
        return f"{type(self).__name__}({said})"

    def to_dict(self) -> dict[str, Any]:
        """All fields by name, those of inner answers too."""
        return {name: _plain(value) for name, value in vars(self).items()}


class Status(Answer):
    """google.rpc.Status: what went wrong."""

    code: int | None
    message: str | None
    details: list[JsonObject] | None


class Health(Answer):
    """Whether the server is there, and serves users with namespaces of their own."""

    multi_user: bool | None
    pipeline_store: str | None


class Experiment(Answer):
    """An experiment."""

    experiment_id: str | None
    display_name: str | None
    description: str | None
    created_at: datetime | None
    namespace: str | None
    storage_state: str | None
    last_run_created_at: datetime | None


class Pipeline(Answer):
    """A pipeline; its versions are answers of their own."""

    pipeline_id: str | None
    display_name: str | None
    name: str | None
    description: str | None
    created_at: datetime | None
    namespace: str | None
    error: Status | None
    tags: dict[str, str] | None


class PipelineVersionReference(Answer):
    """The version of a pipeline that a run is of."""

    pipeline_id: str | None
    pipeline_version_id: str | None


class RuntimeConfig(Answer):
    """What a run was given."""

    parameters: dict[str, Any] | None
    pipeline_root: str | None


class RuntimeStatus(Answer):
    """A state, and since when."""

    update_time: datetime | None
    state: str | None
    error: Status | None


class ArtifactList(Answer):
    """The artifacts of an input or output, by id."""

    artifact_ids: list[str] | None


class TaskDetail(Answer):
    """A task of a run."""

    run_id: str | None
    task_id: str | None
    display_name: str | None
    create_time: datetime | None
    start_time: datetime | None
    end_time: datetime | None
    executor_detail: JsonObject | None
    state: str | None
    execution_id: str | None
    error: Status | None
    inputs: dict[str, ArtifactList] | None
    outputs: dict[str, ArtifactList] | None
    parent_task_id: str | None
    state_history: list[RuntimeStatus] | None
    pod_name: str | None
    child_tasks: list[JsonObject] | None


class RunDetails(Answer):
    """The tasks of a run."""

    pipeline_context_id: str | None
    pipeline_run_context_id: str | None
    task_details: list[TaskDetail] | None


class Run(Answer):
    """A run."""

    experiment_id: str | None
    run_id: str | None
    display_name: str | None
    storage_state: str | None
    description: str | None
    pipeline_version_id: str | None
    pipeline_spec: JsonObject | None
    pipeline_version_reference: PipelineVersionReference | None
    runtime_config: RuntimeConfig | None
    service_account: str | None
    created_at: datetime | None
    scheduled_at: datetime | None
    finished_at: datetime | None
    state: str | None
    error: Status | None
    run_details: RunDetails | None
    recurring_run_id: str | None
    state_history: list[RuntimeStatus] | None
    plugins_input: JsonObject | None
    plugins_output: JsonObject | None


@cache
def _hints(kind: str) -> dict[str, Any]:
    """What the fields of a class of this module hold."""
    return typing.get_type_hints(globals()[kind])


def _value(hint: Any, said: Any) -> Any:
    """One value by the type that its field declares."""
    if said is None:
        return None
    if isinstance(hint, UnionType):
        hint = next(one for one in typing.get_args(hint) if one is not type(None))
    if hint is datetime:
        return _time(said)
    if isinstance(hint, type) and issubclass(hint, Answer):
        return hint(said)
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        return [_value(inner[0], one) for one in said]
    return {name: _value(inner[1], one) for name, one in said.items()} if origin is dict else said


def _plain(value: Any) -> Any:
    if isinstance(value, Answer):
        return value.to_dict()
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return {name: _plain(one) for name, one in value.items()} if isinstance(value, dict) else value


def _time(text: str) -> datetime:
    """RFC 3339; Python before 3.11 reads neither `Z` nor fractions other than of three and six digits."""
    return datetime.fromisoformat(_FRACTION.sub(lambda found: f".{found[1]:0<6.6}", text).replace("Z", "+00:00"))
