"""Answers of `bakehouse gc`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bakehouse.actions import retention
from bakehouse.actions.retention import Collected
from bakehouse.app import settings, wiring
from bakehouse.cli import answers
from bakehouse.cli.display.page import local_time
from bakehouse.cli.display.texts import short, size, table, tilde, visible
from bakehouse.ir.times import rfc3339
from bakehouse.ir.values import JsonObject
from bakehouse.records.garbage import Criteria, Doomed

_WIDEST = 40  # characters of a name


def collect(given: Mapping[str, Any], *, as_json: bool) -> int:  # options, as click has checked them
    """Delete what the options name, or say what would go; the exit code: 1 if something could not be removed."""
    do = retention.plan if given["plan"] else retention.collect
    with wiring.opened(settings.from_environment()) as context:
        collected = do(context, _criteria(given), drop_cache=given["drop_cache"])
    if as_json:
        answers.document(_document(collected, plan=given["plan"]))
    else:
        answers.lines(_told(collected, plan=given["plan"]))
    return 1 if collected.left else 0


def _criteria(given: Mapping[str, Any]) -> Criteria | None:
    if given["orphans"]:
        return None
    return Criteria(given["older_than"], given["experiment"], given["pipeline"], given["states"], given["keep_last"] or 0)


def _document(collected: Collected, *, plan: bool) -> JsonObject:
    return {
        "plan": plan,
        "bytes": collected.size,
        "runs": [_run(one) for one in collected.runs],
        "files": dict(collected.files),
        "orphans": dict(collected.orphans),
        "left": dict(collected.left),
    }


def _run(run: Doomed) -> JsonObject:
    return {
        "run_id": run.id,
        "name": run.name,
        "state": run.state.value,
        "experiment": run.experiment,
        "pipeline": run.pipeline_name,
        "ended_at": rfc3339(run.ended_at),
    }


def _told(collected: Collected, *, plan: bool) -> Iterator[str]:
    if collected.runs:
        rows = [["RUN", "STATE", "ENDED", "EXPERIMENT", "PIPELINE", "NAME"]]
        for run in collected.runs:
            names = (visible(one, _WIDEST) for one in (run.experiment, run.pipeline_name, run.name))
            rows.append([short(run.id), run.state.value, local_time(run.ended_at), *names])
        yield from table(rows)
    for path, amount in collected.orphans.items():
        yield f"no run names {visible(tilde(path))} ({size(amount)})"
    for path, why in collected.left.items():
        yield f"not removed: {visible(tilde(path))}: {why}. Delete it yourself, or mend that: the next gc finds it."
    runs, orphans = len(collected.runs), len(collected.orphans)
    what = f"{runs} run{'' if runs == 1 else 's'}" + (f", {orphans} folder{'' if orphans == 1 else 's'} that no run names" if orphans else "")
    yield f"{'would go' if plan else 'deleted'}: {what}, {size(collected.size)}"
