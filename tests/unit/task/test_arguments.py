"""What a component's function is called with: each parameter by its annotation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.task.attempts import PYTHONS, Attempt

DATASET = {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}


@pytest.mark.parametrize("python", PYTHONS)
def test_every_python_from_37_runs_a_component(attempt: Attempt, python: str) -> None:
    """Any Python that a base image brings runs the same component: values in, artifacts in and out, a value and a log line out."""
    source = attempt.folder / "given"
    attempt.python = python
    attempt.body = """
        def step(
            n: int, names: List[str], data: Input[Dataset], model: Output[Model], note: str = "none"
        ) -> NamedTuple("O", [("sum", int), ("seen", str)]):
            print("hello", n)
            model.metadata["rows"] = len(open(data.path).read().splitlines())
            with open(model.path, "w") as file:
                file.write("weights")
            return (n + len(names), type(data).__name__ + " " + note)
        """
    attempt.parameters = {"n": 3, "names": ["a", "b"]}
    attempt.inputs = {"data": [{"name": "data", "uri": str(source), "type": DATASET, "metadata": {}}]}
    attempt.outputs = {"model": {"type": {"schemaTitle": "system.Model", "schemaVersion": "0.0.1"}}}
    attempt.folder.mkdir()
    source.write_text("1\n2\n")
    attempt.run()
    assert attempt.values == {"sum": 5, "seen": "Dataset none"}
    assert attempt.log == "hello 3\n"
    assert (attempt.root / "model").read_text() == "weights"
    uri = str(attempt.root / "model")
    assert attempt.output["artifacts"]["model"] == {"artifacts": [{"name": "model", "uri": uri, "metadata": {"rows": 2}}]}


@pytest.mark.parametrize(
    ("annotation", "given", "seen"),
    [
        ("int", 3, "int 3"),
        ("int", 3.0, "int 3"),
        ("float", 2, "float 2.0"),
        ("float", 2.5, "float 2.5"),
        ("bool", True, "bool True"),
        ("bool", False, "bool False"),
        ("str", "", "str ''"),
        ("str", "it's\n", 'str "it\'s\\n"'),
        ("list", [], "list []"),
        ("List[int]", [1, 2.5, None], "list [1, 2.5, None]"),
        ("Dict[str, Any]", {"a": {"b": [1]}}, "dict {'a': {'b': [1]}}"),
        ("'Dict[str, int]'", {"a": 1}, "dict {'a': 1}"),
        ("Optional[int]", 4.0, "int 4"),
        ("'Optional[float]'", 4, "float 4.0"),
        ("'no_such_name'", 4, "int 4"),
    ],
)
def test_values_arrive_with_their_type(attempt: Attempt, annotation: str, given: Any, seen: str) -> None:
    """JSON does not tell 3 from 3.0: the annotation does. Text annotations mean the same as others."""
    attempt.body = f"def step(value: {annotation}) -> str:\n    return type(value).__name__ + ' ' + repr(value)\n"
    attempt.parameters = {"value": given}
    assert attempt.run().values == {"Output": seen}


def test_defaults_apply_to_inputs_that_were_not_given(attempt: Attempt) -> None:
    """An optional input that was not given, or was given as nothing, has the function's own default: parameter or artifact."""
    attempt.body = """
        def step(a: int = 7, b: Optional[str] = None, c: str = "c", data: Input[Dataset] = None, path: InputPath("Dataset") = "nowhere") -> str:
            return repr((a, b, c, data, path))
        """
    attempt.parameters = {"c": None}
    assert attempt.run().values == {"Output": "(7, None, 'c', None, 'nowhere')"}


def test_a_missing_input_is_the_functions_own_error(attempt: Attempt) -> None:
    """Python's own words name the parameter that nobody gave."""
    attempt.body = "def step(needed: int):\n    pass\n"
    attempt.run()
    assert attempt.exit["code"] == 1
    assert "missing 1 required positional argument: 'needed'" in attempt.error["message"]


def test_artifacts_of_every_mark(attempt: Attempt, tmp_path: Path) -> None:
    """`Input`, a bare class, lists, `InputPath`; `Output`, `OutputPath` of a value and of an artifact: each gets what KFP gives."""
    one = {"name": "n", "uri": str(tmp_path / "x"), "type": DATASET, "metadata": {"k": 1}}
    attempt.body = """
        def step(a: Input[Artifact], b: Dataset, c: Input[List[Dataset]], d: List[Dataset], e: InputPath("Dataset"), o: Output[HTML],
                 p: OutputPath(int), q: OutputPath("Model"), r: Optional[Input[Dataset]] = None) -> list:
            import os
            with open(p, "w") as file:
                file.write("5")
            with open(q, "w") as file:
                file.write("model")
            os.makedirs(o.path)
            return [type(a).__name__, a.metadata["k"], b.name, [x.uri for x in c], len(d), e, type(o).__name__, os.path.basename(q), type(r).__name__]
        """
    attempt.inputs = {name: [one] for name in "abcder"} | {"d": [one, one]}
    attempt.outputs = {"o": {"type": {"schemaTitle": "system.HTML"}}, "q": {"type": {"schemaTitle": "system.Model"}}}
    attempt.output_parameters = ["p"]
    x = str(tmp_path / "x")
    assert attempt.run().values == {"Output": ["Dataset", 1, "n", [x], 2, x, "HTML", "q", "Dataset"]}
    assert (attempt.folder / "outputs" / "p").read_text() == "5"


