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
T, TV, TA, TVP = Scope(tag="t"), Scope(tag="t=v"), Scope("a", tag="t"), Scope("", "p", "t=v")


@pytest.fixture
def driver(records: Records, home: Path) -> Iterator[Driver]:
    """An engine that lives as long as the test."""
    with engine(records, home) as one:
        yield one


@pytest.mark.parametrize(
    ("one", "other", "narrower"),
    [(AP, A, True), (AP, P, True), (AP, ALL, True), (A, P, True), (A, ALL, True), (P, ALL, True), (A, AP, False), (P, A, False), (ALL, P, False),
     (A, A, False), (A, Scope("b"), False), (AP, Scope("b"), False), (AP, Scope("", "q"), False), (A, Scope("", "q"), True),
     (T, AP, True), (TV, T, True), (TV, TA, True), (TA, T, True), (TA, AP, True), (TVP, TV, True), (TV, AP, True), (AP, T, False), (T, TV, False),
     (TA, Scope("b"), False), (TV, Scope(tag="t=w"), False), (Scope(tag="t=w"), TV, False), (TVP, Scope(tag="t="), False), (T, T, False),
     (Scope(tag="s"), T, True), (T, Scope(tag="s"), False), (Scope(tag="s"), TV, False), (Scope(tag="s=v"), TV, True), (TV, Scope(tag="s=v"), False)],
)  # fmt: skip
def test_which_policy_counts(one: Scope, other: Scope, *, narrower: bool) -> None:
    """Tags first, with values before any; a pipeline in an experiment, an experiment, a pipeline, all. Those that share no run stay apart."""
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


def test_policies_with_tags_are_kept_beside_those_without(records: Records, hand: Hand) -> None:
    """One for each scope here too."""
    tagged = Policy(Scope("a", "", "team=a = b"), keep_last=2, set_at=hand.now)
    for policy in (Policy(A, older_than=1.0), Policy(tagged.scope, older_than=5.0), tagged, Policy(T, older_than=3.0)):
        records.retention.set_policy(policy, namespace="default")
    assert [one.scope for one in records.retention.policies(namespace="default")] == [A, T, tagged.scope]
    assert records.retention.policies(namespace="default")[-1] == tagged
    assert records.retention.remove_policy(T, namespace="default")
    assert not records.retention.remove_policy(T, namespace="default")
    assert [one.scope for one in records.retention.policies(namespace="default")] == [A, tagged.scope]


def test_each_run_goes_by_the_policy_of_its_tags(records: Records, driver: Driver, hand: Hand) -> None:
    """Whatever its experiment; the value before the key; every run that goes says by which policy."""
    plain, draft, release, other = (over(records, driver, hand, experiment="a") for _ in range(4))
    for run_id, tags in ((draft, {"stage": "draft"}), (release, {"stage": "release", "team": "b"}), (other, {"team": "b"})):
        records.tag(run_id, lambda _, tags=tags: tags)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    rules = [
        Policy(A, older_than=0.0),
        Policy(Scope(tag="stage"), older_than=0.0),
        Policy(Scope(tag="stage=release"), older_than=1e9),
        Policy(Scope(tag="team"), keep_last=1),
    ]
    found = {one.id: one.policy for each in policies.criteria(rules) for one in records.retention.matching(each, namespace="default")}
    assert found == {plain: A, draft: Scope(tag="stage")}
    assert other not in found
    records.tag(other, lambda _: {})
    assert other in {one.id for one in records.retention.matching(policies.criteria(rules)[0], namespace="default")}
