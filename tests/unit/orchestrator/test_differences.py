"""What differs between two keys, in words that a reader can act on."""

from __future__ import annotations

from typing import Any

import pytest

from bakehouse.orchestrator.differences import Part, compared, with_files, with_packages

_PARTS: dict[str, Any] = {
    "version": 1,
    "interface": {"inputs": {"parameters": {"lr": "NUMBER_DOUBLE"}, "artifacts": {}}, "outputs": {"parameters": {}, "artifacts": {}}},
    "command": {"source": "def f():\n    return 1\n", "function": "f"},
    "place": {"python": "cpython-3.11.7", "platform": "linux-x86_64", "lock": "aa"},
    "env": {"MODE": "fast"},
    "parameters": {"lr": 0.1, "on": True},
    "artifacts": {"data": [{"schema": "system.Dataset", "metadata": {"rows": 3}, "content": "blake3:00"}]},
}


def _data(**change: Any) -> dict[str, Any]:
    return {"artifacts": {"data": [{**_PARTS["artifacts"]["data"][0], **change}]}}


@pytest.mark.parametrize(
    ("change", "part", "text"),
    [
        ({"parameters": {"lr": 0.2, "on": True}}, Part.PARAMETER, "parameter lr 0.1 → 0.2"),
        ({"parameters": {"lr": 0.1, "on": 1}}, Part.PARAMETER, "parameter on true → 1"),
        ({"parameters": {"lr": 0.1}}, Part.PARAMETER, "parameter on is gone (it was true)"),
        ({"parameters": {"lr": 0.1, "on": True, "to": "x" * 99}}, Part.PARAMETER, f"parameter to is new: {'x' * 39}…"),
        ({"env": {"MODE": ""}}, Part.VARIABLE, 'environment variable MODE fast → ""'),
        ({"place": {**_PARTS["place"], "python": "cpython-3.12.1"}}, Part.INTERPRETER, "interpreter cpython-3.11.7 → cpython-3.12.1"),
        ({"place": {**_PARTS["place"], "lock": "bb"}}, Part.PACKAGES, "packages changed"),
        ({"command": {"source": "def f():\n    return 2\n", "function": "f"}}, Part.CODE, "code changed (2 lines)"),
        ({"command": {"source": "def f():\n    return 1\n", "function": "g"}}, Part.CODE, "function g is called"),
        ({"claims": {"/data": "mine"}}, Part.CLAIM, "volume claim at /data is new: mine"),
        ({"command": {**_PARTS["command"], "modules": "aa"}}, Part.MODULES, "modules travel now"),
        (_data(content="blake3:11"), Part.ARTIFACT, "content of artifact data changed"),
        (_data(metadata={"rows": 4}), Part.ARTIFACT, "metadata of artifact data changed: rows 3 → 4"),
        (_data(schema="system.Model"), Part.ARTIFACT, "artifact data is system.Model, not system.Dataset"),
        ({"artifacts": {}}, Part.ARTIFACT, "artifact data is gone"),
        ({"artifacts": {"data": _PARTS["artifacts"]["data"] * 2}}, Part.ARTIFACT, "artifact data: 1 → 2 of them"),
        ({"version": 2}, Part.RULES, "another Bakehouse made the result, whose keys mean something else"),
    ],
)
def test_one_part_that_differs_is_named(change: dict[str, Any], part: Part, text: str) -> None:
    """With both values, or with what kind of change it is."""
    assert [(one.part, one.text) for one in compared(_PARTS, {**_PARTS, **change})] == [(part, text)]


def test_equal_parts_do_not_differ() -> None:
    """Then there is nothing to say."""
    assert compared(_PARTS, dict(_PARTS)) == ()


def test_each_parameter_counts_for_itself() -> None:
    """So that the nearest result is the one that shares most with what was wanted."""
    found = compared(_PARTS, {**_PARTS, "parameters": {"lr": 1, "on": False}, "env": {}})
    assert [one.name for one in found] == ["MODE", "lr", "on"]


def test_a_changed_interface_says_what_came_and_went() -> None:
    """Inputs and outputs by name."""
    interface = {"inputs": {"parameters": {"rate": "STRING"}, "artifacts": {}}, "outputs": {"parameters": {"n": "STRING"}, "artifacts": {}}}
    (found,) = compared(_PARTS, {**_PARTS, "interface": interface})
    assert found.text == "interface changed: new input rate, new output n, no input lr"


def test_a_key_of_the_author_s_own_is_all_that_counts() -> None:
    """It stands for all parts but the interface."""
    mine = {"version": 1, "interface": _PARTS["interface"], "cache_key": "mine"}
    assert [one.text for one in compared(mine, {**mine, "cache_key": "yours"})] == ["cache key mine → yours"]
    assert compared(_PARTS, mine)[0].text == "cache key is new: mine"


def test_packages_are_named_with_their_versions() -> None:
    """A rebuilt wheel of the same version differs by its digest."""
    (found,) = compared(_PARTS, {**_PARTS, "place": {**_PARTS["place"], "lock": "bb"}})
    one = with_packages(found, "numpy==2.0\noven==1.0 @ blake3:00", "numpy==2.1\noven==1.0 @ blake3:00")
    assert (one.text, one.lines) == ("package numpy 2.0 → 2.1", ("numpy 2.0 → 2.1",))
    several = with_packages(found, "numpy==2.0\noven==1.0 @ blake3:00", "oven==1.0 @ blake3:11\nscipy==1.0")
    assert (several.text, several.lines) == ("3 packages changed", ("oven 1.0 @ blake3:00 → 1.0 @ blake3:11", "+ scipy 1.0", "- numpy 2.0"))


def test_long_differences_are_cut() -> None:
    """And say how much more there is."""
    source = "\n".join(f"line {number}" for number in range(100))
    (found,) = compared(_PARTS, {**_PARTS, "command": {"source": source, "function": "f"}})
    assert found.text == "code changed (102 lines)"
    assert (len(found.lines), found.lines[-1]) == (41, "… 62 more")


def test_modules_that_differ_are_named_by_their_files() -> None:
    """One that changed in the sentence, several below it; without them it is said that they changed, or travel no more."""
    old, new = ({"command": {**_PARTS["command"], "modules": digest}} for digest in ("aa", "bb"))
    (changed,) = compared({**_PARTS, **old}, {**_PARTS, **new})
    assert (changed.part, changed.text) == (Part.MODULES, "modules that travel changed")
    assert [one.text for one in compared({**_PARTS, **old}, _PARTS)] == ["no modules travel any more"]
    assert with_files(changed, {"a": "1", "b": "1"}, {"a": "2", "b": "1"}).text == "module file a changed"
    several = with_files(changed, {"a": "1", "b": "1"}, {"a": "2", "c": "1"})
    assert (several.text, several.lines) == ("3 module files changed", ("a changed", "+ c", "- b"))
    assert with_files(changed, {"a": "1"}, {"a": "1"}) == changed
    both = compared({**_PARTS, **old}, {**_PARTS, "command": {"source": "other", "function": "f", "modules": "bb"}})
    assert [one.part for one in both] == [Part.MODULES, Part.CODE]
