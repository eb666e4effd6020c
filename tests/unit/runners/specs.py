"""Launch specs and wheels for the tests of runners."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from bakehouse.ir.execution import Artifact, AttemptId, LaunchSpec, Program, RunId, TaskId
from bakehouse.ir.spec import ArtifactType, ParameterType

DATASET = ArtifactType("system.Dataset", "0.0.1")


def spec(home: Path, task: str = "train", *, source: str = "def f():\n    pass\n", requirements: Sequence[str] = ()) -> LaunchSpec:
    """The first attempt of a task with an integer output `n` and a dataset `data`."""
    attempt = AttemptId(RunId("run-1"), TaskId(task), 1)
    root = str(home / "artifacts" / "p" / attempt.path)
    return LaunchSpec(
        attempt=attempt,
        pipeline_name="p",
        image="python:3.11",
        root=root,
        program=Program(source=source, function="f", requirements=tuple(requirements)),
        output_parameters={"n": ParameterType.NUMBER_INTEGER},
        output_artifacts={"data": Artifact("data", DATASET, f"{root}/data", metadata={"fixed": 1})},
    )


def wheel(folder: Path, name: str, version: str, content: str) -> Path:
    """A pure wheel with one module, made by hand: nothing has to be built."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": content,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name}-say = {name}:say\n",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in files.items():
            archive.writestr(each, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{each},,\n" for each in [*files, f"{info}/RECORD"]))
    return path
