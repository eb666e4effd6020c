"""What a user does with pipelines and their versions: upload, look at, rename, delete."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from bakehouse.actions import access, names, packages
from bakehouse.actions import tags as tag_rules
from bakehouse.actions.context import Context
from bakehouse.ir.spec import PipelineFile
from bakehouse.records.errors import NoSuchVersion
from bakehouse.records.pipelines import NewPipeline, NewVersion
from bakehouse.records.queries import Page, Predicate, Query
from bakehouse.records.views import PipelineView, VersionView

#: Characters of pipeline files on a page of versions: what would be sent after that is left to the next page.
_LARGEST_PAGE = 4 << 20


@dataclass(frozen=True)
class Labels:
    """What a user says of a pipeline or a version. Of `name` and `display_name` one that is empty is taken from the other."""

    name: str = ""
    display_name: str = ""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    package_url: str = ""
    code_source_url: str = ""


def create(context: Context, labels: Labels) -> PipelineView:
    """Record a pipeline without versions. Raises `BadName`, `BadTags`, `NameTaken`."""
    new = _pipeline(context, labels)
    context.records.pipelines.create(new)
    return get(context, new.id)


def upload(context: Context, pipeline: PipelineFile, labels: Labels, version: Labels | None = None) -> tuple[PipelineView, VersionView]:
    """Record a pipeline with its first version, whose labels are the pipeline's unless it has its own. Raises `BadName`, `BadTags`, `NameTaken`."""
    new = _pipeline(context, labels)
    first = _version(new.id, pipeline, version or labels)
    context.records.pipelines.create_with_version(new, first)
    return get(context, new.id), version_of(context, first.id)


def upload_version(context: Context, pipeline_id: str, pipeline: PipelineFile, labels: Labels) -> VersionView:
    """Record a version of a pipeline. Raises `NoSuchPipeline`, `BadName`, `BadTags`, `NameTaken`."""
    get(context, pipeline_id)
    new = _version(pipeline_id, pipeline, labels)
    context.records.pipelines.create_version(new)
    return version_of(context, new.id)


def named(labels: Labels, fallback: str) -> Labels:
    """The same labels, with a name if the user gave none."""
    return labels if labels.name or labels.display_name else replace(labels, name=fallback)


def fallback_name(filename: str) -> str:
    """The name of a pipeline that was given none: that of its file (KFP's rule), without the ending."""
    name = PurePosixPath(filename.replace("\\", "/")).name
    for ending in (".tar.gz", ".zip", ".yaml", ".yml", ".json"):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def version_name(pipeline: PipelineView) -> str:
    """A name for a version that was given none, as KFP's UI makes it up."""
    now = time.time()
    when = f"{time.strftime('%Y-%m-%dT%H-%M-%S', time.localtime(now))}-{int(now * 1000) % 1000:03d}"
    room = names.LONGEST["pipeline version"] - len(f"-version-at-{when}")
    return f"{pipeline.name[:room]}-version-at-{when}"


def get(context: Context, pipeline_id: str) -> PipelineView:
    """The pipeline of that id. Raises `NoSuchPipeline`."""
    return context.records.pipelines.get(pipeline_id, namespace=access.own(context))


def get_by_name(context: Context, name: str) -> PipelineView:
    """The pipeline of that name. Raises `NoSuchPipeline`."""
    return context.records.pipelines.get_by_name(name, namespace=access.own(context))


def find(context: Context, query: Query) -> Page[PipelineView]:
    """One page of pipelines. Raises `UnknownField`, `BadPredicate`."""
    return context.records.pipelines.find(query, namespace=access.own(context))


def count(context: Context, where: Sequence[Predicate]) -> int | None:
    """How many pipelines there are; `None` for more than 1,000."""
    return context.records.pipelines.count(where, namespace=access.own(context))


def update(context: Context, pipeline_id: str, *, display_name: str | None = None, tags: Mapping[str, str] | None = None) -> PipelineView:
    """Change the display name or the tags. Raises `NoSuchPipeline`, `BadName`, `BadTags`."""
    get(context, pipeline_id)
    if display_name is not None:
        names.check("display name", display_name)
    context.records.pipelines.update(pipeline_id, display_name=display_name, tags=None if tags is None else _tags(tags))
    return get(context, pipeline_id)


