"""The names that a step finds under `kfp`, `kfp.dsl`, `bakehouse` and `bakehouse.dsl`, with and without the real ones."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from bakehouse.task import names
from tests.unit.task.attempts import PYTHONS, RUNTIME, Attempt

#: What `from kfp.dsl import *` of kfp 2.17.0 brings inside a step.
_NAMES = """
Artifact ClassificationMetrics Dataset HTML Input InputPath Markdown Metrics Model Output OutputPath PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER
PIPELINE_JOB_ID_PLACEHOLDER PIPELINE_JOB_NAME_PLACEHOLDER PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER
PIPELINE_ROOT_PLACEHOLDER PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER PIPELINE_TASK_EXECUTOR_OUTPUT_PATH_PLACEHOLDER PIPELINE_TASK_ID_PLACEHOLDER
PIPELINE_TASK_NAME_PLACEHOLDER PipelineTaskFinalStatus SlicedClassificationMetrics TaskConfig WORKSPACE_PATH_PLACEHOLDER get_uri run_notebook
"""
KFP_STAR = _NAMES.split()
#: An interpreter that has the real kfp: `make test` makes one.
_REAL = os.environ.get("BAKEHOUSE_KFP_PYTHON") or next(map(str, sorted(RUNTIME.parents[3].glob(".environments/kfp-2.17*/bin/python"))), "")


def test_the_star_is_kfps() -> None:
    """`from kfp.dsl import *` brings the same names as kfp's own, and each is there."""
    assert sorted(names.STAR) == KFP_STAR
    assert set(names.everything()) >= set(names.STAR)


@pytest.mark.parametrize("python", PYTHONS)
def test_the_star_inside_a_step(attempt: Attempt, python: str) -> None:
    """All of them, in every Python."""
    attempt.python = python
    attempt.prelude = "space = {}\nexec('from kfp.dsl import *', space)\n"
    attempt.body = "def step() -> list:\n    return sorted(set(space) - {'__builtins__'})\n"
    assert attempt.run().values == {"Output": KFP_STAR}


@pytest.mark.parametrize(
    "line",
    [
        "import kfp; kfp.dsl.Dataset; kfp.__version__; kfp.TYPE_CHECK",
        "import kfp.dsl as x; x.get_uri",
        "from kfp import dsl; dsl.component(dsl.pipeline(name='x')(print)); dsl.PipelineTaskFinalStatus; dsl.EmbeddedInput",
        "from kfp.dsl.types.artifact_types import Dataset, get_uri, SlicedClassificationMetrics",
        "from kfp.dsl.types import artifact_types; artifact_types.Model",
        "from kfp.dsl.types.type_annotations import InputPath, InputAnnotation",
        "from kfp.dsl.constants import WORKSPACE_MOUNT_PATH",
        "from kfp.components import InputPath, OutputPath",
        "from kfp.v2.dsl import *; Dataset; Input",
        "from bakehouse.dsl import *; Dataset; Input",
        "from bakehouse import dsl; import kfp; assert dsl.Dataset is kfp.dsl.Dataset",
    ],
)
def test_imports_that_generated_sources_hold(attempt: Attempt, line: str) -> None:
    """Each works without kfp installed."""
    attempt.prelude = line + "\n"
    assert attempt.run().values == {}


def test_what_a_step_has_not_is_said_so(attempt: Attempt) -> None:
    """Authors' names, such as control flow, are named as missing inside a step."""
    attempt.body = "def step():\n    dsl.ParallelFor\n"
    attempt.run()
    assert "kfp.dsl has no 'ParallelFor' inside a running step" in attempt.error["message"]


def test_a_notebook_outside_of_its_component(attempt: Attempt) -> None:
    """`dsl.run_notebook` says where it belongs."""
    attempt.body = "def step():\n    dsl.run_notebook(a=1)\n"
    attempt.run()
    assert attempt.error["type"] == "NotImplementedError"


