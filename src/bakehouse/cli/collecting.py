"""Answers of `bakehouse gc`, and of its policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bakehouse.actions import policies, retention
from bakehouse.actions.retention import Collected
from bakehouse.app import settings, wiring
from bakehouse.app.display.texts import short, size, table, tilde, visible
from bakehouse.cli import answers
from bakehouse.cli.display.page import local_time
from bakehouse.ir import durations
from bakehouse.ir.times import rfc3339
from bakehouse.ir.values import JsonObject
from bakehouse.records.garbage import Criteria, Doomed, Scope
from bakehouse.records.policies import Policy

_WIDEST = 40  # characters of a name


def collect(given: Mapping[str, Any], *, as_json: bool) -> int:  # options, as click has checked them
    """Delete what the options name, or say what would go; the exit code: 1 if something could not be removed."""
    with wiring.opened(settings.from_environment()) as context:
        if given["policies"]:
            collected = policies.plan(context) if given["plan"] else policies.apply(context)
        else:
            do = retention.plan if given["plan"] else retention.collect
            collected = do(context, _criteria(given), drop_gone=given["orphans"] and given["drop_cache"])
    if as_json:
        answers.document(_document(collected, plan=given["plan"]))
    else:
        answers.lines(_told(collected, plan=given["plan"]))
    return 1 if collected.left else 0


def _criteria(given: Mapping[str, Any]) -> Sequence[Criteria]:
    if given["orphans"]:
        return ()
    named = Criteria(given["older_than"], given["experiment"], given["pipeline"], given["states"], given["keep_last"] or 0)
    return [replace(named, drop_cache=given["drop_cache"], tag=given["tag"])]


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
        "policy": None if run.policy is None else _scope(run.policy),
    }


def _told(collected: Collected, *, plan: bool) -> Iterator[str]:
    if collected.runs:
        by_policy = any(run.policy is not None for run in collected.runs)
        rows = [["RUN", "STATE", "ENDED", "EXPERIMENT", "PIPELINE", "NAME", *(["POLICY OF"] if by_policy else [])]]
        for run in collected.runs:
            names = (visible(one, _WIDEST) for one in (run.experiment, run.pipeline_name, run.name))
            rows.append(
                [
                    short(run.id),
                    run.state.value,
                    local_time(run.ended_at),
                    *names,
                    *([] if run.policy is None else [visible(policies.said(run.policy))]),
                ]
            )
        yield from table(rows)
    for path, amount in collected.orphans.items():
        yield f"no run names {visible(tilde(path))} ({size(amount)})"
    for path, why in collected.left.items():
        yield f"not removed: {visible(tilde(path))}: {why}. Delete it yourself, or mend that: the next gc finds it."
    runs, orphans = len(collected.runs), len(collected.orphans)
    what = f"{runs} run{'' if runs == 1 else 's'}" + (f", {orphans} folder{'' if orphans == 1 else 's'} that no run names" if orphans else "")
    yield f"{'would go' if plan else 'deleted'}: {what}, {size(collected.size)}"


# ---------------------------------------------------------------- policies


def set_policy(scope: tuple[str, str, str], rule: Mapping[str, Any], *, as_json: bool) -> int:  # options, as click has checked them
    """Record the policy of an experiment, a pipeline and a tag, each empty for any; the exit code."""
    policy = Policy(Scope(*scope), **rule)
    with wiring.opened(settings.from_environment()) as context:
        policies.put(context, policy)
        (kept,) = [one for one in policies.list_all(context) if one.scope == policy.scope]
    if as_json:
        answers.document(_policy(kept))
    else:
        answers.lines([f"{visible(policies.said(kept.scope))}: {_rule(kept)}. A server applies it once an hour, `bakehouse gc --policies` now"])
    return 0


def list_policies(*, as_json: bool) -> int:
    """All policies; the exit code."""
    with wiring.opened(settings.from_environment()) as context:
        found = policies.list_all(context)
    if as_json:
        answers.document([_policy(one) for one in found])
    elif found:
        rows = [[visible(policies.said(one.scope)), _rule(one), local_time(one.set_at), visible(one.set_by)] for one in found]
        answers.lines(table([["RUNS OF", "GO", "SET", "BY"], *rows]))
    else:
        answers.lines(["no policies: no run goes by itself"])
    return 0


def remove_policy(of: tuple[str, str, str], *, as_json: bool) -> int:
    """Delete the policy of an experiment, a pipeline and a tag, each empty for any; the exit code."""
    scope = Scope(*of)
    with wiring.opened(settings.from_environment()) as context:
        policies.remove(context, scope)
    if as_json:
        answers.document({**_scope(scope), "removed": True})
    else:
        answers.lines([f"{visible(policies.said(scope))}: no policy any more"])
    return 0


def _rule(policy: Policy) -> str:
    age = f"{durations.shown(policy.older_than)} after their end" if policy.older_than is not None else ""
    number = f"but the newest {policy.keep_last}" if policy.keep_last is not None else ""
    return ", ".join(part for part in (age, number, "with what the cache keeps of them" if policy.drop_cache else "") if part)


def _scope(scope: Scope) -> JsonObject:
    return {"experiment": scope.experiment or None, "pipeline": scope.pipeline or None, "tag": scope.tag or None}


def _policy(policy: Policy) -> JsonObject:
    return {
        **_scope(policy.scope),
        "older_than_s": policy.older_than,
        "keep_last": policy.keep_last,
        "drop_cache": policy.drop_cache,
        "set_at": rfc3339(policy.set_at),
        "set_by": policy.set_by,
    }
