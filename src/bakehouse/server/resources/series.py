"""Metrics with a step: of a run or one of its steps, and of several runs beside each other."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from bakehouse.actions import series
from bakehouse.actions.points import FEWEST
from bakehouse.actions.series import MOST_POINTS, MOST_RUNS, POINTS, Wanted
from bakehouse.api.series import RunSeries, SeriesOfRuns
from bakehouse.server import described, shown_series
from bakehouse.server.acting import Acting

_MOST_ATTEMPTS = 1 << 31

router = APIRouter(prefix="/apis/bakehouse/v1", tags=["series"])


class Chosen(BaseModel):
    """Which series, and how many points of each."""

    task_id: str = Field("", description="Only of this step.")
    output: list[str] = Field([], description="Only of these output artifacts; all if none is named.")
    metric: list[str] = Field([], description="Only these metrics; all if none is named.")
    points: int = Field(POINTS, ge=FEWEST, le=MOST_POINTS, description="Points of a series at most; fewer where there are very many series.")

    def wanted(self) -> Wanted:
        """As the action takes it."""
        return Wanted(task=self.task_id, outputs=self.output, metrics=self.metric, most=self.points)


class OfRun(Chosen):
    """Which series of a run."""

    attempt: int | None = Field(None, ge=1, le=_MOST_ATTEMPTS, description="Only of this attempt of `task_id`; all as one if it is not said.")

    def wanted(self) -> Wanted:
        """As the action takes it."""
        return Wanted(task=self.task_id, attempt=self.attempt, outputs=self.output, metrics=self.metric, most=self.points)


class OfRuns(Chosen):
    """Which series of which runs."""

    run_id: list[str] = Field(description=f"1 to {MOST_RUNS} runs.")


@router.get("/runs/{run_id}/series")
def of_run(context: Acting, run_id: str, chosen: Annotated[OfRun, Query()]) -> RunSeries:
    """The metrics that the steps of a run have logged with a step so far."""
    return shown_series.of_run(series.of_run(context, run_id, chosen.wanted()))


@router.get("/series", responses=described.fails(404))
def of_runs(context: Acting, chosen: Annotated[OfRuns, Query()]) -> SeriesOfRuns:
    """The metrics that several runs have logged with a step so far, to be compared."""
    return SeriesOfRuns(runs=[shown_series.of_run(one) for one in series.of_runs(context, chosen.run_id, chosen.wanted())])