FAKE_EXECUTOR = """
import json, sys
from kfp.dsl import Dataset
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
executor_input = json.loads(given["--executor_input"])
space = {}
exec(open(given["--component_module_path"]).read(), space)
returned = space[given["--function_to_execute"]](executor_input["inputs"]["artifacts"]["data"]["artifacts"][0]["uri"], Dataset)
with open(executor_input["outputs"]["outputFile"], "w") as file:
    json.dump({"parameterValues": {"Output": returned}}, file)
"""


@pytest.fixture
def kfp_like(tmp_path: Path) -> Path:
    """A folder with a package that is a `kfp` of its own."""
    package = tmp_path / "installed" / "kfp" / "dsl"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text("from kfp import dsl\n__version__ = 'real'\n")
    (package / "__init__.py").write_text("class Dataset:\n    real = True\n")
    (package / "executor_main.py").write_text(FAKE_EXECUTOR)
    return tmp_path / "installed"


def test_a_real_kfp_runs_the_step(attempt: Attempt, kfp_like: Path) -> None:
    """Where the step's packages hold kfp, its public entry point runs the component, and finds inputs where they were staged."""
    attempt.environment = {"PYTHONPATH": str(kfp_like)}
    attempt.body = "def step(path, found):\n    return [path, found.real, kfp.__version__]\n"
    attempt.inputs = {"data": [{"name": "data", "uri": "s3://b/k"}]}
    attempt.changes = {"paths": {"s3://b/k": "/staged/k"}}
    assert attempt.run().values == {"Output": ["/staged/k", True, "real"]}


def test_failures_under_a_real_kfp_name_the_author_too(attempt: Attempt, kfp_like: Path) -> None:
    """Neither its frames nor ours are shown."""
    attempt.environment = {"PYTHONPATH": str(kfp_like)}
    attempt.body = "def step(path, found):\n    raise ValueError('no')\n"
    attempt.inputs = {"data": [{"name": "data", "uri": "x"}]}
    (kfp_like / "kfp" / "dsl" / "executor_main.py").write_text(
        FAKE_EXECUTOR.replace("exec(open(given", "exec(compile(open(given").replace(
            ".read(), space)", '.read(), given["--component_module_path"], "exec"), space)'
        )
    )
    attempt.changes = {"origin": {"file": "/home/somebody/pipeline.py", "line": 10}}
    attempt.run()
    assert (attempt.error["file"], attempt.error["line"], attempt.error["source_line"]) == (
        "/home/somebody/pipeline.py",
        11,
        "raise ValueError('no')",
    )
    assert attempt.log.count("File ") == 1


def test_an_older_kfp_has_its_entry_point_elsewhere(attempt: Attempt, kfp_like: Path) -> None:
    """Up to 2.3 it is a module of `kfp.components`."""
    (kfp_like / "kfp" / "components").mkdir()
    (kfp_like / "kfp" / "components" / "__init__.py").touch()
    (kfp_like / "kfp" / "dsl" / "executor_main.py").rename(kfp_like / "kfp" / "components" / "executor_main.py")
    attempt.environment = {"PYTHONPATH": str(kfp_like)}
    attempt.body = "def step(path, found):\n    return path\n"
    attempt.inputs = {"data": [{"name": "data", "uri": "x"}]}
    assert attempt.run().values == {"Output": "x"}


def test_the_real_bakehouse_shares_its_artifact_classes(attempt: Attempt) -> None:
    """Where steps use the caller's environment, `bakehouse.dsl` and `kfp.dsl` mean the same classes and places."""
    attempt.environment = {"PYTHONPATH": str(RUNTIME.parents[2])}
    attempt.body = """
        def step() -> list:
            import bakehouse
            from bakehouse.task import artifacts
            from bakehouse.task.metrics import ClassificationMetrics as theirs
            same = artifacts.Dataset is Dataset and theirs is ClassificationMetrics
            return [same, bakehouse.__file__ is not None, artifacts.get_uri() == dsl.get_uri()]
        """
    assert attempt.run().values == {"Output": [True, True, True]}


