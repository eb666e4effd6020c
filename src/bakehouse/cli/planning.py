"""Saying what a run would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bakehouse.actions import planning, runs
from bakehouse.actions.planning import Fate, Foreseen
from bakehouse.app import settings, wiring
from bakehouse.app.display.texts import table, visible
from bakehouse.app.loading import Loading
from bakehouse.cli import answers
from bakehouse.cli.caching import difference
from bakehouse.cli.run import Wish
from bakehouse.cli.running import asked_for
from bakehouse.ir.times import rfc3339
from bakehouse.ir.values import JsonObject


def run(loading: Loading, wish: Wish) -> int:
    """Say what a run of what is being loaded would do; the exit code."""
    chosen = settings.from_environment()
    with wiring.opened(chosen) as context:
        found, submission = asked_for(context, loading, replace(wish, code=wish.code or chosen.code))
        answers.notes(runs.notes(context, submission))
        with wiring.places(chosen, submission.options) as places, found.placed():
            foreseen = planning.foresee(context, submission, places, cache_ttl=chosen.cache_ttl)
    name = found.file.spec.info.name
    if wish.output == answers.JSON:
        answers.document({"pipeline": name, "counts": _counts(foreseen), "steps": [_document(one) for one in foreseen]})
    else:
        answers.lines(_lines(name, foreseen))
    return 0


def _counts(foreseen: Sequence[Foreseen]) -> dict[str, int]:
    counted = Counter(one.fate.value for one in foreseen)
    return {fate.value: counted[fate.value] for fate in Fate}


def _lines(name: str, foreseen: Sequence[Foreseen]) -> Iterator[str]:
    counts = ", ".join(f"{count} {fate}" for fate, count in _counts(foreseen).items() if count)
    yield f"{visible(name)}: {counts or 'no steps'}"
    if foreseen:
        yield from (f"  {row}" for row in table([[visible(one.task_id), visible(one.text)] for one in foreseen]))


def _document(one: Foreseen) -> JsonObject:
    return {
        "task": one.task_id,
        "kind": one.kind.value,
        "fate": one.fate.value,
        "text": one.text,
        "key": one.key or None,
        "cached_from": one.run_id or None,
        "cached_at": None if one.at is None else rfc3339(one.at),
        "nearest_run": one.entry.run_id if one.entry is not None else None,
        "differences": [difference(each) for each in one.differences],
    }
