"""A launch spec as a container: its name, what it runs, what it sees."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bakehouse.ir.execution import Artifact, AttemptId, LaunchSpec, Requests, RunId, TaskId
from bakehouse.ir.policies import CHECKPOINT
from bakehouse.runners import containers
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.containers import Mount
from tests.unit.runners.specs import DATASET, spec

#: What engines accept as a name.
_VALID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")


@pytest.fixture
def folder(tmp_path: Path) -> AttemptFolder:
    """Of the attempt that these tests are about."""
    return AttemptFolder(tmp_path / "runs" / "run-1" / "train" / "1")


def container(home: Path, *command: str, args: tuple[str, ...] = ()) -> LaunchSpec:
    """A container step with an integer output `n` and a dataset `data`."""
    return replace(spec(home), program=None, command=command, args=args, image="busybox")


@pytest.mark.parametrize("task", ["train", "loop[12].train", "ünï/code task", "-", "t" * 300])
def test_names_are_accepted_and_distinct(task: str) -> None:
    """Of homes, runs, tasks and attempts whatever they are called; equal ones have equal names."""
    of = [("h", "r", task, 1), ("g", "r", task, 1), ("h", "s", task, 1), ("h", "r", f"{task}x", 1), ("h", "r", task, 2)]
    names = [containers.name(home, AttemptId(RunId(run), TaskId(name), number)) for home, run, name, number in of]
    assert all(_VALID.fullmatch(name) and len(name) < 100 for name in names)
    assert len(set(names)) == len(names)
    assert names[0] == containers.name("h", AttemptId(RunId("r"), TaskId(task), 1))


def test_labels_say_which_attempt_it_is() -> None:
    """They are read again; a container that is not ours says nothing."""
    attempt = AttemptId(RunId("r"), TaskId("loop[1].t"), 3)
    labels = containers.labels("home", attempt)
    assert labels["bakehouse.home"] == "home"
    assert labels["pipeline/runid"] == "r"
    assert containers.attempt_of(labels) == attempt
    assert containers.attempt_of({"bakehouse.run": "r", "bakehouse.task": "t", "bakehouse.attempt": "x"}) is None
    assert containers.attempt_of({}) is None


def test_words_name_the_paths_of_the_attempt(tmp_path: Path, folder: AttemptFolder) -> None:
    """Parameters, outputs and the checkpoint are put in; the command replaces the entrypoint, the arguments the image's command."""
    launch = container(
        tmp_path,
        "train",
        '{"IfPresent": {"InputName": "rows", "Then": ["--rows", "{{$.inputs.parameters[\'rows\']}}"]}}',
        args=("{{$.outputs.parameters['n'].output_file}}", "{{$.outputs.artifacts['data'].path}}", "{{$.inputs.parameters['keep']}}"),
    )
    launch = replace(launch, parameters={"rows": 3, "keep": f"{CHECKPOINT}/x"})
    entrypoint, command = containers.words(launch, folder)
    assert entrypoint == ("train", "--rows", "3")
    assert command == (f"{folder.path}/outputs/n", f"{tmp_path}/artifacts/p/run-1/train/1/data", f"{folder.checkpoint}/x")


def test_a_step_without_words_leaves_them_to_the_image(tmp_path: Path, folder: AttemptFolder) -> None:
    """Also where what it says turns out to be nothing."""
    assert containers.words(container(tmp_path), folder) == (None, None)
    assert containers.words(container(tmp_path, '{"IfPresent": {"InputName": "rows", "Then": ["x"]}}'), folder) == (None, None)


