"""What the pod of an attempt and the server that serves it are told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import Artifact, Code, Job, LaunchSpec
from bakehouse.ir.policies import CHECKPOINT
from bakehouse.ir.spec import ParameterType
from bakehouse.runners import pods
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.errors import NotPodAttempt
from bakehouse.runners.launch import Limits
from bakehouse.runners.pip_settings import PipSettings
from bakehouse.runners.pods import PodDocument, Staged, pod_document
from bakehouse.storage.recent import Recent
from tests.unit.runners.specs import DATASET, spec


def document(launch: LaunchSpec, tmp_path: Path) -> PodDocument:
    """The document of an attempt in its folder."""
    return pod_document(launch, AttemptFolder(tmp_path / "attempt"), pip=PipSettings(), limits=Limits())


def test_a_python_component(tmp_path: Path) -> None:
    """Our runtime runs it on the image's Python; all paths lie in the shared folder, artifacts keep the URIs of their store."""
    launch = replace(spec(tmp_path, requirements=["pandas"]), parameters={"where": f"{CHECKPOINT}/x"}, env={"MINE": CHECKPOINT})
    said = document(launch, tmp_path)
    assert said.command == ("python3", "-u", "/bakehouse/task", "/bakehouse", "image")
    assert said.launch is not None
    inputs, outputs = said.launch["executor_input"]["inputs"], said.launch["executor_input"]["outputs"]
    assert inputs["parameterValues"] == {"where": "/bakehouse/checkpoint/x"}
    assert outputs["parameters"] == {"n": {"outputFile": "/bakehouse/outputs/n"}}
    assert outputs["outputFile"] == "/bakehouse/executor_output.json"
    assert outputs["artifacts"]["data"]["artifacts"][0]["uri"] == f"{launch.root}/data"
    assert said.launch["paths"] == {launch.root: "/bakehouse/artifacts", f"{launch.root}/data": "/bakehouse/artifacts/data"}
    assert (said.launch["root"], said.launch["surroundings"], said.launch["requirements"]) == (launch.root, "image", ["pandas"])
    assert said.environment == said.launch["environment"]
    expected = {"MINE": "/bakehouse/checkpoint", "BAKEHOUSE_CHECKPOINT": "/bakehouse/checkpoint", "BAKEHOUSE_SERIES": "/bakehouse/series"}
    assert expected.items() <= said.environment.items()
    assert (said.root, said.outputs) == (launch.root, ("n",))


def test_a_container_component(tmp_path: Path) -> None:
    """Its words and variables have the paths that it has in the pod."""
    table = Artifact("table", DATASET, "/store/run/table.csv", digest="blake3:1", size=3)
    launch = replace(
        spec(tmp_path),
        program=None,
        command=("cp", "{{$.inputs.artifacts['table'].path}}"),
        args=("{{$.outputs.artifacts['data'].path}}", "{{$.outputs.parameters['n'].output_file}}", "{{$.inputs.parameters['far']}}"),
        env={"RUN": "{{$.pipeline_job_name}}", "TO": "{{$.outputs.artifacts['data'].uri}}"},
        parameters={"far": f"{CHECKPOINT}/far"},
        inputs={"table": (table,)},
        job=Job(name="the run"),
    )
    said = document(launch, tmp_path)
    assert said.launch is None
    assert said.command == (
        "cp", "/bakehouse/inputs/table/0/table.csv", "/bakehouse/artifacts/data", "/bakehouse/outputs/n", "/bakehouse/checkpoint/far",
    )  # fmt: skip
    assert (said.environment["RUN"], said.environment["TO"]) == ("the run", f"{launch.root}/data")
    assert said.inputs == (Staged("inputs/table/0/table.csv", "/store/run/table.csv", "blake3:1", 3),)


def test_the_executor_input_in_a_command(tmp_path: Path) -> None:
    """KFP's `{{$}}` is the document that the step would be given, with its paths in the pod."""
    launch = replace(spec(tmp_path), program=None, command=("run", "{{$}}"))
    given = json.loads(document(launch, tmp_path).command[1])
    assert given["outputs"]["outputFile"] == "/bakehouse/executor_output.json"


