"""Lists by any field: the same answer as a filter and a sort in Python would give, page by page."""

from __future__ import annotations

import itertools
import operator
import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from bakehouse.ir.execution import RunId
from bakehouse.records.database import Records
from bakehouse.records.errors import BadPredicate, ExperimentArchived, UnknownField
from bakehouse.records.queries import Cursor, Operation, Predicate, Query, Scalar, Sort
from bakehouse.records.views import RunSummary, StorageState
from tests.records.stories import Hand, new_run, write_row

_START = 1_700_000_000  # where the time of these tests begins
P, O = Predicate, Operation  # noqa: E741  # a table of conditions reads better so


@pytest.fixture
def many(records: Records, hand: Hand) -> list[RunSummary]:
    """30 runs in two experiments, three at each moment, every fifth in the archive, names of two kinds."""
    for number in range(30):
        hand.now += number % 3 == 0
        new = new_run(experiment="even" if number % 2 == 0 else "odd")
        run_id = records.create_run(replace(new, name=f"{'Train' if number % 4 else 'a_b'} {number % 7}", pipeline_id="p" if number % 2 else ""))
        if number % 5 == 0:
            records.archive(run_id)
    return list(records.find_runs(Query(limit=100)).items)


def all_of(records: Records, query: Query) -> list[RunId]:
    """Every page of a list."""
    found: list[RunId] = []
    after: Cursor | None = None
    while True:
        page = records.find_runs(replace(query, after=after))
        found += [run.id for run in page.items]
        if page.next is None:
            return found
        assert len(page.items) == query.limit
        after = page.next


def experiment_id(records: Records, name: str) -> str:
    """The id of an experiment."""
    return records.experiments.get_by_name(name, namespace="default").id


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("field", ["created_at", "name", "finished_at", "state", "storage_state"])
def test_pages_by_any_field_cover_everything_once(records: Records, many: list[RunSummary], field: str, descending: bool) -> None:  # noqa: FBT001  # both are tried
    """In order of the field and then of the id, whichever way."""

    def key(run: RunSummary) -> tuple[str | float, str]:
        value = getattr(run, field)
        return (getattr(value, "value", value) or 0, run.id)

    expected = [run.id for run in sorted(many, key=key, reverse=descending)]
    assert all_of(records, Query(sort=Sort(field, descending), limit=4)) == expected


CONDITIONS = [
    (P("storage_state", O.EQUALS, "ARCHIVED"), lambda run: run.storage_state is StorageState.ARCHIVED),
    (P("storage_state", O.NOT_EQUALS, "ARCHIVED"), lambda run: run.storage_state is StorageState.AVAILABLE),
    (P("state", O.IN, ("PENDING", "FAILED")), lambda _run: True),
    (P("status", O.NOT_EQUALS, "PENDING"), lambda _run: False),
    (P("state", O.EQUALS, "no such state"), lambda _run: False),
    (P("name", O.IS_SUBSTRING, "TRAIN"), lambda run: "Train" in run.name),
    (P("display_name", O.IS_SUBSTRING, "a_"), lambda run: "a_" in run.name),
    (P("name", O.EQUALS, "Train 3"), lambda run: run.name == "Train 3"),
    (P("pipeline_id", O.NOT_EQUALS, "p"), lambda run: run.pipeline_id != "p"),
    (P("pipeline_id", O.EQUALS, "p"), lambda run: run.pipeline_id == "p"),
    (P("created_at", O.GREATER_THAN, _START + 5.0), lambda run: run.created_at > _START + 5),
    (P("created_at", O.LESS_THAN_EQUALS, _START + 4), lambda run: run.created_at <= _START + 4),
    (P("created_at", O.EQUALS, _START + 3), lambda run: int(run.created_at) == _START + 3),
]


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(CONDITIONS, 2)))
def test_all_conditions_must_hold(
    records: Records, many: list[RunSummary], first: tuple[Predicate, object], second: tuple[Predicate, object]
) -> None:
    """Every pair of conditions, page by page."""
    holds = [one[1] for one in (first, second)]
    expected = [run.id for run in many if all(callable(each) and each(run) for each in holds)]
    assert all_of(records, Query((first[0], second[0]), limit=7)) == expected
    assert records.count_runs((first[0], second[0])) == len(expected)


