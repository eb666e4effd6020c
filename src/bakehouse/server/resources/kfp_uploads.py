"""v2beta1: pipelines as files. Its errors have a form of their own (`server.errors`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, File, Query, UploadFile

from bakehouse.actions import packages, pipelines
from bakehouse.actions.errors import BadTags
from bakehouse.actions.pipelines import Labels
from bakehouse.api import kfp
from bakehouse.ir.spec import PipelineFile
from bakehouse.server import described, embedded, kfp_shown
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
    file, fallback = _read(uploadfile)
    labels = pipelines.named(Labels(name, display_name, description, _tags(tags), code_source_url=code_source_url), fallback)
    return Json(kfp_shown.pipeline(pipelines.upload(context, file, labels, replace(labels, tags={}))[0]).wire())


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
    file, fallback = _read(uploadfile)
    labels = pipelines.named(Labels(name, display_name, description, _tags(tags), code_source_url=code_source_url), fallback)
    return Json(kfp_shown.version(pipelines.upload_version(context, pipelineid, file, labels), file).wire())


def _read(uploaded: UploadFile) -> tuple[PipelineFile, str]:
    """The pipeline in a file, and how it is called if nobody says so."""
    filename = uploaded.filename or "pipeline.yaml"
    return packages.package(uploaded.file.read(), filename), pipelines.fallback_name(filename)


def _tags(text: str) -> Mapping[str, str]:
    try:
        tags = embedded.loaded(text) if text else {}
    except ValueError as error:
        raise BadTags(why=f"they are no JSON object: {error}", remedy=_TAGS) from error
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise BadTags(why="they are no JSON object of texts", remedy=_TAGS)
    return tags
