"""A run that is there as the beginning of a new one: the same pipeline, with the same options, parameters, experiment and tags."""

from __future__ import annotations

import re

from bakehouse.actions import access, runs
from bakehouse.actions.context import Context
from bakehouse.actions.runs import Submission
from bakehouse.ir.values import JsonObject
from bakehouse.records.views import RunView

_CLONED = re.compile(r"Clone of (?P<of>.*?)(?: \((?P<number>\d+)\))?")


def view(context: Context, run: str) -> RunView:
    """The run to clone, without its tasks, by id, unique prefix of an id, or `latest`. Raises `NotFound`."""
    return runs.head(context, runs.named(context, run))


def submission(context: Context, of: RunView, parameters: JsonObject, *, name: str = "") -> Submission:
    """What starts the same again with these parameters. Raises `NoSuchRun`, `Unreadable`.

    `name`: the new run's; empty for one that tells what it is a clone of. The uploaded version that the run came from is that of the clone
    too; where the artifacts lie is decided anew.
    """
    access.check(context, namespace=of.summary.namespace)
    return Submission(
        pipeline=runs.spec_of(context, of.summary),
        parameters=parameters,
        name=name or clone_name(of.summary.name),
        experiment=of.summary.experiment,
        options=of.options,
        origins=context.records.origins(of.summary.id),
        description=of.summary.description,
        service_account=of.service_account,
        pipeline_id=of.summary.pipeline_id,
        version_id=of.summary.version_id,
        git=of.git,
        tags=of.summary.tags,
    )


def clone_name(name: str) -> str:
    """The name of a run like another, as the pages give it: `Clone of X`, `Clone of X (2)`."""
    again = _CLONED.fullmatch(name)
    return f"Clone of {name}" if again is None else f"Clone of {again['of']} ({int(again['number'] or 1) + 1})"
