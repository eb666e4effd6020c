"""What the compiler writes changes only on purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.examples import compiled, golden, sources


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.parent.name)
def test_an_example_compiles_to_what_is_kept(source: Path) -> None:
    """Byte by byte; `make golden` writes it anew where the change is meant."""
    assert compiled(source) == golden(source).read_text(encoding="utf-8")
