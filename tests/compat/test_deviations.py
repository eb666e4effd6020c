"""Where what we compile is not what the real `kfp` compiles, kfp's is wrong: each row of `deviations.toml`, shown with both."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bakehouse.errors import Problems
from bakehouse.ir import text, validation
from tests.compat.test_differential import COMPILE, REAL, Documents, compiled

tomllib = pytest.importorskip("tomllib", reason="Python reads TOML from 3.11 on")
_HERE = Path(__file__).parent
_SOURCES = sorted((_HERE / "sources" / "deviations").glob("*.py"))
_ROWS: list[Mapping[str, str]] = tomllib.loads((_HERE / "deviations.toml").read_text(encoding="utf-8"))["row"]

pytestmark = [
    pytest.mark.kfp,
    pytest.mark.skipif(not REAL.exists(), reason="the real kfp is not installed: `make test` makes its environment"),
]


@cache
def _ours() -> Documents:
    return _by_pipeline(compiled(_SOURCES, sys.executable, str(COMPILE), "--ours"))


@cache
def _theirs() -> Documents:
    return _by_pipeline(compiled(_SOURCES, str(REAL), str(COMPILE)))


def _by_pipeline(found: Documents) -> Documents:
    return {name.partition(":")[2]: document for name, document in found.items()}


def _shown(document: Mapping[str, Any], kind: str) -> str:
    """What kfp's answer shows, where it is of this kind; fails where it is of another."""
    if kind == "fails":
        return ": ".join(document["error"])
    if kind == "wrong":
        return _lines(document["text"])
    with pytest.raises(Problems) as caught:
        text.read(document["text"])
    return str(caught.value)


def _lines(document: str) -> str:
    """What a document says, without the quotation marks of YAML: `key: value`, a line each."""

    def lines(value: Any) -> Iterator[str]:
        for key, inside in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(inside, dict | list):
                yield from lines(inside)
            else:
                yield f"{key}: {inside}"

    return "\n".join(line for part in yaml.safe_load_all(document) for line in lines(part))


@pytest.mark.parametrize("row", _ROWS, ids=[row["pipeline"] for row in _ROWS])
def test_kfp_is_wrong_where_we_differ(row: Mapping[str, str]) -> None:
    """Its answer has the row's sign and not ours; ours compiles, is valid, and says what the author did."""
    theirs, ours = _theirs()[row["pipeline"]], _ours()[row["pipeline"]]
    shown = _shown(theirs, row["kfp"])
    assert row.get("sign", "") in shown
    assert "text" in ours, ours
    assert validation.problems(text.read(ours["text"])) == []
    if row["kfp"] == "wrong":
        assert "sign" not in row or row["sign"] not in _lines(ours["text"])
        assert row["ours"] not in shown
    assert row.get("ours", "") in _lines(ours["text"])
    assert row["why"]


def test_each_pipeline_has_its_row() -> None:
    """And each row its pipeline."""
    assert sorted(_ours()) == sorted(_theirs()) == sorted(row["pipeline"] for row in _ROWS)
