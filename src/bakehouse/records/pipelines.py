"""Pipelines and their versions: recorded, found, listed, deleted. Within the transaction of `db`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Select, func, select, text
from sqlalchemy.exc import IntegrityError

from bakehouse.ir import text as ir_text
from bakehouse.ir.digests import digest_text
from bakehouse.ir.spec import PipelineFile
from bakehouse.records.deleting import DELETE_SPEC
from bakehouse.records.documents import dumped, loaded, plain
from bakehouse.records.errors import HasVersions, NameTaken, NoSuchPipeline, NoSuchVersion
from bakehouse.records.listing import Field, Listing
from bakehouse.records.schema import pipelines, specs, versions
from bakehouse.records.submitting import INSERT_SPEC
from bakehouse.records.views import PipelineView, VersionView

_SPECS_OF = text("SELECT DISTINCT namespace, spec FROM pipeline_versions WHERE pipeline_id = :id")
_DELETE_VERSIONS = text("DELETE FROM pipeline_versions WHERE pipeline_id = :id")
_DELETE_PIPELINE = text("DELETE FROM pipelines WHERE id = :id")
_DELETE_VERSION = text("DELETE FROM pipeline_versions WHERE id = :id")


@dataclass(frozen=True)
class NewPipeline:
    """A pipeline to be recorded; it has no versions yet."""

    id: str
    namespace: str
    name: str
    display_name: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NewVersion:
    """A version to be recorded."""

    id: str
    pipeline_id: str
    name: str
    display_name: str
    pipeline: PipelineFile
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    package_url: str = ""
    code_source_url: str = ""


# ---------------------------------------------------------------- writing


def insert(db: Connection, new: NewPipeline, *, at: float) -> None:
    """Record a pipeline. Raises `NameTaken`."""
    row = {
        "id": new.id,
        "namespace": plain(new.namespace),
        "name": plain(new.name),
        "display_name": plain(new.display_name),
        "description": plain(new.description),
        "tags": dumped(dict(new.tags)),
        "created_at": at,
    }
    try:
        db.execute(pipelines.insert(), row)
    except IntegrityError:
        raise NameTaken(kind="pipeline", name=new.name) from None


def insert_version(db: Connection, new: NewVersion, *, at: float) -> None:
    """Record a version of a pipeline. Raises `NoSuchPipeline`, `NameTaken`."""
    namespace = db.execute(select(pipelines.c.namespace).where(pipelines.c.id == new.pipeline_id)).scalar()
    if namespace is None:
        raise NoSuchPipeline(pipeline=new.pipeline_id)
    spec = plain(ir_text.write(new.pipeline))
    digest = digest_text(spec)
    row = {
        "id": new.id,
        "namespace": namespace,
        "pipeline_id": new.pipeline_id,
        "name": plain(new.name),
        "display_name": plain(new.display_name),
        "description": plain(new.description),
        "tags": dumped(dict(new.tags)),
        "spec": digest,
        "package_url": plain(new.package_url),
        "code_source_url": plain(new.code_source_url),
        "created_at": at,
    }
    db.execute(INSERT_SPEC, {"namespace": namespace, "digest": digest, "text": spec})
    try:
        db.execute(versions.insert(), row)
    except IntegrityError:
        raise NameTaken(kind="version of this pipeline", name=new.name) from None


def update(db: Connection, pipeline_id: str, *, display_name: str | None, tags: Mapping[str, str] | None) -> None:
    """Change what of a pipeline can be changed; `None` stays. Raises `NoSuchPipeline`."""
    changed = _changed(display_name, tags)
    if changed and db.execute(pipelines.update().where(pipelines.c.id == pipeline_id).values(changed)).rowcount != 1:
        raise NoSuchPipeline(pipeline=pipeline_id)


def update_version(db: Connection, version_id: str, *, display_name: str | None, tags: Mapping[str, str] | None) -> None:
    """Change what of a version can be changed; `None` stays. Raises `NoSuchVersion`."""
    changed = _changed(display_name, tags)
    if changed and db.execute(versions.update().where(versions.c.id == version_id).values(changed)).rowcount != 1:
        raise NoSuchVersion(version=version_id)


def _changed(display_name: str | None, tags: Mapping[str, str] | None) -> dict[str, str]:
    changed = {} if display_name is None else {"display_name": plain(display_name)}
    return changed if tags is None else {**changed, "tags": dumped(dict(tags))}


def delete(db: Connection, pipeline_id: str, *, cascade: bool) -> None:
    """Delete a pipeline, with all its versions if asked. Runs of it stay. Raises `NoSuchPipeline`, `HasVersions`."""
    example = db.execute(select(versions.c.display_name).where(versions.c.pipeline_id == pipeline_id).limit(1)).scalar()
    if example is not None and not cascade:
        raise HasVersions(pipeline=pipeline_id, example=example)
    used = db.execute(_SPECS_OF, {"id": pipeline_id}).all()
    db.execute(_DELETE_VERSIONS, {"id": pipeline_id})
    if db.execute(_DELETE_PIPELINE, {"id": pipeline_id}).rowcount != 1:
        raise NoSuchPipeline(pipeline=pipeline_id)
    for namespace, spec in used:
        db.execute(DELETE_SPEC, {"namespace": namespace, "spec": spec})


def delete_version(db: Connection, version_id: str) -> None:
    """Delete a version. Runs of it stay. Raises `NoSuchVersion`."""
    row = db.execute(select(versions.c.namespace, versions.c.spec).where(versions.c.id == version_id)).first()
    if row is None:
        raise NoSuchVersion(version=version_id)
    db.execute(_DELETE_VERSION, {"id": version_id})
    db.execute(DELETE_SPEC, {"namespace": row.namespace, "spec": row.spec})


# ---------------------------------------------------------------- reading


def get(db: Connection, *, namespace: str, id: str = "", name: str = "") -> PipelineView:  # noqa: A002  # KFP's word
    """The pipeline of that id, or of that name. Raises `NoSuchPipeline`."""
    which = pipelines.c.id == id if id else pipelines.c.name == name
    row = db.execute(select(pipelines).where(pipelines.c.namespace == namespace, which)).first()
    if row is None:
        raise NoSuchPipeline(pipeline=id or name)
    return with_versions(db, [_pipeline(row)])[0]


def version(db: Connection, version_id: str) -> VersionView:
    """The version of that id. Raises `NoSuchVersion`."""
    row = db.execute(_versions().where(versions.c.id == version_id)).first()
    if row is None:
        raise NoSuchVersion(version=version_id)
    return _version(row)


def spec_text(db: Connection, version_id: str) -> str:
    """The pipeline file of a version. Raises `NoSuchVersion`."""
    of_version = (specs.c.namespace == versions.c.namespace) & (specs.c.digest == versions.c.spec)
    found = db.execute(select(specs.c.text).select_from(versions.join(specs, of_version)).where(versions.c.id == version_id)).scalar()
    if found is None:
        raise NoSuchVersion(version=version_id)
    return str(found)


def with_versions(db: Connection, found: Sequence[PipelineView]) -> list[PipelineView]:
    """The same pipelines with the number of their versions and the newest of each."""
    ids = [one.id for one in found]
    grouped = select(versions.c.pipeline_id, func.max(versions.c.created_at).label("newest"), func.count().label("number"))
    newest = grouped.where(versions.c.pipeline_id.in_(ids)).group_by(versions.c.pipeline_id).subquery()
    of_newest = (versions.c.pipeline_id == newest.c.pipeline_id) & (versions.c.created_at == newest.c.newest)
    rows = db.execute(_versions().add_columns(newest.c.number).join(newest, of_newest).order_by(versions.c.id)).all()
    latest = {row.pipeline_id: row for row in rows}  # of two made at once, the one with the higher id
    return [
        replace(one, versions=latest[one.id].number, latest=_version(latest[one.id])) if one.id in latest else one for one in found
    ]  # fmt: skip


def _versions() -> Select[Any]:
    return select(versions, pipelines.c.name.label("pipeline_name")).select_from(versions.join(pipelines))


def _pipeline(row: Any) -> PipelineView:  # a row, whose columns are the schema's
    return PipelineView(row.id, row.namespace, row.name, row.display_name, row.description, loaded(row.tags), row.created_at)


def _version(row: Any) -> VersionView:  # a row, whose columns are the schema's
    return VersionView(
        id=row.id,
        pipeline_id=row.pipeline_id,
        pipeline_name=row.pipeline_name,
        namespace=row.namespace,
        name=row.name,
        display_name=row.display_name,
        description=row.description,
        tags=loaded(row.tags),
        created_at=row.created_at,
        package_url=row.package_url,
        code_source_url=row.code_source_url,
        spec=row.spec,
    )


PIPELINES = Listing(
    query=select(pipelines),
    namespace=pipelines.c.namespace,
    id=pipelines.c.id,
    fields={
        "id": Field(pipelines.c.id),
        "pipeline_id": Field(pipelines.c.id),
        "name": Field(pipelines.c.name),
        "display_name": Field(pipelines.c.display_name),
        "description": Field(pipelines.c.description),
        "created_at": Field(pipelines.c.created_at, float),
        "namespace": Field(pipelines.c.namespace),
    },
    view=_pipeline,
    tags=pipelines.c.tags,
)

VERSIONS = Listing(
    query=_versions(),
    namespace=versions.c.namespace,
    id=versions.c.id,
    fields={
        "id": Field(versions.c.id),
        "pipeline_version_id": Field(versions.c.id),
        "name": Field(versions.c.name),
        "display_name": Field(versions.c.display_name),
        "description": Field(versions.c.description),
        "created_at": Field(versions.c.created_at, float),
    },
    view=_version,
    tags=versions.c.tags,
)


def versions_of(pipeline_id: str) -> Listing[VersionView]:
    """The versions of one pipeline."""
    return VERSIONS.within(versions.c.pipeline_id == pipeline_id)