def test_inputs_wherever_they_lie(tmp_path: Path) -> None:
    """What lies in an object store is brought into the attempt's folder first; what nobody ever read is not brought at all."""
    group = (
        Artifact("a", DATASET, "s3://bucket/deep/rows.csv", digest="blake3:1"),
        Artifact("b", DATASET, "gs://bucket/unread"),
        Artifact("c", DATASET, "/store/x"),
        Artifact("again", DATASET, "/store/x"),
    )
    said = document(replace(spec(tmp_path), inputs={"many": group}), tmp_path)
    assert [(one.path, one.source) for one in said.inputs] == [
        ("inputs/many/0/rows.csv", f"{tmp_path}/attempt/inputs/many/0/rows.csv"),
        ("inputs/many/2/x", "/store/x"),
    ]
    assert said.launch is not None
    assert said.launch["paths"]["/store/x"] == "/bakehouse/inputs/many/2/x"
    assert "gs://bucket/unread" not in said.launch["paths"]


@pytest.mark.parametrize("last", ["", ".", ".."])
def test_a_uri_that_ends_in_no_name(tmp_path: Path, last: str) -> None:
    """What it names lies in the folder of the input all the same."""
    artifact = Artifact("x", DATASET, f"s3://bucket/x/{last}", digest="d")
    [found] = document(replace(spec(tmp_path), inputs={"x": (artifact,)}), tmp_path).inputs
    assert found.path == ("inputs/x/0/root" if last else "inputs/x/0/x")


def test_a_root_in_an_object_store(tmp_path: Path) -> None:
    """Artifacts come to the attempt's folder: whoever collects it puts them where they belong."""
    launch = replace(spec(tmp_path), root="s3://bucket/root", output_artifacts={"data": Artifact("data", DATASET, "s3://bucket/root/data")})
    said = document(launch, tmp_path)
    assert said.root == f"{tmp_path}/attempt/artifacts"
    assert said.launch is not None
    assert said.launch["paths"] == {"s3://bucket/root": "/bakehouse/artifacts", "s3://bucket/root/data": "/bakehouse/artifacts/data"}


def test_modules_of_the_author(tmp_path: Path) -> None:
    """The archive is named; the step finds what was in it in its folder."""
    said = document(replace(spec(tmp_path), code=Code("abc", "/home/code/abc.tar")), tmp_path)
    assert (said.code, said.environment["BAKEHOUSE_CODE_FOLDER"]) == ("/home/code/abc.tar", "/bakehouse/modules")


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The engine writes it, the server reads it."""
    folder = AttemptFolder(tmp_path / "attempt")
    folder.make()
    parameters = {"a/b": ParameterType.STRING}
    launch = replace(spec(tmp_path), inputs={"x": (Artifact("x", DATASET, "/store/x", size=5),)}, output_parameters=parameters)
    said = document(launch, tmp_path)
    said.write(folder)
    assert pods.read(folder) == said
    assert said.outputs == ("a%2Fb",)


def test_what_is_remembered_of_documents_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In bytes of memory: small documents take several times what they take on the disk."""
    recent = Recent[PodDocument](10_000)
    monkeypatch.setattr(pods, "_DOCUMENTS", recent)
    for number in range(20):
        folder = AttemptFolder(tmp_path / str(number))
        folder.make()
        PodDocument(launch=None, command=(), environment={}, root="").write(folder)
        pods.read(folder)
    one = 1000 + 5 * (folder.path / pods.NAME).stat().st_size
    assert recent.weight == 10_000 // one * one


def test_an_attempt_without_one(tmp_path: Path) -> None:
    """It was never started as a pod, or was deleted."""
    with pytest.raises(NotPodAttempt, match="no pod of this home"):
        pods.read(AttemptFolder(tmp_path))
