"""v2beta1: versions of pipelines. As in KFP, the pipeline in the path of a version is not compared with the version's own."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from bakehouse.actions import fetching, pipelines
from bakehouse.actions.pipelines import Labels
from bakehouse.api import kfp
from bakehouse.errors import BadInput
from bakehouse.server import described, kfp_shown
from bakehouse.server.acting import Acting
from bakehouse.server.answers import Json
from bakehouse.server.kfp_lists import Listing

router = APIRouter(prefix="/apis/v2beta1/pipelines/{pipeline_id}/versions", tags=["v2beta1: pipeline versions"], default_response_class=Json)

_ONE: dict[int | str, dict[str, Any]] = {200: {"model": kfp.PipelineVersion}}


@router.post("", responses={**_ONE, **described.fails(409)})
def create(context: Acting, pipeline_id: str, body: kfp.PipelineVersion) -> Json:
    """Make a version from a URL."""
    url = body.package_url.pipeline_url if body.package_url else ""
    if not url:
        remedy = "Give the https URL of a pipeline file there, or POST the file itself to /apis/v2beta1/pipelines/upload_version."
        raise BadInput("there is no URL of a pipeline file", place="package_url.pipeline_url", remedy=remedy)
    if body.pipeline_id not in {"", pipeline_id}:
        message = f"the version is of pipeline {body.pipeline_id}, the path of {pipeline_id}"
        raise BadInput(message, place="pipeline_id", remedy="Leave it out of the body, or write the same id in both.")
    pipelines.get(context, pipeline_id)
    file = fetching.pipeline(context, url)
    labels = Labels(body.name, body.display_name, body.description, body.tags, url, body.code_source_url)
    return Json(kfp_shown.version(pipelines.upload_version(context, pipeline_id, file, labels), file).wire())


@router.get("", responses={200: {"model": kfp.PipelineVersions}})
def listed(context: Acting, pipeline_id: str, wanted: Listing) -> Json:
    """One page of the versions of a pipeline, with their specs; large ones end it before it has `page_size` versions."""
    query = wanted.query()
    page, files = pipelines.versions_with_specs(context, pipeline_id, query)
    answer = kfp.PipelineVersions(
        pipeline_versions=[kfp_shown.version(one, file) for one, file in zip(page.items, files, strict=True)],
        total_size=pipelines.count_versions(context, pipeline_id, query.where) or 0,
        next_page_token=wanted.token(query, page.next),
    )
    return Json(answer.wire())


@router.get("/{version_id}", responses=_ONE)
def get(context: Acting, pipeline_id: str, version_id: str) -> Json:
    """A version with its spec."""
    del pipeline_id
    return Json(kfp_shown.version(pipelines.version_of(context, version_id), pipelines.spec(context, version_id)).wire())


@router.patch("/{version_id}", responses=_ONE)
def update(context: Acting, pipeline_id: str, version_id: str, body: kfp.PipelineVersion) -> Json:
    """Change the display name or the tags; what is not there stays."""
    del pipeline_id
    tags = body.tags if "tags" in body.model_fields_set else None
    view = pipelines.update_version(context, version_id, display_name=body.display_name or None, tags=tags)
    return Json(kfp_shown.version(view, pipelines.spec(context, version_id)).wire())


@router.delete("/{version_id}", responses={200: {"model": kfp.Empty}})
def delete(context: Acting, pipeline_id: str, version_id: str) -> Json:
    """Delete a version; runs of it stay."""
    del pipeline_id
    pipelines.delete_version(context, version_id)
    return Json({})
