"""What will hurt at run time: each rule on what it is about, and on what looks like it."""

from __future__ import annotations

from typing import Any

import pytest

from bakehouse.ir import linting
from bakehouse.ir.linting import Hit, lint
from bakehouse.ir.spec import (
    Accelerator,
    CachingOptions,
    Component,
    ComponentInputs,
    Constant,
    Container,
    Dag,
    ParameterInput,
    ParameterIterator,
    ParameterType,
    PipelineFile,
    PipelineInfo,
    PipelineSpec,
    Resources,
    Task,
    TaskInputs,
    TaskOutputParameter,
)

_GPU = "nvidia.com/gpu"
_FUNCTION = ("--executor_input", "{{$}}", "--function_to_execute", "f")


def _step(container: Container, *, cached: bool = False, inputs: TaskInputs | None = None) -> PipelineFile:
    task = Task("comp-a", inputs=inputs or TaskInputs(), caching=CachingOptions(enable_cache=cached))
    return PipelineFile(
        PipelineSpec(
            PipelineInfo("p"),
            Component(dag=Dag({"a": task})),
            {"comp-a": Component(executor_label="exec-a")},
            {"exec-a": container},
        )
    )


def _python(*requirements: str) -> Container:
    install = " ".join(f"'{one}'" for one in requirements)
    script = f'python3 -m pip install --quiet --no-warn-script-location {install} && "$0" "$@"'
    run = "_KFP_RUNTIME=true python3 -m kfp.dsl.executor_main"
    return Container("python:3.11", ("sh", "-c", script, "sh", "-ec", f"{run} $0", "def f(): pass"), _FUNCTION)


def _said(file: PipelineFile, rule: str) -> list[str]:
    return [one.message for one in _hits(file, rule)]


def _hits(file: PipelineFile, rule: str) -> list[Hit]:
    found = lint(file)
    assert {one.name for one, _ in found} <= {rule}
    return [hit for _, hit in found]


def _resources(**asked: Any) -> Container:
    return Container("python:3.11", resources=Resources(**asked))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"accelerator": Accelerator(resource_type=_GPU, resource_count="1")}, [f"a asks for 1 {_GPU} and for no CPU or memory"]),
        ({"accelerator": Accelerator(type=_GPU, count=2), "cpu_request": 1.0}, [f"a asks for 2 {_GPU} and for no memory"]),
        ({"accelerator": Accelerator(resource_type=_GPU)}, [f"a names the accelerator {_GPU} and asks for none of them"]),
        ({"accelerator": Accelerator(resource_type=_GPU, resource_count="1"), "resource_cpu_limit": "1", "memory_request": 1.0}, []),
        ({"cpu_request": 1.0}, []),
    ],
)
def test_accelerators(asked: dict[str, Any], said: list[str]) -> None:
    """A limit is a request too, as on Kubernetes."""
    assert _said(_step(_resources(**asked)), "accelerator-without-request") == said


@pytest.mark.parametrize(
    ("requirement", "loose"),
    [
        ("pandas", True),
        ("pandas>=2", True),
        ("pandas==2.*", True),
        ("pandas~=2.1", True),
        ("pandas==2.1.4", False),
        ("pandas[sql]==2.1.4", False),
        ("pandas===2.1.4", False),
        ("pandas==2.1.4; python_version > '3'", False),
        ("mine @ https://example.org/mine-1.0-py3-none-any.whl", False),
        ("./mine-1.0-py3-none-any.whl", False),
        ("/wheels/mine-1.0-py3-none-any.whl", False),
        ("git+https://example.org/mine", True),
        ("mine @ git+https://example.org/mine", True),
        ("git+ssh://git@example.org/mine", True),
        ("git+https://example.org/mine@main", True),
        ("git+https://example.org/mine@0a1b2c3", False),
        ("mine @ git+https://example.org/mine@0a1b2c3#subdirectory=a", False),
    ],
)
def test_packages(requirement: str, loose: bool) -> None:  # noqa: FBT001  # a case
    """What may be another package tomorrow."""
    said = _said(_step(_python(requirement.replace("'", '"'))), "unpinned-package")
    assert bool(said) is loose
    assert all("in whichever version is the newest" in one for one in said)