COMPARED = {
    O.EQUALS: operator.eq,
    O.NOT_EQUALS: operator.ne,
    O.GREATER_THAN: operator.gt,
    O.GREATER_THAN_EQUALS: operator.ge,
    O.LESS_THAN: operator.lt,
    O.LESS_THAN_EQUALS: operator.le,
}


@pytest.mark.parametrize("operation", COMPARED)
def test_times_are_compared_as_moments_or_in_whole_seconds(records: Records, hand: Hand, operation: Operation) -> None:
    """A float is a moment; an int is the whole second that begins there, in which several runs may have been created."""
    moments = {}
    for part in (0.0, 0.25, 0.75, 1.0, 1.5, 2.0, 2.25):
        hand.now = _START + part
        moments[records.create_run(new_run())] = hand.now
    compared = COMPARED[operation]
    for value, exact in ((_START + 1, False), (_START + 1.5, True), (_START + 1.0, True)):
        found = records.find_runs(Query((P("created_at", operation, value),))).items
        assert {run.id for run in found} == {run for run, at in moments.items() if compared(at if exact else int(at), value)}


def test_several_seconds_and_the_ends_of_time(records: Records, hand: Hand) -> None:
    """Any of the seconds will do; numbers that no clock reaches are compared like others."""
    hand.now = _START + 0.5
    run_id = records.create_run(new_run())
    for value, expected in (((_START - 9, _START), [run_id]), ((), []), ((-(1 << 63), (1 << 63) - 1), [])):
        assert all_of(records, Query((P("created_at", O.IN, value),))) == expected
    assert all_of(records, Query((P("created_at", O.LESS_THAN, (1 << 63) - 1),))) == [run_id]
    assert all_of(records, Query((P("finished_at", O.NOT_EQUALS, _START),))) == [run_id]


def test_by_the_id_of_an_experiment(records: Records, many: list[RunSummary]) -> None:
    """An id that nothing has finds nothing."""
    query = Query((P("experiment_id", O.EQUALS, experiment_id(records, "odd")),), limit=100)
    assert all_of(records, query) == [run.id for run in many if run.experiment == "odd"]
    assert all_of(records, Query((P("experiment_id", O.EQUALS, "none"),))) == []


BAD: list[tuple[str, Operation, Scalar | tuple[Scalar, ...]]] = [
    ("name", O.EQUALS, 3),
    ("name", O.IN, "one"),
    ("name", O.EQUALS, ("one",)),
    ("created_at", O.EQUALS, "now"),
    ("created_at", O.GREATER_THAN, True),
    ("created_at", O.IS_SUBSTRING, 3.0),
]


@pytest.mark.parametrize(("field", "operation", "value"), BAD)
def test_what_cannot_be_compared_is_refused(records: Records, field: str, operation: Operation, value: Scalar | tuple[Scalar, ...]) -> None:
    """The message names the field."""
    with pytest.raises(BadPredicate, match=field):
        records.find_runs(Query((P(field, operation, value),)))


def test_unknown_fields_are_refused(records: Records) -> None:
    """In conditions and in orders; the message names those there are."""
    with pytest.raises(UnknownField, match="colour"):
        records.find_runs(Query((P("colour", O.EQUALS, "red"),)))
    with pytest.raises(UnknownField, match="created_at"):
        records.find_runs(Query(sort=Sort("colour")))


def test_archiving(records: Records) -> None:
    """A run goes into the archive and comes back, with one event each; twice is once."""
    run_id = records.create_run(new_run())
    for _ in range(2):
        records.archive(run_id)
    assert records.run(run_id).summary.storage_state is StorageState.ARCHIVED
    for _ in range(2):
        records.unarchive(run_id)
    assert records.run(run_id).summary.storage_state is StorageState.AVAILABLE
    assert [event.kind for event in records.events(run_id)] == ["run.CREATED", "run.ARCHIVED", "run.UNARCHIVED"]


