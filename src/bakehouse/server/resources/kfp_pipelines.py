"""v2beta1: pipelines."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from bakehouse.actions import fetching, pipelines
from bakehouse.actions.pipelines import Labels
from bakehouse.api import kfp
from bakehouse.errors import BadInput
from bakehouse.server import described, kfp_shown
from bakehouse.server.acting import Acting
from bakehouse.server.answers import Json
from bakehouse.server.kfp_lists import Listing, Namespace

router = APIRouter(prefix="/apis/v2beta1/pipelines", tags=["v2beta1: pipelines"], default_response_class=Json)

_ONE: dict[int | str, dict[str, Any]] = {200: {"model": kfp.Pipeline}}
_EMPTY: dict[int | str, dict[str, Any]] = {200: {"model": kfp.Empty}}


@router.post("", responses={**_ONE, **described.fails(409)})
def create(context: Acting, body: kfp.Pipeline) -> Json:
    """Make a pipeline that has no versions yet."""
    return Json(kfp_shown.pipeline(pipelines.create(context, _labels(body))).wire())


@router.post("/create", responses={**_ONE, **described.fails(409)})
def create_both(context: Acting, body: kfp.PipelineAndVersion) -> Json:
    """Make a pipeline and its first version from a URL."""
    version = body.pipeline_version
    url = version.package_url.pipeline_url if version.package_url else ""
    if not url:
        place, remedy = (
            "pipeline_version.package_url.pipeline_url",
            "Give the https URL of a pipeline file there, or POST the file itself to …/upload.",
        )
        raise BadInput("there is no URL of a pipeline file", place=place, remedy=remedy)
    file = fetching.pipeline(context, url)
    first = Labels(version.name, version.display_name, version.description, version.tags, url, version.code_source_url)
    if not (first.name or first.display_name):
        first = Labels(body.pipeline.name, body.pipeline.display_name, version.description, version.tags, url, version.code_source_url)
    return Json(kfp_shown.pipeline(pipelines.upload(context, file, _labels(body.pipeline), first)[0]).wire())


@router.get("", responses={200: {"model": kfp.Pipelines}})
def listed(context: Acting, wanted: Listing) -> Json:
    """One page of pipelines."""
    query = wanted.query()
    page = pipelines.find(context, query)
    answer = kfp.Pipelines(
        pipelines=[kfp_shown.pipeline(one) for one in page.items],
        total_size=pipelines.count(context, query.where) or 0,
        next_page_token=wanted.token(query, page.next),
    )
    return Json(answer.wire())


@router.get("/names/{name}", responses=_ONE)
def by_name(context: Acting, name: str, namespace: Namespace = "") -> Json:
    """The pipeline of that name."""
    del namespace  # one user has one
    return Json(kfp_shown.pipeline(pipelines.get_by_name(context, name)).wire())


@router.get("/{pipeline_id}", responses=_ONE)
def get(context: Acting, pipeline_id: str) -> Json:
    """A pipeline."""
    return Json(kfp_shown.pipeline(pipelines.get(context, pipeline_id)).wire())


@router.patch("/{pipeline_id}", responses=_ONE)
def update(context: Acting, pipeline_id: str, body: kfp.Pipeline) -> Json:
    """Change the display name or the tags; what is not there stays."""
    tags = body.tags if "tags" in body.model_fields_set else None
    return Json(kfp_shown.pipeline(pipelines.update(context, pipeline_id, display_name=body.display_name or None, tags=tags)).wire())


@router.delete("/{pipeline_id}", responses=_EMPTY)
def delete(
    context: Acting,
    pipeline_id: str,
    *,
    cascade: Annotated[bool, Query(description="Delete its versions too; without it a pipeline that has some stays.")] = False,
) -> Json:
    """Delete a pipeline, with all its versions if asked."""
    pipelines.delete(context, pipeline_id, cascade=cascade)
    return Json({})


def _labels(body: kfp.Pipeline) -> Labels:
    return Labels(body.name, body.display_name, body.description, body.tags)
