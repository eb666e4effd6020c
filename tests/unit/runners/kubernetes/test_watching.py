"""Lists and watch events become changes, and none is missed."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bakehouse.runners.kubernetes.watching import Change, Gone, Seen, Watch, name_of
from tests.unit.runners.kubernetes.pods import status


def _event(kind: str, *given: str) -> dict[str, Any]:
    return {"type": kind, "object": status(*given)}


def _told(watch: Watch, *events: dict[str, Any]) -> tuple[Watch, list[Change]]:
    changes: list[Change] = []
    for event in events:
        watch, more = watch.told(event)
        changes += more
    return watch, changes


def test_a_watch_goes_on_from_its_last_event() -> None:
    """Bookmarks move it, too, when nothing happens to our pods."""
    watch, changes = Watch().listed([status("a", "5")], "7")
    assert (watch.version, [type(one) for one in changes]) == ("7", [Seen])
    watch, changes = _told(watch, _event("MODIFIED", "a", "9"), _event("ADDED", "b", "10"), _event("BOOKMARK", "", "20"))
    assert watch.version == "20"
    assert [name_of(one.pod) for one in changes] == ["a", "b"]


def test_a_deleted_pod_is_gone() -> None:
    """With what was last seen of it."""
    watch, _ = Watch().listed([status("a", "5")], "7")
    watch, changes = _told(watch, _event("DELETED", "a", "9"))
    assert changes == [Gone(status("a", "9"))]
    assert not watch.pods


def test_an_expired_watch_needs_a_list() -> None:
    """410 Gone after a compaction; no other error is trusted more."""
    watch, _ = Watch().listed([status("a", "5")], "7")
    for code in (410, 500):
        after, changes = watch.told({"type": "ERROR", "object": {"kind": "Status", "code": code}})
        assert (after.version, changes) == ("", [])
        assert after.pods == watch.pods


def test_what_the_next_list_lacks_is_gone() -> None:
    """Its DELETED was never heard; what did not change is not told again."""
    watch, _ = Watch().listed([status("a", "5"), status("b", "5"), status("c", "5")], "7")
    watch, changes = watch.asking().listed([status("b", "8"), status("c", "5")], "9")
    assert changes == [Gone(status("a", "5")), Seen(status("b", "8"))]
    assert sorted(watch.pods) == ["b", "c"]


def test_a_pod_made_while_a_list_is_answered_is_not_gone() -> None:
    """The list was put together before; the list after that one tells."""
    watch = Watch().asking().made(status("new", "8"))
    watch, changes = watch.listed([], "7")
    assert changes == []
    watch, changes = watch.asking().listed([], "9")
    assert changes == [Gone(status("new", "8"))]


def test_what_a_watch_has_told_already_is_newer_than_the_answer() -> None:
    """The event of a pod may come before the answer to its creation."""
    watch, _ = _told(Watch("1"), _event("MODIFIED", "a", "9"))
    assert watch.made(status("a", "8")).pods["a"] == status("a", "9")


_NAMES = st.sampled_from("abcd")


@given(st.lists(st.tuples(_NAMES, st.booleans(), st.booleans()), max_size=30))
def test_whatever_is_missed_is_made_good(story: list[tuple[str, bool, bool]]) -> None:
    """Pods come, change and go; some events are lost, then a list comes: what is told adds up to what there is."""
    there: dict[str, dict[str, Any]] = {}
    watch, _ = Watch().listed([], "0")
    told: dict[str, Any] = {}
    for number, (name, leaves, lost) in enumerate(story, start=1):
        version = str(number)
        if leaves and name not in there:
            continue
        pod = status(name, version)
        kind = "DELETED" if leaves else "MODIFIED" if name in there else "ADDED"
        if leaves:
            del there[name]
        else:
            there[name] = dict(pod)
        if not lost:
            watch, changes = watch.told({"type": kind, "object": pod})
            _apply(told, changes)
    watch, changes = watch.asking().listed(list(there.values()), "99")
    _apply(told, changes)
    assert told == there
    assert dict(watch.pods) == there


def _apply(told: dict[str, Any], changes: list[Change]) -> None:
    for change in changes:
        if isinstance(change, Gone):
            told.pop(name_of(change.pod), None)
        else:
            told[name_of(change.pod)] = change.pod


def test_a_pod_that_is_gone_before_its_maker_knows_it_stays_gone() -> None:
    """The answer to its creation comes after all that a watch has to tell of it."""
    watch, changes = _told(Watch(), _event("ADDED", "a", "8"), _event("DELETED", "a", "9"))
    assert [type(one) for one in changes] == [Seen, Gone]
    assert not watch.made(status("a", "8")).pods
    assert "a" in watch.asking().made(status("a", "8")).pods
