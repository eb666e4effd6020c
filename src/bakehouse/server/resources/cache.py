"""Why a step was a hit or a miss in the cache."""

from __future__ import annotations

from fastapi import APIRouter

from bakehouse.actions import cache
from bakehouse.api.base import moment
from bakehouse.api.cache import CacheDifference, CacheExplanation, CacheResult
from bakehouse.records.cache import EntryView
from bakehouse.server.acting import Acting
from bakehouse.server.shown import optional_moment

router = APIRouter(prefix="/apis/bakehouse/v1/runs/{run_id}/tasks/{task_id:path}/cache", tags=["runs"])


@router.get("")
def explained(context: Acting, run_id: str, task_id: str) -> CacheExplanation:
    """Why a step was a hit or a miss: what differs from the nearest result that was there."""
    found = cache.explain(context, run_id, task_id)
    return CacheExplanation(
        run_id=found.run_id,
        task_id=found.task_id,
        verdict=found.verdict.value,
        reason=found.reason.value,
        text=found.text,
        key=found.key,
        asked_at=optional_moment(found.asked_at),
        entry=_result(found.entry) if found.entry is not None else None,
        differences=[
            CacheDifference(part=one.part.value, name=one.name, text=one.text, before=one.before, after=one.after, lines=list(one.lines))
            for one in found.differences
        ],
    )


def _result(one: EntryView) -> CacheResult:
    return CacheResult(
        key=one.key,
        run_id=one.run_id,
        run_name=one.run_name,
        task_id=one.task_id,
        attempt=one.attempt,
        pipeline=one.pipeline_name,
        created_at=moment(one.created_at),
        invalidated_at=optional_moment(one.invalidated_at),
    )
