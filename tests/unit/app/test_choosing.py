"""Which pipeline of a file is meant."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from bakehouse.app.choosing import Candidate, choose
from bakehouse.dsl.component import BaseComponent
from bakehouse.errors import BadInput

_ANY = cast("BaseComponent", None)  # only names decide
_SUMS = Candidate("sums", "sums", is_pipeline=True, own=True, component=_ANY)
_MORE = Candidate("more_sums", "more-sums", is_pipeline=True, own=True, component=_ANY)
_PART = Candidate("part", "part", is_pipeline=True, own=True, component=_ANY, is_part=True)
_BORROWED = Candidate("borrowed", "borrowed", is_pipeline=True, own=False, component=_ANY)
_ADD = Candidate("add", "add", is_pipeline=False, own=True, component=_ANY)
_SUB = Candidate("sub", "sub", is_pipeline=False, own=True, component=_ANY)
_GIVEN = Candidate("übung", "ubung", is_pipeline=True, own=True, component=_ANY, given=("Übung 世界 🚀",))
_LONG = Candidate("long", "l" * 300, is_pipeline=True, own=True, component=_ANY)


@pytest.mark.parametrize(
    ("candidates", "wanted", "expected"),
    [
        ([_ADD, _SUMS], "", _SUMS),
        ([_BORROWED, _SUMS], "", _SUMS),
        ([_PART, _SUMS], "", _SUMS),
        ([_PART, _SUMS], "part", _PART),
        ([_BORROWED, _ADD], "", _BORROWED),
        ([_ADD], "", _ADD),
        ([_SUMS, _MORE], "more_sums", _MORE),
        ([_SUMS, _MORE], "more-sums", _MORE),
        ([_SUMS, _ADD, _SUB], "sub", _SUB),
        ([_SUMS, _BORROWED], "borrowed", _BORROWED),
        ([_SUMS, _GIVEN], "Übung 世界 🚀", _GIVEN),
    ],
)
def test_what_is_meant_is_taken(candidates: list[Candidate], wanted: str, expected: Candidate) -> None:
    """The named one; else the file's own pipeline that no other calls, an imported one, or its only component."""
    assert choose(candidates, "p.py", wanted) is expected


@pytest.mark.parametrize(
    ("candidates", "wanted", "expected"),
    [
        ([_SUMS, _MORE], "", ["2 pipelines", "sums, more_sums (more-sums)", "--pipeline sums"]),
        ([_ADD, _SUB], "", ["no pipeline", "2 components: add, sub", "@dsl.pipeline"]),
        ([], "", ["no pipeline", "@dsl.pipeline"]),
        ([_SUMS], "other", ["no pipeline other", "It has: sums"]),
        ([_LONG], "other", [f"long ({'l' * 100}…)"]),
        ([], "other", ["no pipeline other", "none at all"]),
    ],
)
def test_what_is_not_clear_is_said(candidates: list[Candidate], wanted: str, expected: list[str]) -> None:
    """What was found, and how to choose."""
    with pytest.raises(BadInput) as caught:
        choose(candidates, "p.py", wanted)
    for part in expected:
        assert part in str(caught.value)


def test_a_file_for_version_1_is_recognised(tmp_path: Path) -> None:
    """It says which name gives it away."""
    file = tmp_path / "p.py"
    file.write_text("def f():\n    op = dsl.ContainerOp(name='x')\n")
    with pytest.raises(BadInput, match="`ContainerOp` belongs to version 1"):
        choose([], str(file), "")
