"""What a user does with experiments: create, look at, archive, delete."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from bakehouse.actions import access, names
from bakehouse.actions.context import Context
from bakehouse.records.experiments import NewExperiment
from bakehouse.records.queries import Page, Predicate, Query
from bakehouse.records.views import ExperimentView


def create(context: Context, name: str, description: str = "") -> ExperimentView:
    """Record an experiment. Raises `BadName`, `ExperimentTaken`."""
    new = NewExperiment(str(uuid.uuid4()), access.own(context), names.check("experiment", name), description)
    context.records.experiments.create(new)
    return get(context, new.id)


def get(context: Context, experiment_id: str) -> ExperimentView:
    """The experiment of that id. Raises `NoSuchExperiment`."""
    return context.records.experiments.get(experiment_id, namespace=access.own(context))


def find(context: Context, query: Query) -> Page[ExperimentView]:
    """One page of experiments. Raises `UnknownField`, `BadPredicate`."""
    return context.records.experiments.find(query, namespace=access.own(context))


def count(context: Context, where: Sequence[Predicate]) -> int | None:
    """How many experiments there are; `None` for more than 1,000."""
    return context.records.experiments.count(where, namespace=access.own(context))


def archive(context: Context, experiment_id: str) -> None:
    """Put an experiment and all its runs into the archive. Raises `NoSuchExperiment`."""
    context.records.experiments.archive(experiment_id, namespace=access.own(context))


def unarchive(context: Context, experiment_id: str) -> None:
    """Take an experiment out of the archive; its runs stay there. Raises `NoSuchExperiment`."""
    context.records.experiments.unarchive(experiment_id, namespace=access.own(context))


def delete(context: Context, experiment_id: str) -> None:
    """Delete an experiment; its runs stay, and keep its name. Raises `NoSuchExperiment`, `KeptExperiment`."""
    context.records.experiments.delete(experiment_id, namespace=access.own(context))
