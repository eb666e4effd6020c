"""Answers of `bakehouse env`."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bakehouse.actions import environments
from bakehouse.actions.environments import Found, Pruned, Refreshed
from bakehouse.app import settings, wiring
from bakehouse.app.display.texts import age, short, size, table, tilde, visible
from bakehouse.cli import answers
from bakehouse.cli.display.page import local_time
from bakehouse.ir.times import rfc3339
from bakehouse.ir.values import JsonObject

_WIDEST = 60  # characters of the requirements in a list
_KEY = 8


def list_environments(*, as_json: bool) -> int:
    """All environments; the exit code."""
    with wiring.opened(settings.from_environment()) as context:
        found = environments.list_all(context)
    if as_json:
        answers.document([_document(one) for one in found])
        return 0
    if not found:
        answers.lines(["no environments yet: the first step of a run makes one"])
        return 0
    now = time.time()
    rows = [["KEY", "PYTHON", "SIZE", "BUILT", "LAST USED", "IN USE", "REQUIREMENTS"]]
    rows += [[*_row(one), age(now - one.kept.used_at), _use(one), _requirements(one)] for one in found]
    answers.lines(table(rows))
    return 0


def _row(found: Found) -> list[str]:
    kept = found.kept
    return [kept.key[:_KEY], kept.python or "?", size(found.size), local_time(kept.built_at)]


def _use(found: Found) -> str:
    if found.used_by:
        return ", ".join(short(run) for run in found.used_by)
    return "no" if found.kept.current else "replaced"


def _requirements(found: Found) -> str:
    if not found.kept.installed:
        return "none: the standard library only"
    return visible(found.kept.wanted.said if found.kept.wanted else ", ".join(found.kept.installed), _WIDEST)


def _document(found: Found) -> JsonObject:
    kept = found.kept
    return {
        "key": kept.key,
        "folder": str(kept.folder),
        "current": kept.current,
        "requirements": None if kept.wanted is None else list(kept.wanted.requirements),
        "installed": list(kept.installed),
        "python": kept.python or None,
        "interpreter": kept.interpreter or None,
        "size": found.size,
        "built_at": rfc3339(kept.built_at),
        "last_used_at": rfc3339(kept.used_at),
        "used_by": list(found.used_by),
    }


def prune(unused_for: float, *, plan: bool, as_json: bool) -> int:
    """Delete what nobody needs, or say what would go; the exit code."""
    with wiring.opened(settings.from_environment()) as context:
        pruned = environments.prune(context, unused_for=unused_for, plan=plan)
    if as_json:
        answers.document(
            {
                "plan": plan,
                "bytes": pruned.size,
                "environments": [_document(one) for one in pruned.gone],
                "stays": pruned.stays,
                "half_built": pruned.left,
            }
        )
        return 0
    answers.lines(_pruned(pruned, plan=plan))
    return 0


def _pruned(pruned: Pruned, *, plan: bool) -> Sequence[str]:
    lines = table([[*_row(one), _requirements(one)] for one in pruned.gone]) if pruned.gone else []
    lines += [f"{name[:_KEY]} stays: {why}" for name, why in pruned.stays.items()]
    if pruned.left:
        lines.append(f"{pruned.left} half built or half removed {'would go' if plan else 'are gone'} too")
    count = len(pruned.gone)
    what = f"{count} environment{'' if count == 1 else 's'}, {size(pruned.size)}"
    verb = "would go" if plan else "deleted"
    return [*lines, f"{verb}: {what}"]


def refresh(keys: Sequence[str], *, as_json: bool) -> int:
    """Build environments anew; the exit code: 1 if one could not be."""
    chosen = settings.from_environment()
    with wiring.opened(chosen) as context, wiring.environments(chosen) as building:
        done = environments.refresh(context, building, keys, answers.notice)
    if as_json:
        answers.document([_refreshed(one) for one in done])
    else:
        answers.lines(line for one in done for line in _told(one))
        if not done:
            answers.lines(["no environment with packages in it"])
    return 1 if any(one.failure for one in done) else 0


def _refreshed(done: Refreshed) -> JsonObject:
    return {
        "key": done.kept.key,
        "folder": done.folder or None,
        "installed": list(done.installed),
        "before": list(done.kept.installed),
        "error": done.failure or None,
    }


def _told(done: Refreshed) -> list[str]:
    name = f"{done.kept.key[:_KEY]} ({done.kept.wanted.said if done.kept.wanted else ', '.join(done.kept.installed)})"
    if done.failure:
        return [f"{name} stays as it is: {done.failure}"]
    new, old = set(done.installed) - set(done.kept.installed), set(done.kept.installed) - set(done.installed)
    changes = ", ".join([*(f"+ {one}" for one in sorted(new)), *(f"- {one}" for one in sorted(old))]) or "the same packages"
    return [f"{name} is built anew in {tilde(done.folder)}: {changes}"]
