"""What a run can be run with where it is asked for, and what of a pipeline cannot be run with that."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from typing_extensions import assert_never

from bakehouse.actions import access
from bakehouse.actions.context import Context
from bakehouse.errors import Problem
from bakehouse.ir import executors, pods
from bakehouse.ir.executors import Means
from bakehouse.ir.spec import PipelineSpec
from bakehouse.orchestrator.ports import RunnerKind


def refusals(context: Context, spec: PipelineSpec, runner: RunnerKind = RunnerKind.AUTO) -> Sequence[Problem]:
    """What stands against running a pipeline with this runner. Container engine and cluster are looked for only where they are needed."""
    access.own(context)
    runner = chosen(context, runner)
    match runner:
        case RunnerKind.LOCAL:
            return executors.refusals(spec)
        case RunnerKind.AUTO | RunnerKind.CONTAINER:
            needed = runner is RunnerKind.CONTAINER or recorded(spec, runner) is not RunnerKind.LOCAL
            missing = context.containers() if needed else None
            if missing is None:
                return executors.refusals(spec, Means.CONTAINERS)
            return [*(replace(one, remedy=missing.remedy) for one in executors.refusals(spec)), missing]
        case RunnerKind.KUBERNETES:
            unset = context.cluster()
            return [*executors.refusals(spec, Means.CLUSTER), *([] if unset is None else [unset])]
        case _:
            assert_never(runner)


def chosen(context: Context, runner: RunnerKind) -> RunnerKind:
    """The runner that is meant: what an installation says goes before `auto`."""
    access.own(context)
    return context.runner if runner is RunnerKind.AUTO else runner


def honoured(runner: RunnerKind) -> Collection[str]:
    """The settings for Kubernetes that mean something to all steps of such a run."""
    return pods.IN_CONTAINERS if runner is RunnerKind.CONTAINER else ()


def recorded(spec: PipelineSpec, runner: RunnerKind) -> RunnerKind:
    """The runner that a run is recorded with: of a pipeline that needs no containers, `auto` says nothing."""
    return RunnerKind.LOCAL if runner is RunnerKind.AUTO and not executors.refusals(spec) else runner
