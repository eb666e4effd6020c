"""Looking at the cache, and taking results out of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from bakehouse.actions import cache
from bakehouse.actions.cache import Chosen, Explanation
from bakehouse.app import settings, wiring
from bakehouse.app.display.texts import age, harmless, short, table, visible
from bakehouse.cli import answers
from bakehouse.cli.display.page import local_time
from bakehouse.ir.times import rfc3339
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.differences import Difference
from bakehouse.records.cache import EntryView
from bakehouse.records.queries import Cursor, Operation, Predicate, Query, Sort
from bakehouse.server import paging

_WIDEST = 40  # characters of a name in a list
_SHORT_KEY = 12
_NEWEST = Sort("created_at", descending=True)


# ---------------------------------------------------------------- why


def explain(run: str, task: str, *, as_json: bool) -> int:
    """Why a step was a hit or a miss; the exit code."""
    with wiring.opened(settings.from_environment()) as context:
        found = cache.explain(context, run, task)
    if as_json:
        answers.document(explanation(found))
    else:
        answers.lines(_explained(found))
    return 0


def explanation(found: Explanation) -> JsonObject:
    """An explanation as JSON."""
    return {
        "run_id": found.run_id,
        "task": found.task_id,
        "verdict": found.verdict.value,
        "reason": found.reason.value,
        "text": found.text,
        "key": found.key or None,
        "asked_at": None if found.asked_at is None else rfc3339(found.asked_at),
        "entry": None if found.entry is None else _document(found.entry),
        "differences": [difference(one) for one in found.differences],
    }


def difference(one: Difference) -> JsonObject:
    """A difference as JSON."""
    said = {"part": one.part.value, "name": one.name or None, "text": one.text, "before": one.before, "after": one.after}
    return {**said, "lines": list(one.lines)}


def _explained(found: Explanation) -> Iterator[str]:
    yield f"{visible(found.task_id)} of run {short(found.run_id)}: {visible(found.text)}"
    for one in found.differences:
        yield f"  {visible(one.text)}"
        yield from (f"    {harmless(line)}" for line in one.lines)
    entry = found.entry
    if entry is not None:
        since = f", {age(found.asked_at - entry.created_at)} then" if found.asked_at is not None else ""
        gone = f", invalidated {local_time(entry.invalidated_at)}" if entry.invalidated_at is not None else ""
        yield f"  entry {entry.key[:_SHORT_KEY]}: made {local_time(entry.created_at)} by {visible(entry.task_id)} of run {entry.run_id}{since}{gone}"
    if found.key:
        yield f"  key {found.key}"


# ---------------------------------------------------------------- what there is


def list_entries(only: tuple[str, str], limit: int, page_token: str, *, as_json: bool) -> int:
    """One page of results, those of a task and of a pipeline if they are named; the exit code."""
    task, pipeline = only
    where = (Predicate("pipeline_name", Operation.EQUALS, pipeline),) if pipeline else ()
    # A page of one task's results is followed by no other list.
    known = (*where, Predicate("task_id", Operation.EQUALS, task)) if task else where
    with wiring.opened(settings.from_environment()) as context:
        after = paging.cursor(page_token, known, _NEWEST)
        page = cache.find(context, Query(where, _NEWEST, limit, after), task=task)
    token = _token(known, page.next)
    if as_json:
        answers.document({"entries": [_document(one) for one in page.items], "next_page_token": token or None})
        return 0
    answers.lines(_listed(page.items, time.time()))
    if token:
        answers.notice(f"There are more: --page-token {token}")
    return 0


def _token(where: tuple[Predicate, ...], following: Cursor | None) -> str:
    return paging.token(Query(where, _NEWEST), following)


def _document(one: EntryView) -> JsonObject:
    return {
        "key": one.key,
        "run_id": one.run_id,
        "run_name": one.run_name,
        "task": one.task_id,
        "attempt": one.attempt,
        "pipeline": one.pipeline_name or None,
        "component": one.component or None,
        "created_at": rfc3339(one.created_at),
        "invalidated_at": None if one.invalidated_at is None else rfc3339(one.invalidated_at),
    }


def _listed(entries: Sequence[EntryView], now: float) -> Iterator[str]:
    if not entries:
        yield "no results"
        return
    rows = [["KEY", "MADE", "RUN", "PIPELINE", "TASK", ""]]
    for one in entries:
        names = [visible(name, _WIDEST) for name in (one.pipeline_name, one.task_id)]
        rows.append(
            [one.key[:_SHORT_KEY], age(now - one.created_at), short(one.run_id), *names, "invalidated" if one.invalidated_at is not None else ""]
        )
    yield from table(rows)


def invalidate(keys: Sequence[str], chosen: Mapping[str, str], *, as_json: bool) -> int:
    """Offer results no more; the exit code."""
    with wiring.opened(settings.from_environment()) as context:
        count = cache.invalidate(context, Chosen(keys=keys, **chosen))
    if as_json:
        answers.document({"invalidated": count})
    else:
        answers.lines([f"{count:,} {'result is' if count == 1 else 'results are'} not offered any more"])
    return 0
