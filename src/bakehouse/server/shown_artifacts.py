"""Artifacts, previews and metrics as our own API shows them: views to messages. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bakehouse.actions.artifacts import Made
from bakehouse.actions.metrics import Classification, Metrics, Source
from bakehouse.actions.previews import Preview
from bakehouse.api import artifacts as messages
from bakehouse.api.base import moment
from bakehouse.records.artifacts import ArtifactView, Link
from bakehouse.server.shown import artifact_fields, artifact_ref


def artifact_detail(view: ArtifactView, *, local: bool) -> messages.ArtifactDetail:
    """An artifact with its lineage."""
    return messages.ArtifactDetail(
        **artifact_fields(view.artifact),
        created_at=moment(view.created_at),
        producers=[_link(one) for one in view.producers],
        consumers=[_link(one) for one in view.consumers],
        local=local,
    )


def _link(link: Link) -> messages.Link:
    return messages.Link(run_id=link.run_id, run_name=link.run_name, task_id=link.task_id, name=link.name, reused=link.reused)


def of_run(run_id: str, made: Iterable[Made], *, truncated: bool) -> messages.RunArtifacts:
    """What the steps of a run have made."""
    listed = [messages.RunArtifact(**artifact_ref(one.artifact).model_dump(), task_id=one.task_id, output=one.output) for one in made]
    return messages.RunArtifacts(run_id=run_id, artifacts=listed, truncated=truncated)


def preview(shown: Preview) -> messages.Preview:
    """How content looks."""
    return messages.Preview(
        kind=messages.PreviewKind(shown.kind.value),
        media_type=shown.media_type,
        size=shown.size,
        truncated=shown.truncated,
        text=shown.text,
        columns=list(shown.columns),
        rows=[list(row) for row in shown.rows],
        entries=[messages.Entry(path=one.path, is_folder=one.is_folder, size=one.size, leads_to=one.leads_to) for one in shown.entries],
        note=shown.note,
    )


# ---------------------------------------------------------------- metrics


def metrics(run_id: str, found: Metrics) -> messages.Metrics:
    """All metrics of a run."""
    return messages.Metrics(
        run_id=run_id,
        scalars=[messages.Scalar(**_source(one.source), key=one.key, value=one.value) for one in found.scalars],
        classifications=[_classification(one) for one in found.classifications],
    )


def _source(source: Source) -> dict[str, str]:
    return {"task_id": source.task_id, "output": source.output, "artifact_id": source.artifact_id}


def _classification(one: Classification) -> messages.Classification:
    return messages.Classification(
        **_source(one.source),
        title=one.title,
        roc=[messages.RocPoint(threshold=point.threshold, fpr=point.fpr, tpr=point.tpr) for point in one.roc],
        labels=list(one.labels),
        matrix=[list(row) for row in one.matrix],
    )