def test_a_path_may_lie_elsewhere_than_its_uri(attempt: Attempt, tmp_path: Path) -> None:
    """`paths` of the launch document says where the bytes of a URI lie; the URI stays what it is, also below a folder."""
    attempt.body = """
        def step(data: Input[Dataset], plain: InputPath("Dataset")) -> list:
            return [data.uri, data.path, plain, Dataset(uri=data.uri + "/part").path, Dataset(uri="gs://bucket/key").path]
        """
    one = {"name": "n", "uri": "s3://bucket/data", "type": DATASET}
    attempt.inputs = {"data": [one], "plain": [one]}
    there = str(tmp_path / "there")
    attempt.changes = {"paths": {"s3://bucket/data": there}}
    assert attempt.run().values == {"Output": ["s3://bucket/data", there, there, there + "/part", "/gcs/bucket/key"]}


def test_custom_artifact_classes_are_used(attempt: Attempt) -> None:
    """A class of the user's own with a schema title is what the function gets for it."""
    attempt.prelude += """
class Table:
    schema_title = "google.Table"
    schema_version = "0.0.1"

    def __init__(self, name="", uri="", metadata=None):
        self.name, self.uri, self.metadata = name, uri, metadata or {}

    @property
    def path(self):
        return self.uri
"""
    attempt.body = "def step(a: Input[Table], b: Output[Table]) -> str:\n    b.metadata['x'] = 1\n    return type(a).__name__ + type(b).__name__\n"
    attempt.inputs = {"a": [{"name": "a", "uri": "u", "type": {"schemaTitle": "google.Table"}}]}
    attempt.outputs = {"b": {"type": {"schemaTitle": "google.Table"}}}
    assert attempt.run().values == {"Output": "TableTable"}
    assert attempt.output["artifacts"]["b"]["artifacts"][0]["metadata"] == {"x": 1}


def test_final_status_and_task_config(attempt: Attempt) -> None:
    """The status of a task and its platform settings arrive as objects, whichever way their fields are spelled."""
    attempt.body = """
        def step(status: PipelineTaskFinalStatus, old: PipelineTaskFinalStatus, config: dsl.TaskConfig) -> list:
            return [status.state, status.pipeline_task_name, status.error_code, status.error_message, old.pipeline_job_resource_name,
                    old.error_code, config.node_selector, config.env]
        """
    attempt.parameters = {
        "status": {"state": "FAILED", "pipelineTaskName": "train", "pipelineJobResourceName": "r", "error": {"code": 9, "message": "no"}},
        "old": {"state": "SUCCEEDED", "pipeline_task_name": "train", "pipeline_job_resource_name": "job"},
        "config": {"nodeSelector": {"a": "b"}},
    }
    assert attempt.run().values == {"Output": ["FAILED", "train", 9, "no", "job", None, {"a": "b"}, None]}


def test_embedded_files(attempt: Attempt, tmp_path: Path) -> None:
    """What travels inside the source is an artifact whose path the prelude has unpacked."""
    (tmp_path / "f.txt").write_text("inside")
    attempt.prelude += f"__KFP_EMBEDDED_ASSET_FILE = {str(tmp_path / 'f.txt')!r}\n"
    attempt.body = "def step(config: dsl.EmbeddedInput[Dataset]) -> str:\n    return open(config.path).read() + type(config).__name__\n"
    assert attempt.run().values == {"Output": "insideDataset"}


def test_models_of_pydantics_kind_are_validated(attempt: Attempt) -> None:
    """A class with `model_validate` makes its own object of a struct, and `model_dump` gives it back."""
    attempt.body = """
        class Settings:
            @classmethod
            def model_validate(cls, value):
                made = cls()
                made.rate = value["rate"]
                return made

            def model_dump(self, mode, by_alias):
                return {"rate": self.rate, "mode": mode}


        def step(settings: Settings) -> Settings:
            settings.rate *= 2
            return settings
        """
    attempt.parameters = {"settings": {"rate": 2}}
    assert attempt.run().values == {"Output": {"rate": 4, "mode": "json"}}
