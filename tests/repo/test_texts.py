"""What no tracked file may hold. The forbidden words are put together here, so that this file does not hold them either."""

from __future__ import annotations

import re

from tests.repo.tree import texts

MARKERS = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
#: Absolute paths of somebody's machine, not the folder `work` of an attempt.
PLACES = re.compile(r"(?<![\w.}>)*~-])/(" + "|".join(("ro" + "ot", "wo" + "rk", "fa" + "rm", "Us" + "ers", "tmp/k" + "fp217")) + r")/")
REGISTRIES = re.compile(
    r"\b[\w.-]*(" + "|".join(("pypi\\.o" + "rg", "python" + "hosted", "npm" + "js\\.", "deb" + "ian\\.org", "arti" + "factory")) + r")"
)


def found(pattern: re.Pattern[str]) -> list[str]:
    """`FILE:LINE: line` for each line of the repository in which the pattern is found."""
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts()
        if path.name != "LICENSE"
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_unfinished_work_is_marked_in_files() -> None:
    """What is still to be done stands in the issues."""
    assert found(MARKERS) == []


def test_no_path_of_one_machine_is_named() -> None:
    """Files name no folder that only one machine has."""
    assert found(PLACES) == []


def test_no_package_registry_is_named() -> None:
    """Where packages come from is for the settings of each machine to say."""
    assert found(REGISTRIES) == []
