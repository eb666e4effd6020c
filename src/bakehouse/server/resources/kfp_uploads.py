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
from bakehouse.server import kfp_shown
from bakehouse.server.acting import Acting
from bakehouse.server.answers import Json

router = APIRouter(prefix="/apis/v2beta1/pipelines", tags=["KFP: uploads"], default_response_class=Json)

Upload = Annotated[UploadFile, File(description="YAML or JSON as a compiler writes it, or a zip or tar.gz with it.")]


@router.post("/upload", responses={200: {"model": kfp.Pipeline}})
def upload(  # noqa: PLR0913, PLR0917  # the parameters of a route
    context: Acting,
    uploadfile: Upload,
    name: str = "",
    display_name: str = "",
    description: str = "",
    namespace: str = "",
    tags: Annotated[str, Query(description="A JSON object of texts.")] = "",
    code_source_url: str = "",
) -> Json:
    """Make a pipeline and its first version, both of that name, else of the file's."""
    del namespace  # one user has one
    filename = uploadfile.filename or "pipeline.yaml"
    file = packages.package(uploadfile.file.read(), filename)
    named = name or display_name or pipelines.fallback_name(filename)
    labels = Labels(named, display_name or named, description, _tags(tags), code_source_url=code_source_url)
    version = Labels(named, display_name or named, description, code_source_url=code_source_url)
    return Json(kfp_shown.pipeline(pipelines.upload(context, file, labels, version)[0]).wire())


@router.post("/upload_version", responses={200: {"model": kfp.PipelineVersion}})
def upload_version(  # noqa: PLR0913, PLR0917  # the parameters of a route
    context: Acting,
    uploadfile: Upload,
    pipelineid: str,
    name: str = "",
    display_name: str = "",
    description: str = "",
    tags: Annotated[str, Query(description="A JSON object of texts.")] = "",
    code_source_url: str = "",
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
        raise BadTags(why="they are no JSON object") from None
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise BadTags(why="they are no JSON object of texts")
    return tags