def test_an_archived_experiment(records: Records) -> None:
    """Its runs are in the archive and stay there; it takes no new ones. Restored, it takes runs, and the old ones stay where they are."""
    run_id, already, other = (records.create_run(new_run(experiment=name)) for name in ("old", "old", "other"))
    records.archive(already)
    found = experiment_id(records, "old")
    records.experiments.archive(found, namespace="default")
    for archived in (run_id, already):
        assert records.run(archived).summary.storage_state is StorageState.ARCHIVED
        assert [(one.seq, one.kind) for one in records.events(archived)] == [(1, "run.CREATED"), (2, "run.ARCHIVED")]
        assert records.sequences([archived]) == {archived: 2}
    assert records.run(other).summary.storage_state is StorageState.AVAILABLE
    with pytest.raises(ExperimentArchived, match="old"):
        records.unarchive(run_id)
    with pytest.raises(ExperimentArchived, match="old"):
        records.create_run(new_run(experiment="old"))
    records.experiments.unarchive(found, namespace="default")
    assert records.run(run_id).summary.storage_state is StorageState.ARCHIVED
    assert records.run(records.create_run(new_run(experiment="old"))).summary.storage_state is StorageState.AVAILABLE


def test_archiving_an_experiment_takes_as_many_statements_for_many_runs_as_for_one(records: Records) -> None:
    """Nobody else can write meanwhile."""
    counts = []
    for number, name in ((1, "small"), (30, "large")):
        for _ in range(number):
            records.create_run(new_run(experiment=name))
        said: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object, said: list[str] = said) -> None:
            said.append(statement)

        engine = records._database.engine
        event.listen(engine, "before_cursor_execute", note)
        records.experiments.archive(experiment_id(records, name), namespace="default")
        event.remove(engine, "before_cursor_execute", note)
        counts.append(len(said))
    assert counts[0] == counts[1]


def test_runs_of_a_deleted_experiment_do_not_join_another_of_its_name(records: Records) -> None:
    """They keep its name, and are still found by its id."""
    old = records.create_run(new_run(experiment="tuning"))
    before = experiment_id(records, "tuning")
    records.experiments.delete(before, namespace="default")
    new = records.create_run(new_run(experiment="tuning"))
    after = experiment_id(records, "tuning")
    for experiment, run_id in ((before, old), (after, new)):
        assert all_of(records, Query((P("experiment_id", O.EQUALS, experiment),))) == [run_id]
    assert (records.run(old).summary.experiment, records.run(old).summary.experiment_id) == ("tuning", "")
    records.experiments.archive(after, namespace="default")
    assert records.run(old).summary.storage_state is StorageState.AVAILABLE
    records.archive(old)
    records.unarchive(old)


def test_every_home_has_an_experiment_for_runs_that_name_none(records: Records) -> None:
    """From the start: clients ask for it by name before they start a run."""
    (found,) = records.experiments.find(Query(), namespace="default").items
    assert (found.name, found.last_run_at) == ("Default", None)
    assert found.description.startswith("All runs")
    run_id = records.create_run(new_run(experiment="Default"))
    assert records.run(run_id).summary.experiment_id == found.id
    assert records.experiments.get(found.id, namespace="default").description == found.description


ENDS = (None, 5.0, 3.0, None, 9.0, None, 3.0, 5.0, None, 4.0)


