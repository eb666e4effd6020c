"""The real `kfp` client of 2.17 against `bakehouse server`: what a user's script does with KFP it does here."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from bakehouse import Client
from bakehouse.client import answers
from tests.compat.test_differential import REAL
from tests.server.serving import served
from tests.server.test_kfp_api import SOURCE
from tests.web import browsing

pytestmark = [
    pytest.mark.kfp,
    pytest.mark.skipif(not REAL.exists(), reason="the real kfp is not installed: `make test` makes its environment"),
]

#: What our client answers, by the names that the models of `kfp_server_api` have.
ANSWERS: dict[str, type[answers.Answer]] = {
    "ArtifactList": answers.ArtifactList,
    "Experiment": answers.Experiment,
    "GetHealthzResponse": answers.Health,
    "Pipeline": answers.Pipeline,
    "PipelineTaskDetail": answers.TaskDetail,
    "PipelineVersionReference": answers.PipelineVersionReference,
    "Run": answers.Run,
    "RunDetails": answers.RunDetails,
    "RuntimeConfig": answers.RuntimeConfig,
    "RuntimeStatus": answers.RuntimeStatus,
}


def test_the_client_works_unchanged(tmp_path: Path) -> None:
    """Experiments, pipelines, versions, runs by version and by file, waiting, filters, the archive, deletion; and the words of a refusal.

    What our own client answers has the same fields, and is the same.
    """
    source = tmp_path / "sum_up.py"
    source.write_text(SOURCE)
    package, bad = browsing.compiled(source), tmp_path / "bad.yaml"
    bad.write_text("root: 3\n")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with served(tmp_path) as server:
        script = Path(__file__).with_name("kfp_client.py")
        done = subprocess.run(
            [str(REAL), str(script), server.url, str(package), str(bad), ",".join(ANSWERS)],
            capture_output=True,
            text=True,
            env=environ,
            check=False,
            timeout=180,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        said = json.loads(done.stdout.splitlines()[-1])
        for theirs in said.pop("whole"):
            ours = Client(server.url).get_run(theirs["run_id"]).to_dict()
            assert json.loads(json.dumps(ours, default=str)) == theirs
    assert said.pop("fields") == {name: sorted(kind.__annotations__) for name, kind in ANSWERS.items()}
    assert "pipeline" in said.pop("refused")
    assert said == {
        "health": False,
        "experiment": True,
        "pipeline_id": True,
        "versions": ["adding", "v2"],
        "by version": "SUCCEEDED",
        "by file": "SUCCEEDED",
        "failing": "FAILED",
        "runs": ["by file", "by version", "failing"],
        "filtered": [True],
        "tasks": ["add", "check"],
        "archived": "ARCHIVED",
        "left": 2,
        "pipelines": [],
    }
