"""Experiments: recorded, found, listed, archived, deleted. Within the transaction of `db`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError

from bakehouse.records import archiving
from bakehouse.records.documents import plain
from bakehouse.records.errors import ExperimentTaken, NoSuchExperiment
from bakehouse.records.listing import Field, Listing
from bakehouse.records.schema import experiments
from bakehouse.records.views import ExperimentView, StorageState

#: Whose everything is, while each home has one user.
DEFAULT_NAMESPACE = "default"
#: Takes the runs that name no experiment; KFP's name.
DEFAULT_EXPERIMENT = "Default"
_GROUPED = "All runs created without specifying an experiment will be grouped here."  # KFP's words, which its users know
_STORED = text("UPDATE experiments SET storage_state = :state WHERE id = :id")
_DELETE = text("DELETE FROM experiments WHERE id = :id")


@dataclass(frozen=True)
class NewExperiment:
    """An experiment to be recorded."""

    id: str
    namespace: str
    name: str
    description: str = ""


def insert_default(db: Connection, *, at: float) -> None:
    """Record the experiment that every home has from the start: clients look for it before they start a run."""
    insert(db, NewExperiment(str(uuid.uuid4()), DEFAULT_NAMESPACE, DEFAULT_EXPERIMENT, _GROUPED), at=at)


def insert(db: Connection, new: NewExperiment, *, at: float) -> None:
    """Record an experiment. Raises `ExperimentTaken`."""
    row = {"id": new.id, "namespace": plain(new.namespace), "name": plain(new.name), "description": plain(new.description), "created_at": at}
    try:
        db.execute(experiments.insert(), row)
    except IntegrityError:
        raise ExperimentTaken(name=new.name) from None


def get(db: Connection, *, namespace: str, id: str = "", name: str = "") -> ExperimentView:  # noqa: A002  # KFP's word
    """The experiment of that id, or of that name. Raises `NoSuchExperiment`."""
    which = experiments.c.id == id if id else experiments.c.name == name
    row = db.execute(select(experiments).where(experiments.c.namespace == namespace, which)).first()
    if row is None:
        raise NoSuchExperiment(experiment=id or name)
    return _experiment(row)


def archive(db: Connection, found: ExperimentView, *, at: float) -> None:
    """Put an experiment and all its runs into the archive."""
    db.execute(_STORED, {"state": StorageState.ARCHIVED.value, "id": found.id})
    archiving.archive_all(db, namespace=found.namespace, experiment=found.id, at=at)


def unarchive(db: Connection, found: ExperimentView) -> None:
    """Take an experiment out of the archive; its runs stay there, as in KFP."""
    db.execute(_STORED, {"state": StorageState.AVAILABLE.value, "id": found.id})


def delete(db: Connection, found: ExperimentView) -> None:
    """Delete an experiment; its runs stay, and keep its name."""
    db.execute(_DELETE, {"id": found.id})


def _experiment(row: Any) -> ExperimentView:  # a row, whose columns are the schema's
    return ExperimentView(row.id, row.name, row.namespace, row.description, row.created_at, StorageState(row.storage_state), row.last_run_at)


EXPERIMENTS = Listing(
    query=select(experiments),
    namespace=experiments.c.namespace,
    id=experiments.c.id,
    fields={
        "id": Field(experiments.c.id),
        "experiment_id": Field(experiments.c.id),
        "name": Field(experiments.c.name),
        "display_name": Field(experiments.c.name),
        "description": Field(experiments.c.description),
        "created_at": Field(experiments.c.created_at, float),
        "last_run_created_at": Field(experiments.c.last_run_at, float, empty=0.0),
        "namespace": Field(experiments.c.namespace),
        "storage_state": Field(experiments.c.storage_state),
    },
    view=_experiment,
)
