"""A pipeline file as manifests of Kubernetes: `PipelineVersion`, and `Pipeline` if wanted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bakehouse.ir import writing
from bakehouse.ir.spec import PipelineFile

_API = "pipelines.kubeflow.org/v2beta1"


@dataclass
class KubernetesManifestOptions:
    """How the manifests name things; what is not given comes from the pipeline."""

    pipeline_name: str | None = None
    pipeline_display_name: str | None = None
    pipeline_version_name: str | None = None
    pipeline_version_display_name: str | None = None
    namespace: str | None = None
    include_pipeline_manifest: bool = False


def manifests(file: PipelineFile, options: KubernetesManifestOptions) -> list[Mapping[str, Any]]:
    """The documents, in the order in which they are applied."""
    name = options.pipeline_name or file.spec.info.name
    display_name = options.pipeline_display_name or name
    version = options.pipeline_version_name or name
    described = {"description": file.spec.info.description} if file.spec.info.description else {}
    spec: dict[str, Any] = {
        **described,
        "displayName": options.pipeline_version_display_name or version,
        "pipelineName": name,
        "pipelineSpec": writing.pipeline_spec(file.spec),
    }
    if file.platforms:
        spec["platformSpec"] = {"platforms": file.platforms}
    found = [_manifest("PipelineVersion", version, options, spec)]
    if options.include_pipeline_manifest:
        found.insert(0, _manifest("Pipeline", name, options, {**described, "displayName": display_name}))
    return found


def _manifest(kind: str, name: str, options: KubernetesManifestOptions, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = {"name": name, **({"namespace": options.namespace} if options.namespace else {})}
    return {"apiVersion": _API, "kind": kind, "metadata": metadata, "spec": spec}
