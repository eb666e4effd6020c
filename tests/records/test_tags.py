"""Tags of runs: kept with the run, changed in one transaction, found by an index, gone with the run."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import text

from bakehouse.ir.execution import RunId
from bakehouse.orchestrator.errors import Unreadable
from bakehouse.records.database import Records
from bakehouse.records.errors import BadPredicate, NoSuchRun
from bakehouse.records.queries import Operation, Predicate, Query, Sort
from bakehouse.records.views import RunSummary, StorageState
from tests.records.stories import Hand, finished, new_run, rows, write_row

#: Of every tenth run, by its number; all others have none.
TAGS: list[dict[str, str]] = [
    {},
    {"team": "vision"},
    {"team": "vision", "stage": ""},
    {"team": "text"},
    {"stage": "prod"},
    {"team": "Vision"},
    {"team": 'a "b", c'},
    {"b": "c"},
    {},
    {"team": "vision", "stage": "prod"},
]
CONDITIONS = [("tags.team", "vision"), ("tags", "team"), ("tags.stage", ""), ("tags.stage", "prod"), ("tags", "none"), ("tags.b", "c")]


def is_tagged(tags: Mapping[str, str], field: str, value: str) -> bool:
    """What a condition asks for, in Python."""
    return value in tags if field == "tags" else tags.get(field.removeprefix("tags.")) == value


@pytest.fixture
def many(records: Records, hand: Hand) -> list[RunSummary]:
    """60 runs, newest first, two at each moment, every seventh in the archive."""
    for number in range(60):
        hand.now += number % 2
        run_id = records.create_run(new_run(tags=TAGS[number % 10], name=f"run {number % 11}"))
        if number % 7 == 0:
            records.archive(run_id)
    return list(records.find_runs(Query(limit=100)).items)


def pages(records: Records, where: tuple[Predicate, ...], sort: Sort) -> list[RunId]:
    """Every page of a list."""
    found: list[RunId] = []
    query = Query(where, sort, limit=4)
    while True:
        page = records.find_runs(query)
        found += [run.id for run in page.items]
        if page.next is None:
            return found
        query = Query(where, sort, limit=4, after=page.next)


@pytest.mark.parametrize("sort", [Sort("created_at", descending=True), Sort("scheduled_at"), Sort("name"), Sort("finished_at", descending=True)])
def test_runs_are_found_by_tags(records: Records, many: list[RunSummary], sort: Sort) -> None:
    """Every pair of conditions, beside another one or not, page by page in any order; and they are counted."""
    in_order = pages(records, (), sort)
    for first, second in itertools.combinations_with_replacement(CONDITIONS, 2):
        tags = tuple(Predicate(field, Operation.EQUALS, value) for field, value in dict.fromkeys((first, second)))
        tagged = [run for run in many if is_tagged(run.tags, *first) and is_tagged(run.tags, *second)]
        for other in ((), (Predicate("storage_state", Operation.EQUALS, "AVAILABLE"),)):
            meant = {run.id for run in tagged if not other or run.storage_state is StorageState.AVAILABLE}
            assert pages(records, (*other, *tags), sort) == [run_id for run_id in in_order if run_id in meant]
            assert records.count_runs((*other, *tags)) == len(meant)


@pytest.mark.parametrize(
    ("field", "operation", "value"),
    [
        ("tags.team", Operation.NOT_EQUALS, "vision"),
        ("tags", Operation.IN, ("team",)),
        ("tags.team", Operation.EQUALS, 3),
        ("tags.team", Operation.EQUALS, "a\0b"),
        ("tags.a\0b", Operation.EQUALS, "a"),
    ],
)
def test_tags_are_compared_whole(records: Records, field: str, operation: Operation, value: str | tuple[str, ...]) -> None:
    """No index knows what else could be asked."""
    with pytest.raises(BadPredicate, match="EQUALS"):
        records.find_runs(Query((Predicate(field, operation, value),)))


def test_tags_change_in_one_go(records: Records, hand: Hand) -> None:
    """Shown and found as they are now; an event tells what changed, and nothing is told where nothing did."""
    run_id = records.create_run(new_run(tags={"team": "vision", "old": ""}))
    created = records.head(run_id).summary.created_at
    hand.now += 5
    after = records.tag(run_id, lambda tags: {"team": "text", "new": tags["old"]})
    assert after == records.head(run_id).summary.tags == {"team": "text", "new": ""}
    assert records.tag(run_id, lambda tags: tags) == after
    assert [(one.seq, one.kind, one.detail) for one in records.events(run_id)][1:] == [
        (2, "run.TAGGED", {"tags": {"team": "text", "new": ""}, "removed": ["old"]})
    ]
    assert [run.id for run in records.list_runs(where=[Predicate("tags.team", Operation.EQUALS, "text")])] == [run_id]
    assert records.list_runs(where=[Predicate("tags", Operation.EQUALS, "old")]) == []
    assert records.list_runs()[0].created_at == created


def test_what_refuses_tags_leaves_them(records: Records) -> None:
    """Whatever it raises; and a run that is not there has none."""
    run_id = records.create_run(new_run(tags={"a": "b"}))

    def refuse(tags: Mapping[str, str]) -> Mapping[str, str]:
        raise ValueError(f"too many: {tags}")

    with pytest.raises(ValueError, match="too many"):
        records.tag(run_id, refuse)
    assert records.head(run_id).summary.tags == {"a": "b"}
    with pytest.raises(NoSuchRun):
        records.tag(RunId("none"), refuse)


def test_tags_go_with_their_run(records: Records, home: Path) -> None:
    """Also where an older Bakehouse deletes it, which knows nothing of them."""
    first, second = finished(records, home), records.create_run(new_run(tags={"a": "b"}))
    records.tag(first, lambda _: {"a": "b"})
    records.delete_run(first)
    assert rows(home, "SELECT run_id FROM run_tags") == [(second,)]
    with records._database.writing() as db:
        for statement in ("DELETE FROM events WHERE run_id = :run", "DELETE FROM tasks WHERE run_id = :run", "DELETE FROM runs WHERE id = :run"):
            db.execute(text(statement), {"run": second})
    assert rows(home, "SELECT run_id FROM run_tags") == []


@pytest.mark.parametrize("broken", ["{", "[]", '{"a":1}'])
def test_tags_that_cannot_be_read_are_one_run_s_trouble(records: Records, home: Path, broken: str) -> None:
    """The list says so, and nothing is written over them."""
    run_id = records.create_run(new_run(tags={"a": "b"}))
    write_row(home, "UPDATE runs SET tags = ? WHERE id = ?", broken, run_id)
    (listed,) = records.list_runs()
    assert listed.tags == {"tags": "what is recorded of them cannot be read"}
    with pytest.raises(Unreadable, match="its tags"):
        records.tag(run_id, lambda tags: tags)


def test_tags_are_kept_as_columns_can(records: Records) -> None:
    """What is not Unicode is written as an escape, in the row and in what finds it."""
    run_id = records.create_run(new_run(tags={"caf\udce9": "a\0b"}))
    assert records.head(run_id).summary.tags == {"caf\\udce9": "a\\x00b"}
    assert [run.id for run in records.list_runs(where=[Predicate("tags.caf\\udce9", Operation.EQUALS, "a\\x00b")])] == [run_id]