def delete(context: Context, pipeline_id: str, *, cascade: bool = False) -> None:
    """Delete a pipeline, with all its versions if asked; runs of it stay. Raises `NoSuchPipeline`, `HasVersions`."""
    get(context, pipeline_id)
    context.records.pipelines.delete(pipeline_id, cascade=cascade)


# ---------------------------------------------------------------- versions


def version_of(context: Context, version_id: str) -> VersionView:
    """The version of that id. Raises `NoSuchVersion`."""
    found = context.records.pipelines.version(version_id)
    access.check(context, namespace=found.namespace)
    return found


def latest(context: Context, pipeline_id: str) -> VersionView:
    """The newest version of a pipeline. Raises `NoSuchPipeline`, `NoSuchVersion`."""
    found = get(context, pipeline_id).latest
    if found is None:
        raise NoSuchVersion(version=f"of pipeline {pipeline_id}: it has none")
    return found


def versions(context: Context, pipeline_id: str, query: Query) -> Page[VersionView]:
    """One page of the versions of a pipeline. Raises `NoSuchPipeline`, `UnknownField`, `BadPredicate`."""
    return context.records.pipelines.versions(pipeline_id, query, namespace=access.own(context))


def versions_with_specs(context: Context, pipeline_id: str, query: Query) -> tuple[Page[VersionView], Sequence[PipelineFile]]:
    """One page of the versions of a pipeline, each with its file; it ends early where these would be too large together."""
    page = versions(context, pipeline_id, query)
    files: list[PipelineFile] = []
    size = 0
    for one in page.items:
        if size >= _LARGEST_PAGE:
            break
        found = _parsed(context, one)
        files.append(found.file)
        size += found.size
    return page.first(len(files)), files


def count_versions(context: Context, pipeline_id: str, where: Sequence[Predicate]) -> int | None:
    """How many versions a pipeline has; `None` for more than 1,000."""
    return context.records.pipelines.count_versions(pipeline_id, where, namespace=access.own(context))


def update_version(context: Context, version_id: str, *, display_name: str | None = None, tags: Mapping[str, str] | None = None) -> VersionView:
    """Change the display name or the tags of a version. Raises `NoSuchVersion`, `BadName`, `BadTags`."""
    version_of(context, version_id)
    if display_name is not None:
        names.check("display name", display_name)
    context.records.pipelines.update_version(version_id, display_name=display_name, tags=None if tags is None else _tags(tags))
    return version_of(context, version_id)


def delete_version(context: Context, version_id: str) -> None:
    """Delete a version; runs of it stay. Raises `NoSuchVersion`."""
    version_of(context, version_id)
    context.records.pipelines.delete_version(version_id)


def spec(context: Context, version_id: str) -> PipelineFile:
    """The pipeline of a version. Raises `NoSuchVersion`."""
    return _parsed(context, version_of(context, version_id)).file


def _parsed(context: Context, version: VersionView) -> packages.Parsed:
    return context.files.get(version.spec, lambda: context.records.pipelines.spec_text(version.id))


# ---------------------------------------------------------------- what users may say


def _pipeline(context: Context, labels: Labels) -> NewPipeline:
    name, shown = _names(labels, "pipeline")
    return NewPipeline(str(uuid.uuid4()), access.own(context), name, shown, labels.description, _tags(labels.tags))


def _version(pipeline_id: str, pipeline: PipelineFile, labels: Labels) -> NewVersion:
    name, shown = _names(labels, "pipeline version")
    return NewVersion(
        id=str(uuid.uuid4()),
        pipeline_id=pipeline_id,
        name=name,
        display_name=shown,
        pipeline=pipeline,
        description=labels.description,
        tags=_tags(labels.tags),
        package_url=labels.package_url,
        code_source_url=labels.code_source_url,
    )


def _names(labels: Labels, kind: str) -> tuple[str, str]:
    name = names.check(kind, labels.name or labels.display_name)
    return name, names.check("display name", labels.display_name or name)


def _tags(tags: Mapping[str, str]) -> Mapping[str, str]:
    return tag_rules.checked(tags, most=tag_rules.MOST_OF_A_PIPELINE)
