"""Pipelines and their versions: recorded whole or not at all, found by id and name, deleted with all that nobody else needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.records.database import Records
from bakehouse.records.errors import HasVersions, KeptExperiment, NameTaken, NoSuchExperiment, NoSuchPipeline, NoSuchVersion
from bakehouse.records.experiments import NewExperiment
from bakehouse.records.pipelines import NewPipeline, NewVersion
from bakehouse.records.queries import Operation, Predicate, Query
from tests.records.stories import Hand, new_run, rows

NAMESPACE = "default"
PIPELINE = new_run().pipeline


def version(name: str, pipeline: str = "p1") -> NewVersion:
    """A version whose id is made of both names."""
    return NewVersion(f"{pipeline}-{name}", pipeline, name, name.title(), PIPELINE, tags={"stage": name})


def pipeline(name: str = "train", identity: str = "p1") -> NewPipeline:
    """A pipeline."""
    return NewPipeline(identity, NAMESPACE, name, name.title(), "what it does", {"team": "a", "x": 'quo"te'})


def test_a_pipeline_with_versions(records: Records, hand: Hand) -> None:
    """The newest version counts, and how many there are."""
    records.pipelines.create_with_version(pipeline(), version("one"))
    hand.now += 1
    records.pipelines.create_version(version("two"))
    found = records.pipelines.get("p1", namespace=NAMESPACE)
    assert (found.versions, found.latest and found.latest.name) == (2, "two")
    assert records.pipelines.get_by_name("train", namespace=NAMESPACE) == found
    assert records.pipelines.version("p1-one").pipeline_name == "train"
    assert [one.name for one in records.pipelines.versions("p1", Query(), namespace=NAMESPACE).items] == ["two", "one"]
    assert records.pipelines.find(Query(), namespace=NAMESPACE).items == [found]
    assert records.pipelines.find(Query(), namespace="team").items == []


def test_names_are_unique(records: Records) -> None:
    """A second pipeline, or a second version of it, is refused, and nothing of it is recorded."""
    records.pipelines.create_with_version(pipeline(), version("one"))
    with pytest.raises(NameTaken, match="train"):
        records.pipelines.create_with_version(pipeline(identity="p2"), version("one", "p2"))
    with pytest.raises(NameTaken, match="one"):
        records.pipelines.create_version(NewVersion("other", "p1", "one", "One", PIPELINE))
    with pytest.raises(NoSuchPipeline):
        records.pipelines.create_version(version("one", "p2"))
    assert records.pipelines.count((), namespace=NAMESPACE) == 1
    assert records.pipelines.count_versions("p1", (), namespace=NAMESPACE) == 1


def test_by_tag(records: Records) -> None:
    """A tag is told by key and value, whatever is written in other ones."""
    records.pipelines.create(pipeline())

    def found(key: str, value: str) -> int:
        return len(records.pipelines.find(Query((Predicate(f"tags.{key}", Operation.EQUALS, value),)), namespace=NAMESPACE).items)

    assert [found("team", "a"), found("x", 'quo"te'), found("team", "quo"), found("other", "a"), found("team", "%")] == [1, 1, 0, 0, 0]


def test_renaming_and_tagging(records: Records) -> None:
    """What is not named stays."""
    records.pipelines.create_with_version(pipeline(), version("one"))
    records.pipelines.update("p1", display_name="New", tags=None)
    records.pipelines.update_version("p1-one", display_name=None, tags={})
    found = records.pipelines.get("p1", namespace=NAMESPACE)
    assert (found.display_name, dict(found.tags)) == ("New", {"team": "a", "x": 'quo"te'})
    assert found.latest
    assert (found.latest.display_name, dict(found.latest.tags)) == ("One", {})


def test_deleting(records: Records, home: Path) -> None:
    """With versions only when asked; the pipeline's file goes when neither a run nor a version names it."""
    records.pipelines.create_with_version(pipeline(), version("one"))
    records.pipelines.create_version(version("two"))
    with pytest.raises(HasVersions):
        records.pipelines.delete("p1", cascade=False)
    records.pipelines.delete_version("p1-two")
    assert records.pipelines.spec_text("p1-one")
    run = records.create_run(new_run())
    records.pipelines.delete("p1", cascade=True)
    assert records.spec_text(run)
    for gone in (lambda: records.pipelines.get("p1", namespace=NAMESPACE), lambda: records.pipelines.delete("p1", cascade=True)):
        with pytest.raises(NoSuchPipeline):
            gone()
    for gone_version in (lambda: records.pipelines.version("p1-one"), lambda: records.pipelines.delete_version("p1-one")):
        with pytest.raises(NoSuchVersion):
            gone_version()
    assert rows(home, "SELECT count(*) FROM specs") == [(1,)]


def test_experiments(records: Records) -> None:
    """Made by hand or by the first run that names one; deleted but for the one that takes the runs of no other."""
    records.experiments.create(NewExperiment("e1", NAMESPACE, "tuning", "why"))
    run = records.create_run(new_run(experiment="tuning"))
    assert records.run(run).summary.experiment_id == "e1"
    assert records.experiments.get("e1", namespace=NAMESPACE).last_run_at == records.run(run).summary.created_at
    records.experiments.delete("e1", namespace=NAMESPACE)
    with pytest.raises(NoSuchExperiment):
        records.experiments.get("e1", namespace=NAMESPACE)
    assert (records.run(run).summary.experiment, records.run(run).summary.experiment_id) == ("tuning", "")
    records.create_run(new_run(experiment="Default"))
    kept = records.experiments.get_by_name("Default", namespace=NAMESPACE)
    with pytest.raises(KeptExperiment):
        records.experiments.delete(kept.id, namespace=NAMESPACE)
