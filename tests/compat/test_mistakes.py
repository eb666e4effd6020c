"""What authors do wrong, file by file: kfp fails with an error that names neither file nor line, or takes it; ours names both, or means it."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.compat.test_differential import COMPILE, REAL, Documents, compiled

tomllib = pytest.importorskip("tomllib", reason="Python reads TOML from 3.11 on")

Case = Mapping[str, Any]
_TABLE = tomllib.loads(Path(__file__).with_name("mistakes.toml").read_text(encoding="utf-8"))
_CASES: Mapping[str, Case] = {case["name"]: case for case in _TABLE["case"]}
_POINTS = {*(f"C{number}" for number in range(1, 26)), *(f"B{number}" for number in range(1, 17))}
_MARK = "  # here"
_PIPELINE = "@dsl.pipeline\ndef pipeline(n: int = 1, s: str = 'a', b: bool = True, l: List[int] = [1], d: dict = {}):\n"

pytestmark = [
    pytest.mark.kfp,
    pytest.mark.skipif(not REAL.exists(), reason="the real kfp is not installed: `make test` makes its environment"),
]


def _source(case: Case) -> str:
    """The whole file."""
    return f"{_TABLE['head']}\n\n{_PIPELINE if case['text'].startswith(' ') else ''}{case['text']}"


def _marked(case: Case) -> set[int]:
    return {number for number, line in enumerate(_source(case).splitlines(), start=1) if line.endswith(_MARK)}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The cases as files."""
    folder = tmp_path_factory.mktemp("mistakes")
    found = {name: folder / f"case_{number}.py" for number, name in enumerate(_CASES)}
    for name, path in found.items():
        path.write_text(_source(_CASES[name]), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def ours(sources: Mapping[str, Path]) -> Documents:
    """What Bakehouse makes of them, all in one process."""
    return compiled(list(sources.values()), sys.executable, str(COMPILE), "--ours")


@pytest.fixture(scope="module")
def theirs(sources: Mapping[str, Path]) -> Documents:
    """What kfp makes of them, all in one process."""
    return compiled(list(sources.values()), str(REAL), str(COMPILE))


def _answer(found: Documents, path: Path) -> tuple[str, str]:
    """What came of a file: the text of the error and nothing, or nothing and the texts that were compiled."""
    documents = [document for name, document in found.items() if name.partition(":")[0] == path.stem]
    errors = [": ".join(document["error"]) for document in documents if "error" in document]
    return "\n".join(errors), "" if errors else "\n".join(document["text"] for document in documents)


@pytest.mark.parametrize("name", _CASES)
def test_kfp_says_little_or_nothing(name: str, sources: Mapping[str, Path], theirs: Documents) -> None:
    """Its error has no place; or there is none, and the IR has what it made of the mistake."""
    error, text = _answer(theirs, sources[name])
    expected = _CASES[name]["kfp"]
    assert expected.removeprefix("compiles: ") in (text if expected.startswith("compiles: ") else error), error
    assert str(sources[name]) not in error


@pytest.mark.parametrize("name", _CASES)
def test_ours_names_file_line_and_remedy(name: str, sources: Mapping[str, Path], ours: Documents) -> None:
    """Every marked line and no other; or the file means what it says."""
    case, path = _CASES[name], sources[name]
    error, text = _answer(ours, path)
    if case["ours"].startswith("means: "):
        assert case["ours"].removeprefix("means: ") in text, error
        return
    assert case["ours"] in error
    assert case["remedy"] in error
    places = re.findall(rf"^(?:\w+: )?{re.escape(str(path))}:(\d+): ", error, re.MULTILINE)
    assert {int(line) for line in places} == _marked(case)


def test_every_point_is_there() -> None:
    """By a file, or by the reason why it is none of an author's file."""
    told = {point for case in _CASES.values() for point in case["points"]}
    assert told | _TABLE["elsewhere"].keys() == _POINTS
    assert not told & _TABLE["elsewhere"].keys()
    for reason in _TABLE["elsewhere"].values():
        for path in re.findall(r"tests/[\w./]+", reason):
            assert (Path(__file__).parents[2] / path.rstrip(".")).exists(), path
