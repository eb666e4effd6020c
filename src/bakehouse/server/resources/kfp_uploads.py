"""v2beta1: pipelines as files. Its errors have a form of their own (`server.errors`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, File, Query, UploadFile

from bakehouse.actions import packages, pipelines
from bakehouse.actions.errors import BadTags
from bakehouse.actions.pipelines import Labels
from bakehouse.api import kfp
from bakehouse.server import described, kfp_shown
from bakehouse.server.acting import Acting
from bakehouse.server.answers import Json
from bakehouse.server.kfp_lists import Namespace

router = APIRouter(prefix="/apis/v2beta1/pipelines", tags=["v2beta1: uploads"], default_response_class=Json)

_TAGS = 'Give them as a JSON object of texts, such as {"team": "vision"}.'
Upload = Annotated[UploadFile, File(description="YAML or JSON as a compiler writes it, or a zip or tar.gz with it.")]
Name = Annotated[str, Query(description="The name; `display_name` if it is empty, else the name of the file without its ending.")]
DisplayName = Annotated[str, Query(description="The name that is shown; `name` if it is empty.")]
Description = Annotated[str, Query(description="What it is for.")]
Tags = Annotated[str, Query(description="A JSON object of texts.")]
SourceUrl = Annotated[str, Query(description="Where the source of the pipeline can be read.")]


@router.post("/upload", responses={200: {"model": kfp.Pipeline}, **described.fails(409)})
def upload(  # noqa: PLR0913, PLR0917  # the parameters of a route
    context: Acting,
    uploadfile: Upload,
    name: Name = "",
    display_name: DisplayName = "",
    description: Description = "",
    namespace: Namespace = "",
    tags: Tags = "",
    code_source_url: SourceUrl = "",
) -> Json:
    """Make a pipeline and its first version, both of that name, else of the file's."""
    del namespace  # one user has one
    filename = uploadfile.filename or "pipeline.yaml"
    file = packages.package(uploadfile.file.read(), filename)
    named = name or display_name or pipelines.fallback_name(filename)
    labels = Labels(named, display_name or named, description, _tags(tags), code_source_url=code_source_url)
    version = Labels(named, display_name or named, description, code_source_url=code_source_url)
    return Json(kfp_shown.pipeline(pipelines.upload(context, file, labels, version)[0]).wire())


@router.post("/upload_version", responses={200: {"model": kfp.PipelineVersion}, **described.fails(404, 409)})
def upload_version(  # noqa: PLR0913, PLR0917  # the parameters of a route
    context: Acting,
    uploadfile: Upload,
    pipelineid: Annotated[str, Query(description="The id of the pipeline.")],
    name: Name = "",
    display_name: DisplayName = "",
    description: Description = "",
    tags: Tags = "",
    code_source_url: SourceUrl = "",
) -> Json:
    """Make a version of a pipeline."""
    filename = uploadfile.filename or "pipeline.yaml"
    file = packages.package(uploadfile.file.read(), filename)
    named = name or display_name or pipelines.fallback_name(filename)
    labels = Labels(named, display_name or named, description, _tags(tags), code_source_url=code_source_url)
    return Json(kfp_shown.version(pipelines.upload_version(context, pipelineid, file, labels), file).wire())


def _tags(text: str) -> Mapping[str, str]:
    try:
        tags = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        raise BadTags(why="they are no JSON object", remedy=_TAGS) from None
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise BadTags(why="they are no JSON object of texts", remedy=_TAGS)
    return tags
