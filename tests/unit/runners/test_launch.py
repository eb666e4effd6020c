"""What an attempt is started with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import Artifact, Origin
from bakehouse.ir.spec import ArtifactType
from bakehouse.runners import launch as launching
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.launch import Limits, Step
from tests.unit.runners.specs import DATASET, spec

HOME = Path("/home/u/.bakehouse")
FOLDER = HOME / "runs" / "run-1" / "train" / "1"
STEP = Step("/env/bin/python", launching.CLOSED, {"PATH": "/env/bin"})


def test_the_executor_input_is_kfps() -> None:
    """Inputs, outputs and their files are named as KFP's proto JSON names them; URIs of outputs lie below the attempt's root."""
    given = replace(
        spec(HOME),
        parameters={"epochs": 3, "names": ["a"]},
        inputs={"raw": (Artifact("raw", DATASET, "/data/raw", metadata={"rows": 7}),)},
    )
    root = given.root
    kind = {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}
    assert launching.executor_input(given, FOLDER) == {
        "inputs": {
            "parameterValues": {"epochs": 3, "names": ["a"]},
            "artifacts": {"raw": {"artifacts": [{"name": "raw", "type": kind, "uri": "/data/raw", "metadata": {"rows": 7}}]}},
        },
        "outputs": {
            "parameters": {"n": {"outputFile": f"{FOLDER}/outputs/n"}},
            "artifacts": {"data": {"artifacts": [{"name": "data", "type": kind, "uri": f"{root}/data", "metadata": {"fixed": 1}}]}},
            "outputFile": f"{root}/executor_output.json",
        },
    }


def test_other_ways_to_name_a_type_are_kept() -> None:
    """An artifact type may be given by URI or by instance schema."""
    kinds = (ArtifactType(schema_uri="u"), ArtifactType(instance_schema="i"))
    given = replace(spec(HOME), inputs={"x": tuple(Artifact("x", kind, f"/{n}") for n, kind in enumerate(kinds))})
    found = launching.executor_input(given, FOLDER)["inputs"]["artifacts"]["x"]["artifacts"]
    assert [each["type"] for each in found] == [{"schemaUri": "u"}, {"instanceSchema": "i"}]


def test_the_document_holds_what_the_runtime_reads() -> None:
    """Every field of the contract is there, and all of it is JSON."""
    given = replace(spec(HOME), origin=Origin("/home/u/p.py", 12))
    document = launching.document(given, FOLDER, STEP, copies=(), limits=Limits(log_bytes=5, kill_after=1.5))
    assert document == json.loads(json.dumps(document))
    assert {key: document[key] for key in document if key not in {"executor_input", "source"}} == {
        "version": 1,
        "run_id": "run-1",
        "pipeline": "p",
        "task": "train",
        "attempt": 1,
        "function": "f",
        "origin": {"file": "/home/u/p.py", "line": 12},
        "environment": {"PATH": "/env/bin"},
        "root": "",
        "paths": {},
        "stage": [],
        "log_limit": 5,
        "kill_after": 1.5,
    }


def test_copies_keep_the_last_part_of_the_name() -> None:
    """Steps look at suffixes; one URI is copied once; what lies elsewhere is not copied."""
    inputs = {
        "a": (Artifact("a", DATASET, "/x/table.csv"), Artifact("b", DATASET, "gs://b/c")),
        "b": (Artifact("a", DATASET, "/x/table.csv"), Artifact("c", DATASET, "file:///y/model%20one")),
    }
    given = replace(spec(HOME), inputs=inputs)
    copies = launching.copies(given, FOLDER)
    assert [(str(copy.source), str(copy.target)) for copy in copies] == [
        ("/x/table.csv", f"{FOLDER}/inputs/a/0/table.csv"),
        ("/y/model one", f"{FOLDER}/inputs/b/1/model one"),
    ]
    document = launching.document(given, FOLDER, STEP, copies=copies, limits=Limits())
    assert document["paths"] == {copy.uri: str(copy.target) for copy in copies}
    assert document["stage"] == [{"from": str(copy.source), "to": str(copy.target)} for copy in copies]
    assert launching.document(given, FOLDER, STEP, copies=(), limits=Limits())["paths"] == {"file:///y/model%20one": "/y/model one"}


def test_the_environment_is_an_allowlist() -> None:
    """A step sees what programs need to work, what the task sets, and what says where it is; no secret of the caller's."""
    engine = {
        "PATH": "/usr/bin",
        "HOME": "/home/u",
        "LC_ALL": "C.UTF-8",
        "CUDA_VISIBLE_DEVICES": "0",
        "https_proxy": "http://proxy:1",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "PYTHONPATH": "/mine",
        "WANTED": "1",
        "PREFIXED_A": "2",
        "BAKEHOUSE_PASS_ENV": "WANTED, PREFIXED_*, BAKEHOUSE_DATABASE, BAKEHOUSE_DATA*",
        "BAKEHOUSE_DATABASE": "postgresql://ann:secret@db/bake",
    }
    given = replace(spec(HOME), env={"MODE": "fast", "HOME": "/elsewhere"})
    assert launching.step_environment(given, "/env/bin/python", engine, folder=AttemptFolder(FOLDER)) == {
        "PATH": "/env/bin:/usr/bin",
        "HOME": "/elsewhere",
        "LC_ALL": "C.UTF-8",
        "CUDA_VISIBLE_DEVICES": "0",
        "https_proxy": "http://proxy:1",
        "WANTED": "1",
        "PREFIXED_A": "2",
        "MODE": "fast",
        "PYTHONUNBUFFERED": "1",
        "_KFP_RUNTIME": "true",
        "BAKEHOUSE_RUN_ID": "run-1",
        "BAKEHOUSE_TASK": "train",
        "BAKEHOUSE_ATTEMPT": "1",
        "BAKEHOUSE_CHECKPOINT": str(FOLDER.parent / "checkpoint"),
        "BAKEHOUSE_SERIES": str(FOLDER / "series"),
    }


