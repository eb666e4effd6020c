"""Runs: the list, one of them, what happened to it, its pipeline and its metrics."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from bakehouse.actions import artifacts as run_artifacts
from bakehouse.actions import means, measuring, pinning, runs, tags
from bakehouse.actions import metrics as run_metrics
from bakehouse.api.artifacts import Metrics, RunArtifacts
from bakehouse.api.attempts import RunCode, SuggestionList
from bakehouse.api.pipelines import SpecView
from bakehouse.api.runs import EventList, Pin, RunDetail, RunList, RunState, RunSummary, TagChange
from bakehouse.ir import text as ir_text
from bakehouse.records import queries
from bakehouse.records.queries import Operation, Predicate
from bakehouse.records.views import StorageState
from bakehouse.server import paging, shown, shown_artifacts, shown_pipelines, shown_tasks
from bakehouse.server.acting import Acting

_LAST_EVENT = 1 << 53
_MOST_EVENTS = 1_000
_MOST_ARTIFACTS = 1_000

router = APIRouter(prefix="/apis/bakehouse/v1/runs", tags=["runs"])


class Order(str, Enum):
    """How runs are sorted: names from A to Z and times from the newest, unless it is said otherwise."""

    CREATED = "created_at"
    CREATED_ASC = "created_at asc"
    CREATED_DESC = "created_at desc"
    NAME = "name"
    NAME_ASC = "name asc"
    NAME_DESC = "name desc"
    FINISHED = "finished_at"
    FINISHED_ASC = "finished_at asc"
    FINISHED_DESC = "finished_at desc"

    @property
    def sort(self) -> queries.Sort:
        """The order as the records take it."""
        field, _, direction = self.value.partition(" ")
        return queries.Sort(field, descending=direction == "desc" if direction else field != "name")


class Wanted(BaseModel):
    """Which runs, in which order, which page: all conditions must hold."""

    state: list[RunState] = Field([], description="One of these states; all if none is named.")
    experiment_id: str = Field("", description="Runs of this experiment.")
    pipeline_id: str = Field("", description="Runs of any version of this pipeline.")
    pipeline_name: str = Field("", description="Runs whose pipeline has this name in its own file.")
    tag: list[str] = Field([], description="A tag that they have: `key=value`, or `key` for any value; repeatable: all must be there.")
    text: str = Field("", description="What stands somewhere in the name; letters of ASCII in either case.")
    created_after: AwareDatetime | None = Field(None, description="RFC 3339: runs that were created then or later.")
    created_before: AwareDatetime | None = Field(None, description="RFC 3339: runs that were created earlier.")
    archived: bool = Field(False, description="Those in the archive, instead of those that are not.")  # noqa: FBT003  # pydantic's default
    sort: Order = Field(Order.CREATED, description="By which field: names from A to Z, times from the newest, unless `asc` or `desc` is said.")
    page_size: int = Field(20, ge=1, le=200, description="Items on a page.")
    page_token: str = Field("", description="`next_page_token` of the page before.")

    def query(self) -> queries.Query:
        """What the records are asked. Raises `BadInput` for a token of another list."""
        where, sort = tuple(self._conditions()), self.sort.sort
        return queries.Query(where, sort, self.page_size, paging.cursor(self.page_token, where, sort))

    def _conditions(self) -> Iterator[Predicate]:
        yield Predicate("storage_state", Operation.EQUALS, (StorageState.ARCHIVED if self.archived else StorageState.AVAILABLE).value)
        if self.state:
            yield Predicate("state", Operation.IN, tuple(sorted({state.value for state in self.state})))
        for field in ("experiment_id", "pipeline_id", "pipeline_name"):
            if getattr(self, field):
                yield Predicate(field, Operation.EQUALS, getattr(self, field))
        yield from (tags.condition(tag) for tag in dict.fromkeys(self.tag))
        if self.text:
            yield Predicate("name", Operation.IS_SUBSTRING, self.text)
        if self.created_after is not None:
            yield Predicate("created_at", Operation.GREATER_THAN_EQUALS, self.created_after.timestamp())
        if self.created_before is not None:
            yield Predicate("created_at", Operation.LESS_THAN, self.created_before.timestamp())


@router.get("")
def listed(context: Acting, wanted: Annotated[Wanted, Query()]) -> RunList:
    """One page of runs."""
    query = wanted.query()
    page = runs.find(context, query)
    return RunList(runs=[shown.run_summary(one) for one in page.items], next_page_token=paging.token(query, page.next))


@router.get("/{run_id}")
def detail(context: Acting, run_id: str) -> RunDetail:
    """A run, but for its steps."""
    view = runs.head(context, run_id)
    return shown.run_detail(view, runs.readable_spec(context, view.summary), runs.task_counts(context, run_id))


@router.patch("/{run_id}/tags")
def tag(context: Acting, run_id: str, body: TagChange) -> RunSummary:
    """Give a run tags, and remove some; the others stay."""
    found = runs.summary(context, run_id).id
    runs.tag(context, found, body.tags, removed=body.removed)
    return shown.run_summary(runs.summary(context, found))


@router.get("/{run_id}/events")
def events(
    context: Acting,
    run_id: str,
    after: Annotated[int, Query(ge=0, le=_LAST_EVENT, description="The number of the last event that is known already.")] = 0,
    limit: Annotated[int, Query(ge=1, le=_MOST_EVENTS, description="Events at most.")] = _MOST_EVENTS,
) -> EventList:
    """What happened to a run, in order."""
    change = runs.changes(context, run_id, after=after, limit=limit)
    return EventList(events=[shown.event(one) for one in change.events], latest=runs.head(context, run_id).seq)


@router.get("/{run_id}/spec")
def spec(context: Acting, run_id: str) -> SpecView:
    """The pipeline of a run."""
    file = runs.spec(context, run_id)
    return shown_pipelines.spec_view(file, ir_text.write(file), means.refusals(context, file.spec))


@router.get("/{run_id}/metrics")
def metrics(context: Acting, run_id: str) -> Metrics:
    """The metrics that the steps of a run have recorded so far."""
    found = runs.summary(context, run_id).id
    return shown_artifacts.metrics(found, run_metrics.of(runs.get(context, found)))


@router.get("/{run_id}/artifacts")
def artifacts(
    context: Acting,
    run_id: str,
    types: Annotated[Sequence[str], Query(alias="type", description="One of these schema titles, such as `system.HTML`; all if none is named.")] = (),
) -> RunArtifacts:
    """The artifacts that the steps of a run have made or reused so far."""
    found = runs.summary(context, run_id).id
    made = list(itertools.islice(run_artifacts.made(runs.get(context, found), types=types), _MOST_ARTIFACTS + 1))
    return shown_artifacts.of_run(found, made[:_MOST_ARTIFACTS], truncated=len(made) > _MOST_ARTIFACTS)


@router.get("/{run_id}/suggestions")
def suggestions(context: Acting, run_id: str) -> SuggestionList:
    """What the steps of a run should ask for of their machine, by what was measured of them."""
    return SuggestionList(suggestions=[shown_tasks.suggestion(one) for one in measuring.suggested(context, run_id)])


@router.get("/{run_id}/code")
def code(context: Acting, run_id: str) -> RunCode:
    """The digests of what was executed for a run: two runs with the same ones ran the same code."""
    return RunCode(digests={component: list(digests) for component, digests in measuring.code(context, run_id).items()})


@router.post("/{run_id}:pin")
def pin(context: Acting, run_id: str, body: Pin) -> RunSummary:
    """Keep a run, and what it needs, from being deleted; of one that is pinned the reason changes."""
    return shown.run_summary(runs.summary(context, pinning.pin(context, runs.summary(context, run_id).id, body.reason)))


@router.post("/{run_id}:unpin")
def unpin(context: Acting, run_id: str) -> RunSummary:
    """Let a run be deleted again."""
    return shown.run_summary(runs.summary(context, pinning.unpin(context, runs.summary(context, run_id).id)))
