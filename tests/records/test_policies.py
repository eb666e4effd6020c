"""Policies say which runs go by themselves; each run is the business of the narrowest one that fits it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.records import policies
from bakehouse.records.database import Records
from bakehouse.records.garbage import Scope
from bakehouse.records.policies import Policy
from tests.records.stories import Driver, Hand, engine
from tests.records.test_garbage import over

ALL, A, P, AP = Scope(), Scope("a"), Scope("", "p"), Scope("a", "p")


@pytest.fixture
def driver(records: Records, home: Path) -> Iterator[Driver]:
    """An engine that lives as long as the test."""
    with engine(records, home) as one:
        yield one


@pytest.mark.parametrize(
    ("one", "other", "narrower"),
    [(AP, A, True), (AP, P, True), (AP, ALL, True), (A, P, True), (A, ALL, True), (P, ALL, True), (A, AP, False), (P, A, False), (ALL, P, False),
     (A, A, False), (A, Scope("b"), False), (AP, Scope("b"), False), (AP, Scope("", "q"), False), (A, Scope("", "q"), True)],
)  # fmt: skip
def test_which_policy_counts(one: Scope, other: Scope, *, narrower: bool) -> None:
    """A pipeline in an experiment, then an experiment, then a pipeline, then all; those that share no run do not touch each other."""
    assert one.narrower(other) is narrower


def test_policies_are_kept(records: Records, hand: Hand) -> None:
    """One for each scope: the later one counts; what was removed is gone, and others stay."""
    records.retention.set_policy(Policy(A, older_than=5.0, set_by="me"), namespace="default")
    hand.now += 1
    records.retention.set_policy(Policy(A, keep_last=3, drop_cache=True, set_by="you"), namespace="default")
    records.retention.set_policy(Policy(ALL, older_than=7.0), namespace="default")
    assert records.retention.policies(namespace="default") == [
        Policy(ALL, older_than=7.0, set_at=hand.now),
        Policy(A, keep_last=3, drop_cache=True, set_at=hand.now, set_by="you"),
    ]
    assert records.retention.policies(namespace="other") == []
    assert not records.retention.remove_policy(A, namespace="other")
    assert records.retention.remove_policy(A, namespace="default")
    assert not records.retention.remove_policy(A, namespace="default")
    assert [one.scope for one in records.retention.policies(namespace="default")] == [ALL]


def test_each_run_goes_by_one_policy(records: Records, driver: Driver, hand: Hand) -> None:
    """An experiment that keeps its runs for long is not cut short by the policy for all; the newest are counted within a policy."""
    old_a, old_b, new_a, new_b = (over(records, driver, hand, experiment=name) for name in "abab")
    day = 86_400
    rules = [Policy(ALL, older_than=1.5 * day), Policy(A, keep_last=1, older_than=3.5 * day)]
    found = [[one.id for one in records.retention.matching(each, namespace="default")] for each in policies.criteria(rules)]
    assert found == [[old_b], [old_a]]
    rules = [Policy(ALL, keep_last=1), Policy(A, older_than=100 * day)]
    found = [[one.id for one in records.retention.matching(each, namespace="default")] for each in policies.criteria(rules)]
    assert found == [[old_b], []]
    assert {new_a, new_b}.isdisjoint(found[0])
