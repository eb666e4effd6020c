"""The graphs of runs and pipelines, drawn once as long as they are looked at: a page of a run asks again for each change of the run."""

from __future__ import annotations

from collections.abc import Callable, Collection

from bakehouse.actions import access, graphs, pipelines, runs
from bakehouse.actions.context import Context
from bakehouse.actions.graphs import Drawing, Graph
from bakehouse.ir.spec import PipelineSpec
from bakehouse.records.views import VersionView
from bakehouse.storage.recent import Recent


def of_run(context: Context, run: str, open_ids: Collection[str] = ()) -> tuple[Graph, int]:
    """The graph of a run as it is now, and the number of the latest event that it shows. Raises `NoSuchRun`, `Unreadable`."""
    found = runs.summary(context, run)
    drawing = drawn(context.drawn, found.spec, open_ids, lambda: runs.spec_of(context, found).spec)
    tasks, seq = context.records.task_marks(found.id)
    return graphs.of_run(drawing, tasks), seq


def of_version(context: Context, version: VersionView, open_ids: Collection[str] = ()) -> Graph:
    """The graph of a version."""
    access.check(context, namespace=version.namespace)
    return drawn(context.drawn, version.spec, open_ids, lambda: pipelines.spec(context, version.id).spec).graph


def drawn(kept: Recent[Drawing], digest: str, open_ids: Collection[str], read: Callable[[], PipelineSpec]) -> Drawing:
    """The drawing of the pipeline of that digest; it is read where it must be. Raises what reading raises."""

    def make() -> tuple[Drawing, int]:
        drawing = graphs.drawing(read(), open_ids)
        return drawing, drawing.weight + sum(map(len, open_ids)) // 100

    return kept.get((digest, frozenset(open_ids)), make)
