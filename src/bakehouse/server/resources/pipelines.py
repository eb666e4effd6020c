"""Pipelines and their versions: lists, details, uploads by file and by URL."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, File, Query, UploadFile

from bakehouse.actions import fetching, means, packages, pipelines
from bakehouse.actions.context import Context
from bakehouse.actions.pipelines import Labels
from bakehouse.api.pipelines import FromUrl, PipelineList, PipelineSummary, VersionDetail, VersionList
from bakehouse.ir import text as ir_text
from bakehouse.ir.spec import PipelineFile
from bakehouse.records import queries
from bakehouse.records.errors import NoSuchVersion
from bakehouse.records.queries import Operation, Predicate
from bakehouse.records.views import VersionView
from bakehouse.server import described, paging, shown_pipelines
from bakehouse.server.acting import Acting

_NEWEST = queries.Sort("created_at", descending=True)

router = APIRouter(prefix="/apis/bakehouse/v1/pipelines", tags=["pipelines"])

PageSize = Annotated[int, Query(ge=1, le=200, description="Items on a page.")]
PageToken = Annotated[str, Query(description="`next_page_token` of the page before.")]


@router.get("")
def listed(
    context: Acting,
    text: Annotated[str, Query(description="What stands somewhere in the displayed name; letters of ASCII in either case.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> PipelineList:
    """One page of pipelines, the newest first."""
    query = _query((Predicate("display_name", Operation.IS_SUBSTRING, text),) if text else (), page_size, page_token)
    page = pipelines.find(context, query)
    return PipelineList(pipelines=[shown_pipelines.pipeline_summary(one) for one in page.items], next_page_token=paging.token(query, page.next))


@router.get("/{pipeline_id}")
def detail(context: Acting, pipeline_id: str) -> PipelineSummary:
    """A pipeline."""
    return shown_pipelines.pipeline_summary(pipelines.get(context, pipeline_id))


@router.get("/{pipeline_id}/versions")
def versions(context: Acting, pipeline_id: str, page_size: PageSize = 20, page_token: PageToken = "") -> VersionList:
    """One page of the versions of a pipeline, the newest first."""
    query = _query((), page_size, page_token)
    page = pipelines.versions(context, pipeline_id, query)
    return VersionList(versions=[shown_pipelines.version_summary(one) for one in page.items], next_page_token=paging.token(query, page.next))


@router.get("/{pipeline_id}/versions/{version_id}")
def version(context: Acting, pipeline_id: str, version_id: str) -> VersionDetail:
    """A version with its spec."""
    view = pipelines.version_of(context, version_id)
    if view.pipeline_id != pipeline_id:
        raise NoSuchVersion(version=version_id)
    return _detail(context, view, pipelines.spec(context, version_id))


def _query(where: tuple[Predicate, ...], page_size: int, page_token: str) -> queries.Query:
    return queries.Query(where, _NEWEST, page_size, paging.cursor(page_token, where, _NEWEST))


def _detail(context: Context, view: VersionView, file: PipelineFile) -> VersionDetail:
    return shown_pipelines.version_detail(view, file, ir_text.write(file), means.refusals(context, file.spec))


# ---------------------------------------------------------------- uploads


@router.post("/upload", responses=described.fails(404, 409))
def upload(  # noqa: PLR0913, PLR0917  # the parameters of a route
    context: Acting,
    uploadfile: Annotated[UploadFile, File(description="YAML or JSON as a compiler writes it, or a zip or tar.gz with it.")],
    name: Annotated[str, Query(description="The pipeline's name; what the file says if it is empty.")] = "",
    description: Annotated[str, Query(description="What the file says if it is empty.")] = "",
    pipeline_id: Annotated[str, Query(description="The pipeline of which this becomes a version.")] = "",
    version_name: Annotated[
        str, Query(description="The version's name; for a first version the pipeline's, for a later one `name`, else made up.")
    ] = "",
) -> VersionDetail:
    """Upload a pipeline, or a version of the one that is named."""
    file = packages.package(uploadfile.file.read(), uploadfile.filename or "the uploaded file")
    return _recorded(context, file, pipeline_id, Labels(name=name, description=description), version_name)


@router.post("/from-url", responses=described.fails(404, 409))
def from_url(context: Acting, request: FromUrl) -> VersionDetail:
    """Fetch a pipeline and upload it."""
    file = fetching.pipeline(context, request.url)
    labels = Labels(name=request.name, description=request.description, package_url=request.url)
    return _recorded(context, file, request.pipeline_id, labels, "")


def _recorded(context: Context, file: PipelineFile, pipeline_id: str, labels: Labels, version_name: str) -> VersionDetail:
    info = file.spec.info
    labels = replace(labels, description=labels.description or info.description)
    of_version = replace(labels, name=version_name or labels.name)
    if pipeline_id:
        of_version = pipelines.named(of_version, pipelines.version_name(pipelines.get(context, pipeline_id)))
        return _detail(context, pipelines.upload_version(context, pipeline_id, file, of_version), file)
    fallback = info.display_name or info.name
    return _detail(context, pipelines.upload(context, file, pipelines.named(labels, fallback), pipelines.named(of_version, fallback))[1], file)
