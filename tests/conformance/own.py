"""What each runner makes the same of beside the files of KFP's: pipelines of our own, an example, and files of six versions of KFP's SDK."""

from __future__ import annotations

from pathlib import Path

from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator.states import RunState
from tests.conformance.expected import ExpectedFile, ExpectedRun, Findings
from tests.repo.tree import ROOT

_PIPELINES = ROOT / "tests" / "e2e" / "pipelines"
_FIXTURES = ROOT / "tests" / "fixtures" / "kfp"
#: What the pipeline `loops` gives.
LOOPS: JsonObject = {
    "doubled": [2, 4, 6],
    "pairs": ["u1", "v1", "u2", "v2", "u3", "v3"],
    "names": ["ann", "bob"],
    "files": "1+2+3",
    "again": [4, 8, 12],
    "kept": ["ann1t"],
}
_NESTED: JsonObject = {"words": ["x", "y"], "rows": "other", "brought": "brought"}


def files() -> list[ExpectedFile]:
    """All of them."""
    return [
        _own("branches", Findings(outputs={"Output": "<it's 3>"})),
        _own("loops", Findings(outputs=LOOPS)),
        _own("handlers", Findings(), RunState.FAILED, path="/dev/null"),
        _own("nested", Findings(outputs=_NESTED), folder=str(_PIPELINES)),
        _own("tried-again", Findings(outputs={"Output": "2"})),
        _file("regions", ROOT / "examples" / "regions" / "pipeline.py", _run(Findings())),
        *(_file(f"kfp-{one.stem}", one, _run(Findings())) for one in sorted(_FIXTURES.glob("*.yaml")) if not one.stem.endswith("-install")),
    ]


def _own(pipeline: str, findings: Findings, state: RunState = RunState.SUCCEEDED, **parameters: str) -> ExpectedFile:
    return _file(pipeline, _PIPELINES / "control_flow.py", _run(findings, state, **parameters), pipeline)


def _run(findings: Findings, state: RunState = RunState.SUCCEEDED, **parameters: str) -> ExpectedRun:
    return ExpectedRun(parameters, use_cache=True, nested_lists=False, keep_going=True, state=state, findings=findings, cases=(), at_most={})


def _file(name: str, source: Path, run: ExpectedRun, pipeline: str | None = None) -> ExpectedFile:
    return ExpectedFile(name, source, "", (), (run,), {}, (), pipeline)