@pytest.mark.parametrize(
    ("requirement", "remedy"),
    [
        ("pandas[sql]>=2", "pandas[sql]==VERSION"),
        ("git+https://me:hush@example.org/mine", "git+https://example.org/mine@COMMIT"),
        ("mine @ git+https://me:hush@example.org/mine", "mine @ git+https://example.org/mine@COMMIT"),
    ],
)
def test_a_package_is_pinned_where_it_comes_from(requirement: str, remedy: str) -> None:
    """Not to another one of that name elsewhere; and no credentials are told."""
    (hit,) = _hits(_step(_python(requirement)), "unpinned-package")
    assert hit.remedy == f"Pin it: packages_to_install=['{remedy}']."
    assert "hush" not in hit.message


def test_an_image_keeps_its_registry() -> None:
    """In the remedy too, with its port."""
    (hit,) = _hits(_step(Container("registry:5000/team/trainer"), cached=True), "latest-image-cached")
    assert "(registry:5000/team/trainer:1.0, …@sha256:…)" in hit.remedy


@pytest.mark.parametrize(
    ("image", "cached", "told"),
    [
        ("trainer", True, True),
        ("registry:5000/trainer", True, True),
        ("trainer:latest", True, True),
        ("trainer:latest", False, False),
        ("trainer:1.2", True, False),
        ("registry:5000/trainer:1.2", True, False),
        ("trainer@sha256:00", True, False),
        ("{{$.inputs.parameters['image']}}", True, False),
        ("argostub/createpvc", True, False),
    ],
)
def test_images(image: str, cached: bool, told: bool) -> None:  # noqa: FBT001  # a case
    """Only where results are kept under the name."""
    assert bool(_said(_step(Container(image), cached=cached), "latest-image-cached")) is told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("password", True),
        ("db_password", True),
        ("dbPassword", True),
        ("API_KEY", True),
        ("apikey", True),
        ("hf_token", True),
        ("aws_secret_access_key", True),
        ("max_tokens", False),
        ("token_count", False),
        ("secret_name", False),
        ("key", False),
        ("tokenizer", False),
    ],
)
def test_secrets(name: str, told: bool) -> None:  # noqa: FBT001  # a case
    """By their names: as parameters of the pipeline, and written into it."""
    inputs = ComponentInputs({name: ParameterInput(ParameterType.STRING)})
    asked = PipelineFile(PipelineSpec(PipelineInfo("p"), Component(inputs, dag=Dag())))
    assert bool(_said(asked, "secret-as-parameter")) is told
    written = _step(Container("i:1"), inputs=TaskInputs({name: Constant("hush")}))
    assert bool(_said(written, "secret-as-parameter")) is told
    number = PipelineFile(PipelineSpec(PipelineInfo("p"), Component(ComponentInputs({name: ParameterInput(ParameterType.NUMBER_INTEGER)}))))
    assert lint(number) == []


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("open('/gcs/bucket/file')", True),
        ("cat /minio/bucket/file", True),
        ("/s3/bucket", True),
        ("https://example.org/s3/bucket", False),
        ("data/gcs/file", False),
        ("/gcs", False),
        ("/home/gcs/file", False),
    ],
)
def test_mounted_paths(word: str, told: bool) -> None:  # noqa: FBT001  # a case
    """In code, commands and arguments."""
    for container in (Container("i:1", command=("sh", "-c", word)), Container("i:1", args=(word,))):
        assert bool(_said(_step(container), "mounted-path")) is told


# ---------------------------------------------------------------- volumes


def _mounting(tasks: dict[str, Task], mounts: dict[str, Any], **components: Component) -> PipelineFile:
    steps = {f"comp-{name}": Component(executor_label=f"exec-{name}") for name in mounts}
    spec = PipelineSpec(PipelineInfo("p"), Component(dag=Dag(tasks)), {**steps, **components}, {f"exec-{name}": Container("i:1") for name in mounts})
    executors = {f"exec-{name}": {"pvcMount": [{"mountPath": "/data", **mount}]} for name, mount in mounts.items()}
    return PipelineFile(spec, {"kubernetes": {"deploymentSpec": {"executors": executors}}})


