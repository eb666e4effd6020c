"""The graphs of runs and of pipeline versions, grouped and counted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from bakehouse.actions import graphs, pipelines, runs
from bakehouse.actions.context import Context
from bakehouse.api.graphs import Graph
from bakehouse.records.errors import NoSuchVersion
from bakehouse.records.views import TaskView
from bakehouse.server import shown_graphs
from bakehouse.server.acting import Acting

_PAGE = 1_000

router = APIRouter(prefix="/apis/bakehouse/v1", tags=["graphs"])

Open = Annotated[
    list[str], Query(max_length=graphs.MOST_OPEN, description=f"Nodes to look into, at most {graphs.MOST_OPEN}; what is not there is ignored.")
]


@router.get("/runs/{run_id}/graph")
def of_run(context: Acting, run_id: str, open: Open = []) -> Graph:  # noqa: A002, B006  # the name of a query parameter; FastAPI copies it
    """The graph of a run as it is now."""
    spec = runs.spec(context, run_id).spec
    tasks, seq = _all_tasks(context, run_id)
    return shown_graphs.graph(graphs.of_run(tasks, spec, open), seq=seq)


@router.get("/pipelines/{pipeline_id}/versions/{version_id}/graph")
def of_version(context: Acting, pipeline_id: str, version_id: str, open: Open = []) -> Graph:  # noqa: A002, B006  # as above
    """The graph of a pipeline."""
    if pipelines.version_of(context, version_id).pipeline_id != pipeline_id:
        raise NoSuchVersion(version=version_id)
    return shown_graphs.graph(graphs.of_spec(pipelines.spec(context, version_id).spec, open))


def _all_tasks(context: Context, run_id: str) -> tuple[list[TaskView], int]:
    """All steps, and an event number that is not later than what is seen of any of them."""
    tasks, seq = runs.tasks(context, run_id, limit=_PAGE)
    found = list(tasks)
    while len(tasks) == _PAGE:
        tasks, _ = runs.tasks(context, run_id, after=found[-1].id, limit=_PAGE)
        found += tasks
    return found, seq