def test_a_task_cannot_lie_about_where_it_is() -> None:
    """The names that say which attempt runs are ours, and so is that its output is seen at once."""
    given = replace(spec(HOME), env={"BAKEHOUSE_RUN_ID": "another", "PYTHONUNBUFFERED": ""})
    environment = launching.step_environment(given, "/p", {}, folder=AttemptFolder(FOLDER))
    assert (environment["BAKEHOUSE_RUN_ID"], environment["PYTHONUNBUFFERED"]) == ("run-1", "1")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (launching.CLOSED, ["/env/bin/python", "-u", "-s", "-S", "/task", str(FOLDER), "7"]),
        (launching.ISOLATED, ["/env/bin/python", "-u", "-s", "/task", str(FOLDER), "7"]),
        (launching.CURRENT, ["/env/bin/python", "-u", "/task", str(FOLDER), "7"]),
    ],
)
def test_the_command_line(options: tuple[str, ...], expected: list[str]) -> None:
    """Unbuffered, with as many packages in sight as the step may see."""
    assert launching.command(replace(STEP, options=options), Path("/task"), FOLDER, 7) == expected


def test_the_checkpoint_folder_is_put_in_at_the_last_moment() -> None:
    """Wherever its placeholder stands, in parameters and in variables; the launch itself, which the cache key is made of, keeps the placeholder."""
    said = "{{$.checkpoint_path}}/last"
    given = replace(spec(HOME), parameters={"where": said, "more": [{said: said}], "n": 1}, env={"CKPT": said})
    last = str(FOLDER.parent / "checkpoint" / "last")
    assert launching.executor_input(given, FOLDER)["inputs"]["parameterValues"] == {"where": last, "more": [{last: last}], "n": 1}
    assert launching.step_environment(given, "/p", {}, folder=AttemptFolder(FOLDER))["CKPT"] == last