_MADE = {"taskOutputParameter": {"producerTask": "make", "outputParameterKey": "name"}}
_NAMED = {"pvcNameParameter": {"runtimeValue": {"constant": "disk"}}}


@pytest.mark.parametrize("mount", [_MADE, {"pvcNameParameter": _MADE}, _NAMED, {"constant": "disk"}, {"componentInputParameter": "disk"}])
def test_two_steps_on_one_volume(mount: Any) -> None:  # JSON of the platform
    """However the claim is named; not if one follows the other, if only over a third one."""
    loose = {"a": Task("comp-a"), "b": Task("comp-b"), "c": Task("comp-c")}
    volume = "the claim that make makes" if "make" in str(mount) else "the input disk" if "componentInput" in str(mount) else "disk"
    both = {"a": mount, "b": mount}
    assert _said(_mounting(loose, both), "volume-without-order") == [f"a and b mount the same volume ({volume}), and nothing says which comes first"]
    chain = {**loose, "c": Task("comp-c", dependent_tasks=("a",)), "b": Task("comp-b", dependent_tasks=("c",))}
    assert lint(_mounting(chain, both)) == []
    fed = {**loose, "b": Task("comp-b", inputs=TaskInputs({"n": TaskOutputParameter("a", "Output")}))}
    assert lint(_mounting(fed, both)) == []


def test_steps_on_different_volumes_are_no_matter() -> None:
    """Nor are one step that mounts one alone, and settings that make no sense."""
    tasks = {"a": Task("comp-a"), "b": Task("comp-b")}
    assert lint(_mounting(tasks, {"a": _NAMED, "b": {"constant": "other"}})) == []
    assert lint(_mounting(tasks, {"a": _NAMED})) == []
    assert lint(_mounting(tasks, {"a": {"pvcNameParameter": 3}, "b": {"taskOutputParameter": ["make"]}})) == []


def test_a_volume_within_a_group_counts_for_the_group() -> None:
    """Two groups that mount one disk clash where they stand beside each other."""
    tasks = {"first": Task("comp-first"), "second": Task("comp-second")}
    groups = {"comp-first": Component(dag=Dag({"a": Task("comp-a")})), "comp-second": Component(dag=Dag({"b": Task("comp-b")}))}
    (found,) = _hits(_mounting(tasks, {"a": _NAMED, "b": _NAMED}, **groups), "volume-without-order")
    assert "first and second mount the same volume (disk)" in found.message


@pytest.mark.parametrize(("limit", "told"), [(None, True), (2, True), (1, False)])
def test_the_rounds_of_a_loop_share_what_they_mount(limit: int | None, told: bool) -> None:  # noqa: FBT001  # a case
    """Unless they run one after the other."""
    loop = Task("comp-loop", iterator=ParameterIterator("item", raw="[1, 2]"), parallelism_limit=limit)
    file = _mounting({"loop": loop}, {"a": _NAMED}, **{"comp-loop": Component(dag=Dag({"a": Task("comp-a")}))})
    found = _hits(file, "volume-without-order")
    assert bool(found) is told
    assert all("the iterations of loop mount the same volume" in one.message for one in found)


def test_a_long_chain_is_no_deep_recursion() -> None:
    """10,000 steps, the first and the last on one disk."""
    count = 10_000
    tasks = {str(number): Task("comp-none", dependent_tasks=(str(number - 1),) if number else ()) for number in range(count)}
    tasks["0"], tasks[str(count - 1)] = Task("comp-a"), Task("comp-b", dependent_tasks=(str(count - 2),))
    assert lint(_mounting(tasks, {"a": _NAMED, "b": _NAMED})) == []


def test_many_steps_on_one_volume_are_one_finding() -> None:
    """A chain of two hundred, of which two are loose."""
    names = [f"s{number}" for number in range(200)]
    tasks = {name: Task(f"comp-{name}", dependent_tasks=(names[index - 1],) if index > 1 else ()) for index, name in enumerate(names)}
    assert len(lint(_mounting(tasks, dict.fromkeys(names, _NAMED)))) == 1


def test_rules_have_names_of_their_own() -> None:
    """By which they can be left out."""
    names = [rule.name for rule in linting.RULES]
    assert len(set(names)) == len(names)
    assert all(rule.about for rule in linting.RULES)