@pytest.mark.parametrize("limit", [1, 2, 3, 20])
@pytest.mark.parametrize("descending", [True, False])
def test_runs_that_have_not_ended_come_before_all_that_have(records: Records, home: Path, limit: int, descending: bool) -> None:  # noqa: FBT001  # both are tried
    """Page by page, in the archive or not."""
    expected = []
    for number, end in enumerate(ENDS):
        run_id = records.create_run(new_run())
        write_row(home, "UPDATE runs SET finished_at = ?, storage_state = ? WHERE id = ?", end, ("AVAILABLE", "ARCHIVED")[number % 3 == 0], run_id)
        expected.append((end or 0.0, run_id))
    assert all_of(records, Query(sort=Sort("finished_at", descending), limit=limit)) == [run for _, run in sorted(expected, reverse=descending)]


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize(
    ("where", "field", "index"),
    [
        ((), "created_at", "runs_stored"),
        ((P("storage_state", O.EQUALS, "AVAILABLE"),), "created_at", "runs_stored"),
        ((P("storage_state", O.EQUALS, "AVAILABLE"), P("state", O.IN, ("FAILED", "CANCELED"))), "created_at", "runs_by_state"),
        ((P("state", O.EQUALS, "FAILED"),), "created_at", "runs_by_state"),
        ((), "name", "runs_by_name"),
        ((), "finished_at", "runs_by_end"),
        ((P("storage_state", O.EQUALS, "AVAILABLE"),), "finished_at", "runs_by_end"),
        ((P("storage_state", O.EQUALS, "AVAILABLE"), P("pipeline_name", O.EQUALS, "x")), "created_at", "runs_by_pipeline_name"),
        ((P("experiment", O.EQUALS, "x"),), "created_at", "runs_of_experiment"),
        ((P("experiment_id", O.EQUALS, "x"),), "created_at", "runs_in_experiment"),
        ((P("pipeline_id", O.EQUALS, "x"),), "created_at", "runs_of_pipeline"),
        ((P("storage_state", O.EQUALS, "AVAILABLE"), P("pipeline_id", O.EQUALS, "x")), "created_at", "runs_of_pipeline"),
        ((P("pipeline_id", O.EQUALS, "x"), P("state", O.IN, ("FAILED", "CANCELED"))), "created_at", "runs_of_pipeline"),
        ((P("state", O.NOT_EQUALS, "FAILED"), P("experiment_id", O.EQUALS, "x")), "created_at", "runs_in_experiment"),
        ((P("tags.team", O.EQUALS, "x"),), "created_at", "runs_by_tag"),
        ((P("storage_state", O.EQUALS, "AVAILABLE"), P("tags.team", O.EQUALS, "x"), P("state", O.IN, ("FAILED",))), "created_at", "runs_by_tag"),
        ((P("storage_state", O.EQUALS, "AVAILABLE"), P("tags", O.EQUALS, "team")), "created_at", "runs_by_tag_key"),
        ((P("tags.team", O.EQUALS, "x"), P("tags", O.EQUALS, "stage"), P("pipeline_id", O.EQUALS, "p")), "created_at", "runs_by_tag"),
    ],
)
def test_a_page_is_found_by_an_index(records: Records, where: tuple[Predicate, ...], field: str, index: str, descending: bool) -> None:  # noqa: FBT001  # both are tried
    """The first and any other: nothing is sorted, and nothing is read that is not on it."""
    said: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        said.append((statement, parameters))

    engine = records._database.engine
    event.listen(engine, "before_cursor_execute", note)
    for after in (None, Cursor("n" if field == "name" else 5.0, "x"), Cursor("n" if field == "name" else 0.0, "x")):
        records.find_runs(Query(where, Sort(field, descending), after=after))
    event.remove(engine, "before_cursor_execute", note)
    selects = [one for one in said if one[0].startswith("SELECT")]
    assert len(selects) >= 3
    with engine.connect() as db:
        for statement, parameters in selects:
            if db.dialect.name == "sqlite":
                plan = " ".join(row[3] for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())  # type: ignore[arg-type]  # as they came
                assert re.search(rf"USING (COVERING )?INDEX {index} ", plan), (statement, plan)
                assert "TEMP B-TREE" not in plan, (statement, plan)
            else:
                # Of an empty table it would read all, and sort that: not if it is told to do so only where it must.
                db.exec_driver_sql("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
                plan = "\n".join(row[0] for row in db.exec_driver_sql(f"EXPLAIN {statement}", parameters).all())  # type: ignore[arg-type]  # as they came
                assert re.search(r"Index (Only )?Scan (Backward )?using runs_", plan), (statement, plan)
                assert "Sort" not in plan, (statement, plan)


def test_changes_since_an_event(records: Records) -> None:
    """What happened since, in one look, and nothing when nothing did."""
    run_id = records.create_run(new_run())
    records.archive(run_id)
    change = records.changes(run_id, after=1)
    assert (change.seq, [event.kind for event in change.events]) == (2, ["run.ARCHIVED"])
    assert change.summary.storage_state is StorageState.ARCHIVED
    assert records.changes(run_id, after=2).events == []
    assert records.sequences([run_id, RunId("none")]) == {run_id: 2}
    assert records.newest() == run_id
