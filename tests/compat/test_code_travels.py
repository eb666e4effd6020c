"""A component that carries modules runs by the real kfp's executor, as it does on a KFP server."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from bakehouse import dsl
from bakehouse.compiler import carrying, compile_pipeline
from bakehouse.ir.spec import Container
from tests.compat.test_differential import REAL

pytestmark = [
    pytest.mark.kfp,
    pytest.mark.skipif(not REAL.exists(), reason="the real kfp is not installed: `make test` makes its environment"),
]


def test_the_real_executor_finds_the_modules(tmp_path: Path) -> None:
    """What the compiled command writes to a file and hands to `kfp.dsl.executor_main` is handed to it here."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "helpers.py").write_text("N = 7\n")

    @dsl.component(code=tmp_path / "src")
    def count(more: int) -> int:
        import helpers  # type: ignore[import-not-found]  # noqa: PLC0415  # in the step

        return int(helpers.N) + more

    (executor,) = carrying.embedded(compile_pipeline(count)).spec.executors.values()
    assert isinstance(executor, Container)
    module, output = tmp_path / "ephemeral_component.py", tmp_path / "output.json"
    module.write_text(executor.command[-1])
    given = {"inputs": {"parameterValues": {"more": 2}}, "outputs": {"parameters": {}, "outputFile": str(output)}}
    arguments = ["--executor_input", json.dumps(given), "--function_to_execute", "count"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [str(REAL), "-m", "kfp.dsl.executor_main", "--component_module_path", str(module), *arguments]
    done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(output.read_text())["parameterValues"] == {"Output": 9}
