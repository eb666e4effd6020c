"""Pipelines, versions and specs as our own API shows them: views to messages. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bakehouse.api import pipelines as messages
from bakehouse.api.base import moment
from bakehouse.errors import Problem
from bakehouse.ir import parameters
from bakehouse.ir.spec import ArtifactInput, ComponentInputs, ParameterInput, PipelineFile
from bakehouse.ir.values import Json
from bakehouse.orchestrator import selecting
from bakehouse.orchestrator.plan import plan
from bakehouse.records.views import PipelineView, VersionView


def pipeline_summary(view: PipelineView) -> messages.PipelineSummary:
    """A pipeline as a list shows it."""
    return messages.PipelineSummary(
        pipeline_id=view.id,
        name=view.name,
        display_name=view.display_name,
        description=view.description,
        created_at=moment(view.created_at),
        latest_version=None if view.latest is None else version_summary(view.latest),
        versions=view.versions,
    )


def version_summary(view: VersionView) -> messages.VersionSummary:
    """A version as a list shows it."""
    return messages.VersionSummary(**_version(view))


def version_detail(view: VersionView, file: PipelineFile, yaml: str, refused: Sequence[Problem]) -> messages.VersionDetail:
    """A version with its spec; `refused`: what stands against running it."""
    return messages.VersionDetail(**_version(view), pipeline_name=view.pipeline_name, spec=spec_view(file, yaml, refused))


def _version(view: VersionView) -> dict[str, Json]:
    return {
        "version_id": view.id,
        "pipeline_id": view.pipeline_id,
        "name": view.name,
        "display_name": view.display_name,
        "description": view.description,
        "created_at": moment(view.created_at),
        "code_source_url": view.code_source_url,
        "package_url": view.package_url,
    }


def spec_view(file: PipelineFile, yaml: str, refused: Sequence[Problem]) -> messages.SpecView:
    """A spec as people read it, and what stands against running it here."""
    return messages.SpecView(
        yaml=yaml,
        inputs=inputs(file.spec.root.inputs),
        description=file.spec.info.description,
        sdk_version=file.spec.sdk_version,
        problems=problems([*refused, *parameters.unmet_artifacts(file.spec.root.inputs)]),
        steps=[] if refused else list(selecting.names(plan(file.spec))),
    )


def problems(found: Sequence[Problem]) -> list[messages.ProblemText]:
    """What stands against a pipeline."""
    return [messages.ProblemText(message=one.message, place=one.place or "", remedy=one.remedy or "") for one in found]


def inputs(declared: ComponentInputs) -> list[messages.Input]:
    """What a form asks for: what must be given before what may be left out, each as the pipeline lists it."""
    found = [_parameter(name, one) for name, one in declared.parameters.items()]
    found += [_artifact(name, one) for name, one in declared.artifacts.items()]
    return sorted(found, key=lambda one: one.optional)


def _parameter(name: str, declared: ParameterInput) -> messages.Input:
    has_default = declared.default is not None
    return messages.Input(
        name=name,
        type=declared.type.value,
        optional=declared.is_optional or has_default,
        has_default=has_default,
        default=declared.default,
        description=declared.description,
        literals=list(declared.literals),
    )


def _artifact(name: str, declared: ArtifactInput) -> messages.Input:
    return messages.Input(
        name=name, type=declared.type.schema_title, is_artifact=True, optional=declared.is_optional, description=declared.description
    )
