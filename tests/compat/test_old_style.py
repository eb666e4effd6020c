"""Steps in the style of KFP 1, as Bakehouse compiles them: what the real `kfp` makes of their modern forms, and a file that it loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse import compiler, dsl
from bakehouse.ir import text
from tests.compat.test_differential import COMPILE, REAL, comparable, compiled
from tests.unit.legacy import samples

pytestmark = [
    pytest.mark.kfp,
    pytest.mark.skipif(not REAL.exists(), reason="the real kfp is not installed: `make test` makes its environment"),
]


def test_kfp_compiles_the_modern_form_to_the_same(tmp_path: Path) -> None:
    """Components, executors, tasks: every field. And kfp takes the file of the old form for a component."""
    old = dsl.pipeline(samples.pipeline)
    file = tmp_path / "old.yaml"
    file.write_text(text.write(compiler.compile_pipeline(old).file), encoding="utf-8")
    loading = f"loaded = components.load_component_from_file({str(file)!r})\nassert {{*loaded.required_inputs}} == {{'rate', 'name'}}\n"
    source = tmp_path / "modern.py"
    source.write_text(f"from kfp import components, dsl\n\n{loading}\n\n{samples.modern(old)}", encoding="utf-8")
    (theirs,) = compiled([source], str(REAL), str(COMPILE)).values()
    assert "text" in theirs, theirs
    assert comparable(file.read_text(encoding="utf-8")) == comparable(theirs["text"])