def test_what_a_container_sees(tmp_path: Path, folder: AttemptFolder) -> None:
    """Its own folders to write, inputs that are there to read, each under its own path; what lies in the workspace is there already."""
    workspace = tmp_path / "workspace"
    (workspace / "made").mkdir(parents=True)
    (tmp_path / "rows.csv").write_text("1")
    paths = [str(tmp_path / "rows.csv"), (tmp_path / "rows.csv").as_uri(), str(tmp_path / "gone"), str(workspace / "made"), "s3://b/rows"]
    inputs = {f"i{index}": (Artifact("a", DATASET, uri),) for index, uri in enumerate(paths)}
    launch = replace(container(tmp_path, "x"), inputs=inputs, workspace=str(workspace))
    more = [Mount("/opt/runtime", read_only=True)]
    assert containers.mounts(launch, folder, more) == [
        Mount("/opt/runtime", read_only=True),
        Mount(f"{tmp_path}/artifacts/p/run-1/train/1"),
        Mount(f"{tmp_path}/rows.csv", read_only=True),
        Mount(str(folder.path)),
        Mount(str(folder.checkpoint)),
        Mount(str(workspace)),
    ]


def test_a_root_in_a_bucket_stands_in_the_folder_of_the_attempt(tmp_path: Path, folder: AttemptFolder) -> None:
    """Paths name what is written there and what was fetched; URIs stay those of the objects, without what says how they are reached."""
    command = ("{{$.outputs.artifacts['data'].path}}", "{{$.inputs.artifacts['given'].path}}", "{{$.outputs.output_file}}")
    root = "s3://bucket/root/run-1/train/1"
    launch = replace(
        container(tmp_path, *command),
        root=f"{root}?region=r",
        output_artifacts={"data": Artifact("data", DATASET, f"{root}/data?region=r")},
        inputs={"given": (Artifact("given", DATASET, "gs://elsewhere/rows.csv", digest="objects:1"),)},
    )
    words, _ = containers.words(launch, folder)
    written = folder.path / "artifacts"
    assert words == (f"{written}/data", f"{folder.path}/inputs/given/0/rows.csv", f"{written}/executor_output.json")
    assert str(written) in containers.written(launch, folder)


def test_many_inputs_are_mounted_by_the_folder_that_they_share(tmp_path: Path, folder: AttemptFolder) -> None:
    """A thousand mounts would take longer than most steps."""
    made = [tmp_path / "made" / str(number) for number in range(100)]
    for path in made:
        path.mkdir(parents=True)
    launch = replace(container(tmp_path, "x"), inputs={"all": tuple(Artifact("a", DATASET, str(path)) for path in made)})
    read = [mount.path for mount in containers.mounts(launch, folder) if mount.read_only]
    assert read == [str(tmp_path / "made")]


def test_gpus_are_counted(tmp_path: Path) -> None:
    """Those of NVIDIA's kind: engines know no other."""
    launch = replace(container(tmp_path), requests=Requests(accelerators=(("nvidia.com/gpu", 2), ("google.com/tpu", 4))))
    assert containers.gpus(launch) == 2


@pytest.mark.parametrize(
    ("python", "why", "said"),
    [
        (True, 'exec: "python3": executable file not found in $PATH', "needs Python 3.7 or newer"),
        (False, 'exec: "/train": stat /train: no such file or directory', "has the program"),
        (False, 'exec: "/train": argument list too long', "as an artifact"),
        (True, "cannot chown run directory: no such file or directory", ""),
    ],
)
def test_what_to_do_about_a_container_that_does_not_start(tmp_path: Path, why: str, said: str, *, python: bool) -> None:
    """By what the engine says of it."""
    launch = spec(tmp_path) if python else container(tmp_path, "/train")
    assert said in containers.remedy(launch, why)
    assert bool(said) == bool(containers.remedy(launch, why))


@pytest.mark.parametrize(("length", "is_too_long"), [(131_071, False), (131_072, True)])
def test_a_word_that_no_command_has_room_for(length: int, *, is_too_long: bool) -> None:
    """Linux takes 128 KiB with the zero at the end, of bytes."""
    error = containers.too_long(["sh", "é" * (length // 2) + "x" * (length % 2)])
    assert (error is not None) == is_too_long
    if error is not None:
        assert error.message == "the command of the step has a word of 131,072 bytes"
