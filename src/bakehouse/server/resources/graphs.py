"""The graphs of runs and of pipeline versions, grouped and counted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from bakehouse.actions import drawings, graphs, pipelines
from bakehouse.api.graphs import Graph
from bakehouse.records.errors import NoSuchVersion
from bakehouse.server import shown_graphs
from bakehouse.server.acting import Acting

router = APIRouter(prefix="/apis/bakehouse/v1", tags=["graphs"])

Open = Annotated[
    list[str], Query(max_length=graphs.MOST_OPEN, description=f"Nodes to look into, at most {graphs.MOST_OPEN}; what is not there is ignored.")
]


@router.get("/runs/{run_id}/graph")
def of_run(context: Acting, run_id: str, open: Open = []) -> Graph:  # noqa: A002, B006  # the name of a query parameter; FastAPI copies it
    """The graph of a run as it is now."""
    drawn, seq = drawings.of_run(context, run_id, open)
    return shown_graphs.graph(drawn, seq=seq)


@router.get("/pipelines/{pipeline_id}/versions/{version_id}/graph")
def of_version(context: Acting, pipeline_id: str, version_id: str, open: Open = []) -> Graph:  # noqa: A002, B006  # as above
    """The graph of a pipeline."""
    version = pipelines.version_of(context, version_id)
    if version.pipeline_id != pipeline_id:
        raise NoSuchVersion(version=version_id)
    return shown_graphs.graph(drawings.of_version(context, version, open))
