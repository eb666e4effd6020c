"""Two nouns of the records beside runs: pipelines and experiments, each with one method for each thing that is done to it.

All methods may be called from any thread; each is one transaction, and may raise `DatabaseUnusable` or `DatabaseDamaged`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bakehouse.clock import Clock
from bakehouse.records import experiments, listing, pipelines
from bakehouse.records.errors import KeptExperiment
from bakehouse.records.experiments import NewExperiment
from bakehouse.records.opening import Database
from bakehouse.records.pipelines import NewPipeline, NewVersion
from bakehouse.records.queries import Page, Predicate, Query
from bakehouse.records.views import ExperimentView, PipelineView, VersionView


class PipelineRecords:
    """Pipelines and their versions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def create(self, new: NewPipeline) -> None:
        """Record a pipeline without versions. Raises `NameTaken`."""
        with self._database.writing() as db:
            pipelines.insert(db, new, at=self._clock())

    def create_with_version(self, new: NewPipeline, version: NewVersion) -> None:
        """Record a pipeline with its first version: both or none. Raises `NameTaken`."""
        with self._database.writing() as db:
            at = self._clock()
            pipelines.insert(db, new, at=at)
            pipelines.insert_version(db, version, at=at)

    def create_version(self, new: NewVersion) -> None:
        """Record a version. Raises `NoSuchPipeline`, `NameTaken`."""
        with self._database.writing() as db:
            pipelines.insert_version(db, new, at=self._clock())

    def get(self, pipeline_id: str, *, namespace: str) -> PipelineView:
        """The pipeline of that id. Raises `NoSuchPipeline`."""
        with self._database.reading() as db:
            return pipelines.get(db, namespace=namespace, id=pipeline_id)

    def get_by_name(self, name: str, *, namespace: str) -> PipelineView:
        """The pipeline of that name. Raises `NoSuchPipeline`."""
        with self._database.reading() as db:
            return pipelines.get(db, namespace=namespace, name=name)

    def find(self, query: Query, *, namespace: str) -> Page[PipelineView]:
        """One page of pipelines. Raises `UnknownField`, `BadPredicate`."""
        with self._database.reading() as db:
            page = listing.page(db, pipelines.PIPELINES, query, namespace=namespace)
            return Page(pipelines.with_versions(db, page.items), page.next)

    def count(self, where: Sequence[Predicate], *, namespace: str) -> int | None:
        """How many pipelines there are; `None` for more than 1,000."""
        with self._database.reading() as db:
            return listing.count(db, pipelines.PIPELINES, where, namespace=namespace)

    def update(self, pipeline_id: str, *, display_name: str | None, tags: Mapping[str, str] | None) -> None:
        """Change what of a pipeline can be changed; `None` stays. Raises `NoSuchPipeline`."""
        with self._database.writing() as db:
            pipelines.update(db, pipeline_id, display_name=display_name, tags=tags)

    def delete(self, pipeline_id: str, *, cascade: bool) -> None:
        """Delete a pipeline, with all its versions if asked. Raises `NoSuchPipeline`, `HasVersions`."""
        with self._database.writing() as db:
            pipelines.delete(db, pipeline_id, cascade=cascade)

    # ------------------------------------------------------------ versions

    def version(self, version_id: str) -> VersionView:
        """The version of that id. Raises `NoSuchVersion`."""
        with self._database.reading() as db:
            return pipelines.version(db, version_id)

    def versions(self, pipeline_id: str, query: Query, *, namespace: str) -> Page[VersionView]:
        """One page of the versions of a pipeline. Raises `NoSuchPipeline`, `UnknownField`, `BadPredicate`."""
        with self._database.reading() as db:
            pipelines.get(db, namespace=namespace, id=pipeline_id)
            return listing.page(db, pipelines.versions_of(pipeline_id), query, namespace=namespace)

    def count_versions(self, pipeline_id: str, where: Sequence[Predicate], *, namespace: str) -> int | None:
        """How many versions a pipeline has; `None` for more than 1,000."""
        with self._database.reading() as db:
            return listing.count(db, pipelines.versions_of(pipeline_id), where, namespace=namespace)

    def update_version(self, version_id: str, *, display_name: str | None, tags: Mapping[str, str] | None) -> None:
        """Change what of a version can be changed; `None` stays. Raises `NoSuchVersion`."""
        with self._database.writing() as db:
            pipelines.update_version(db, version_id, display_name=display_name, tags=tags)

    def delete_version(self, version_id: str) -> None:
        """Delete a version. Raises `NoSuchVersion`."""
        with self._database.writing() as db:
            pipelines.delete_version(db, version_id)

    def spec_text(self, version_id: str) -> str:
        """The pipeline file of a version, as canonical text. Raises `NoSuchVersion`."""
        with self._database.reading() as db:
            return pipelines.spec_text(db, version_id)


class ExperimentRecords:
    """Experiments. The one named `kept` cannot be deleted."""

    def __init__(self, database: Database, clock: Clock, *, kept: str) -> None:
        self._database, self._clock, self._kept = database, clock, kept

    def create(self, new: NewExperiment) -> None:
        """Record an experiment. Raises `ExperimentTaken`."""
        with self._database.writing() as db:
            experiments.insert(db, new, at=self._clock())

    def get(self, experiment_id: str, *, namespace: str) -> ExperimentView:
        """The experiment of that id. Raises `NoSuchExperiment`."""
        with self._database.reading() as db:
            return experiments.get(db, namespace=namespace, id=experiment_id)

    def get_by_name(self, name: str, *, namespace: str) -> ExperimentView:
        """The experiment of that name. Raises `NoSuchExperiment`."""
        with self._database.reading() as db:
            return experiments.get(db, namespace=namespace, name=name)

    def find(self, query: Query, *, namespace: str) -> Page[ExperimentView]:
        """One page of experiments. Raises `UnknownField`, `BadPredicate`."""
        with self._database.reading() as db:
            return listing.page(db, experiments.EXPERIMENTS, query, namespace=namespace)

    def count(self, where: Sequence[Predicate], *, namespace: str) -> int | None:
        """How many experiments there are; `None` for more than 1,000."""
        with self._database.reading() as db:
            return listing.count(db, experiments.EXPERIMENTS, where, namespace=namespace)

    def archive(self, experiment_id: str, *, namespace: str) -> None:
        """Put an experiment and all its runs into the archive. Raises `NoSuchExperiment`."""
        with self._database.writing() as db:
            experiments.archive(db, experiments.get(db, namespace=namespace, id=experiment_id), at=self._clock())

    def unarchive(self, experiment_id: str, *, namespace: str) -> None:
        """Take an experiment out of the archive; its runs stay there. Raises `NoSuchExperiment`."""
        with self._database.writing() as db:
            experiments.unarchive(db, experiments.get(db, namespace=namespace, id=experiment_id))

    def delete(self, experiment_id: str, *, namespace: str) -> None:
        """Delete an experiment; its runs stay, and keep its name. Raises `NoSuchExperiment`, `KeptExperiment`."""
        with self._database.writing() as db:
            found = experiments.get(db, namespace=namespace, id=experiment_id)
            if found.name == self._kept:
                raise KeptExperiment(name=found.name)
            experiments.delete(db, found)