def test_half_a_kfp_is_none(attempt: Attempt, tmp_path: Path) -> None:
    """Kfp-pipeline-spec alone leaves a `kfp` folder without a package: ours answers, and what is there can still be imported."""
    (tmp_path / "half" / "kfp" / "pipeline_spec").mkdir(parents=True)
    (tmp_path / "half" / "kfp" / "pipeline_spec" / "__init__.py").write_text("x = 3\n")
    attempt.environment = {"PYTHONPATH": str(tmp_path / "half")}
    attempt.body = "def step() -> int:\n    from kfp import pipeline_spec\n    assert dsl.Dataset\n    return pipeline_spec.x\n"
    assert attempt.run().values == {"Output": 3}


@pytest.mark.kfp
@pytest.mark.skipif(not _REAL, reason="no interpreter with the real kfp: `make test` makes one, BAKEHOUSE_KFP_PYTHON names another")
def test_the_real_kfp_runs_the_same_component(attempt: Attempt, tmp_path: Path) -> None:
    """The same component, run by kfp's own executor in an environment that has it: same outputs, its own log lines beside the step's."""
    (tmp_path / "data").write_text("1\n2\n")
    attempt.python, attempt.options = _REAL, ("-u", "-s")
    attempt.inputs = {
        "data": [{"name": "data", "uri": "s3://b/k", "type": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}, "metadata": {}}]
    }
    attempt.outputs = {"m": {"type": {"schemaTitle": "system.Metrics", "schemaVersion": "0.0.1"}, "metadata": {}}}
    attempt.changes = {"paths": {"s3://b/k": str(tmp_path / "data")}}
    attempt.body = """
        def step(data: Input[Dataset], m: Output[Metrics]) -> int:
            m.log_metric("rows", 2)
            print(kfp.__version__)
            return len(open(data.path).readlines())
        """
    assert attempt.run().values == {"Output": 2}
    assert attempt.output["artifacts"]["m"]["artifacts"][0]["metadata"] == {"rows": 2}
    assert "2.17" in attempt.log


@pytest.mark.kfp
@pytest.mark.skipif(not _REAL, reason="no interpreter with the real kfp: `make test` makes one, BAKEHOUSE_KFP_PYTHON names another")
def test_a_metric_with_a_step_for_both(attempt: Attempt) -> None:
    """The real kfp takes no step, as docs/reference/compatibility.md says; a step that asks first works with either."""
    attempt.outputs = {"m": {"type": {"schemaTitle": "system.Metrics", "schemaVersion": "0.0.1"}, "metadata": {}}}
    attempt.environment = {"BAKEHOUSE_SERIES": str(attempt.folder / "series")}
    attempt.body = """
        def step(m: Output[Metrics]) -> bool:
            import inspect
            takes_steps = "step" in inspect.signature(m.log_metric).parameters
            m.log_metric("loss", 0.5, **({"step": 1} if takes_steps else {}))
            return takes_steps
        """
    for python, options, takes_steps in ((sys.executable, ("-u", "-s", "-S"), True), (_REAL, ("-u", "-s"), False)):
        attempt.python, attempt.options = python, options
        assert attempt.run().values == {"Output": takes_steps}
        assert attempt.output["artifacts"]["m"]["artifacts"][0]["metadata"] == {"loss": 0.5}
    attempt.body = "def step(m: Output[Metrics]):\n    m.log_metric('loss', 0.5, step=1)\n"
    attempt.run()
    assert (attempt.exit["code"], attempt.error["type"]) == (1, "TypeError")


@pytest.mark.kfp
@pytest.mark.skipif(not _REAL, reason="no interpreter with the real kfp: `make test` makes one, BAKEHOUSE_KFP_PYTHON names another")
def test_the_real_kfps_failures_are_told_the_same_way(attempt: Attempt) -> None:
    """The traceback begins in the user's function."""
    attempt.python, attempt.options = _REAL, ("-u", "-s")
    attempt.changes = {"origin": {"file": "/home/somebody/pipeline.py", "line": 10}}
    attempt.body = "def step():\n    raise ValueError('no')\n"
    attempt.run()
    assert (attempt.exit["code"], attempt.error["file"], attempt.error["line"]) == (1, "/home/somebody/pipeline.py", 11)
    assert json.dumps(attempt.error["traceback"]).count("File") == 1
