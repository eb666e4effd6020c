"""What may be a tag, and how a text says one."""

from __future__ import annotations

import pytest

from bakehouse.actions import tags
from bakehouse.actions.errors import BadTags
from bakehouse.records.queries import Operation, Predicate


def test_texts_are_tags() -> None:
    """The first `=` ends the key; the value is taken as it is, and may be empty."""
    assert tags.split(["team=vision", " note =a = b ", "reviewed="]) == {"team": "vision", "note": "a = b ", "reviewed": ""}
    assert tags.split([]) == {}


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (["team"], "'team' is not key=value"),
        (["=vision"], "empty"),
        (["a.b=c"], "a dot"),
        ([f"{'k' * 64}=v"], "too long"),
        ([f"k={'v' * 64}"], "too long"),
        (["team=a", "team =b"], "given twice"),
        ([f"k{number}=" for number in range(65)], "there are 65"),
    ],
)
def test_what_is_no_tag_is_said(texts: list[str], why: str) -> None:
    """Before anything is recorded."""
    with pytest.raises(BadTags, match=why):
        tags.split(texts)


def test_as_many_and_as_long_as_can_be() -> None:
    """64 tags, 63 characters each way."""
    most = {f"{number:063}": "v" * 63 for number in range(64)}
    assert tags.of_run(most) == most


@pytest.mark.parametrize("key", ["a=b", " a", "a ", ""])
def test_a_key_is_one_that_a_text_can_say(key: str) -> None:
    """A program could send others."""
    with pytest.raises(BadTags):
        tags.of_run({key: "x"})


def test_some_are_given_and_some_removed() -> None:
    """What is not named stays; to remove what is not there changes nothing; the number counts afterwards."""
    assert tags.changed({"a": "1", "b": "2"}, {"b": "3", "c": ""}, ["a", "none"]) == {"b": "3", "c": ""}
    with pytest.raises(BadTags, match="to be set and to be removed"):
        tags.changed({}, {"a": "1"}, ["a"])
    full = {f"k{number}": "" for number in range(64)}
    assert len(tags.changed(full, {"new": ""}, ["k0"])) == 64
    with pytest.raises(BadTags, match="there are 65"):
        tags.changed(full, {"new": ""}, [])


@pytest.mark.parametrize(
    ("text", "predicate"),
    [
        ("team", Predicate("tags", Operation.EQUALS, "team")),
        ("team=", Predicate("tags.team", Operation.EQUALS, "")),
        ("team=a=b", Predicate("tags.team", Operation.EQUALS, "a=b")),
    ],
)
def test_a_text_finds_runs(text: str, predicate: Predicate) -> None:
    """By a key, whatever its value, or by both."""
    assert tags.condition(text) == predicate
