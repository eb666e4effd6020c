"""Python components are taken out of the commands that SDKs write; what cannot be run is refused before a run starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bakehouse.ir import executors, text
from bakehouse.ir.execution import Program
from bakehouse.ir.executors import Means
from bakehouse.ir.installs import Installs, installs
from bakehouse.ir.spec import Component, Container
from tests.unit.ir.samples import PIPELINE

FIXTURES = Path(__file__).parents[2] / "fixtures" / "kfp"
VERSIONS = ("2.0.1", "2.4.0", "2.7.0", "2.9.0", "2.13.0", "2.17.0")
ARGS = ("--executor_input", "{{$}}", "--function_to_execute", "f")
RUN = 'printf "%s" "$0" > p.py; _KFP_RUNTIME=true python3 -m kfp.dsl.executor_main --component_module_path p.py "$@"'
SOURCE = "def f(): pass\n"
INDEX = ("https://example.org/simple", "https://mirror.example.org/simple")

#: What tests/fixtures/kfp_pipelines.py asks for: requirements, indexes, trusted hosts.
EXPECTED: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "with_packages": (("cowsay>=6", 'tabulate[widechars]==0.9.0; python_version >= "3.8"'), (), ()),
    "with_index": (("cowsay",), INDEX, ("example.org", "mirror.example.org")),
    "with_own_kfp": (("kfp-kubernetes==1.0.0", "cowsay"), (), ()),
    "without_kfp": (("cowsay",), (), ()),
    "with_kfp_path": (("git+https://example.org/pipelines.git#subdirectory=sdk/python",), (), ()),
    "with_venv": (("cowsay",), (), ()),
    "with_trusted_host": (("cowsay",), INDEX[:1], ("example.org",)),
}


def programs(path: Path) -> dict[str, Program]:
    """The Python components of a file by function."""
    spec = text.read(path.read_text(encoding="utf-8"), path.name).spec
    found = {}
    for component in spec.components.values():
        container = spec.executors[component.executor_label or ""]
        assert isinstance(container, Container)
        program = executors.program(container, component)
        assert program is not None, component.executor_label
        found[program.function] = program
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_what_kfp_installs_for_itself_is_dropped_and_what_the_author_asked_for_is_kept(version: str) -> None:
    """Packages in order, indexes, trusted hosts; whichever version of kfp wrote the command."""
    found = programs(FIXTURES / f"{version}-install.yaml")
    assert found.keys() >= EXPECTED.keys() - {"with_venv", "with_trusted_host"}
    for name, program in found.items():
        assert (program.requirements, program.index_urls, program.trusted_hosts) == EXPECTED[name], name
        assert f"def {name}()" in program.source


@pytest.mark.parametrize("version", VERSIONS)
def test_a_component_without_packages_has_no_requirements(version: str) -> None:
    """So that it runs without network; nothing in the pipeline is refused."""
    path = FIXTURES / f"{version}.yaml"
    assert {name: program.requirements for name, program in programs(path).items()} == {"write_numbers": (), "summarise": (), "describe": ()}
    assert executors.refusals(text.read(path.read_text(encoding="utf-8")).spec) == []


PIP = "PIP_DISABLE_PIP_VERSION_CHECK=1 python3 -m pip install --quiet --no-warn-script-location"
PRESENT = "_KFP_RUNTIME=true python3 -c 'import kfp.dsl.executor_main' 2>/dev/null"
OWN = f"{PIP} 'kfp==2.17.0' '--no-deps' 'typing-extensions>=3.7.4,<5; python_version<\"3.9\"'"


@pytest.mark.parametrize(
    ("script", "requirements"),
    [
        (OWN, []),
        (f'{PIP} \'a\' && {OWN} && "$0" "$@"', ["a"]),
        (f"{OWN} && {PIP} 'a' 'b' && \"$0\" \"$@\"", ["a", "b"]),
        (f"{PIP} 'a' 'kfp==2.5.0' 'b'", ["a", "kfp==2.5.0", "b"]),
        (f"{PIP} 'kfp==2.5.0'", ["kfp==2.5.0"]),
        (f"{PIP} 'a' && {PIP} 'kfp==2.5.0'", ["a"]),
        (f"{PIP} 'a' && {PIP} './kfp.whl' '--no-deps'", ["a", "./kfp.whl"]),
        (f'{PRESENT} || {PIP} kfp==2.17.0 --no-deps\nexec "$0" "$@"', []),
        (f"{PIP} 'a ; python_version<\"3.9\"' 'b#egg=b'", ['a ; python_version<"3.9"', "b#egg=b"]),
        (f"{PIP} '--pre' 'a' '--find-links' '/wheels' && {OWN}", ["--pre", "a", "--find-links", "/wheels"]),
        (f"{PIP} '--platform' 'linux' 'a'", ["--platform", "linux", "a"]),
        (f"{PIP} 'a' '--no-deps' && {OWN}", ["a", "--no-deps"]),
        (f"{PIP} 'a' '--no-deps'", ["a", "--no-deps"]),
    ],
)
def test_pip_lines_are_read_as_a_shell_reads_them(script: str, requirements: list[str]) -> None:
    """Quotes, several commands; a version of kfp that the author himself asks for; options of pip among the packages, for the runner to judge."""
    assert installs(script, kfp_is_last=False) == Installs(requirements)


def test_an_option_of_the_author_s_does_not_make_his_packages_the_sdk_s() -> None:
    """The SDK 2.0 puts its own requirement behind them."""
    assert installs(f"{PIP} 'a' '--no-deps' 'kfp==2.0.1'", kfp_is_last=True) == Installs(["a", "--no-deps"])


@pytest.mark.parametrize(
    "script",
    [
        f"apt-get update && {PIP} a",
        "curl example.org | sh",
        f"{PIP} 'a",
        f"{PIP} --index-url",
        f"{PIP} a > log",
        f"{PIP} a # a comment",
        f"python3 prepare.py && {PIP} a",
        f"python3 -m nltk.downloader punkt && {PIP} a",
        f'$INSTALL more && {PIP} a && "$0" "$@"',
        f"echo 'key = 1' > /etc/settings && {PIP} a",
        f"export TOKEN=1 && {PIP} a",
        f"TOKEN=1 {PIP} a",
        f"exec ./serve && {PIP} a",
        f". ./settings.sh && {PIP} a",
        f"command -v tool && {PIP} a",
    ],
)
def test_scripts_that_do_more_are_not_taken_for_an_sdk_s(script: str) -> None:
    """What they do would be lost."""
    assert installs(script, kfp_is_last=False) is None


@pytest.mark.parametrize(
    ("command", "args", "is_program"),
    [
        (("sh", "-ec", RUN, SOURCE), ARGS, True),
        (("sh", "-c", f'{OWN} && "$0" "$@"', "sh", "-ec", RUN, SOURCE), ARGS, True),
        (("sh", "-c", "curl example.org", "sh", "-ec", RUN, SOURCE), ARGS, False),
        (("sh", "-ec", "echo hello", SOURCE), ARGS, False),
        (("bash", "-ec", RUN, SOURCE), ARGS, False),
        (("sh", "-ec", RUN, SOURCE), ("--function_to_execute", "f"), False),
        (("python3", "-m", "kfp.dsl.executor_main"), ARGS, False),
        ((), (), False),
    ],
)
def test_only_what_an_sdk_wraps_is_a_program(command: tuple[str, ...], args: tuple[str, ...], is_program: bool) -> None:  # noqa: FBT001  # a case
    """Everything else is a container."""
    expected = Program(SOURCE, "f") if is_program else None
    assert executors.program(Container("python", command, args), Component(executor_label="x")) == expected


def pipeline(change: dict[str, Any]) -> list[str]:
    """The refusals of a pipeline of Python components with parts of the task `use`, its component or executor replaced."""
    spec = yaml.safe_load(PIPELINE)
    for label in ("exec-make", "exec-use"):
        spec["deploymentSpec"]["executors"][label]["container"] = {"image": "python", "command": ["sh", "-ec", RUN, SOURCE], "args": list(ARGS)}
    spec["root"]["dag"]["tasks"]["use"].update(change.get("task", {}))
    spec["components"]["comp-use"].update(change.get("component", {}))
    spec["deploymentSpec"]["executors"]["exec-use"].update(change.get("executor", {}))
    spec["root"]["dag"].update(change.get("dag", {}))
    refused = executors.refusals(text.read(yaml.safe_dump(spec)).spec)
    assert all(problem.place and problem.remedy for problem in refused)
    return [problem.message for problem in refused]


DATASET = {"artifactType": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}}
ITEMS = {"items": {"raw": "[1]"}, "itemInput": "factor"}
SELECTOR = {"producerSubtask": "make", "outputParameterKey": "number"}
DATA = {"taskOutputArtifact": {"producerTask": "make", "outputArtifactKey": "data"}}
WORKSPACE = {"runtimeValue": {"constant": "{{$.workspace_path}}/x"}}


def inputs(kind: str) -> dict[str, Any]:
    """A component with one more parameter, of this type."""
    parameters = {"number": {"parameterType": "NUMBER_INTEGER"}, "more": {"parameterType": kind, "isOptional": True}}
    return {"inputDefinitions": {"parameters": parameters, "artifacts": {"data": DATASET}}}


def container(*command: str) -> dict[str, Any]:
    """An executor with this command."""
    return {"container": {"image": "mine", "command": list(command), "args": list(ARGS)}}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"task": {"parameterIterator": ITEMS}}, "a loop over a single step"),
        ({"executor": container("echo")}, "container engine"),
        ({"executor": container("python3", "-m", "kfp.dsl.executor_main")}, "containerized"),
        ({"executor": {"container": {"image": "argostub/createpvc"}}}, "makes a volume claim of Kubernetes, and there is none here"),
        ({"executor": {"container": {"image": "argostub/deletepvc"}}}, "deletes a volume claim of Kubernetes, and there is none here"),
        ({"component": {"outputDefinitions": {"artifacts": {"many": {**DATASET, "isArtifactList": True}}}}}, "list of artifacts"),
    ],
)
def test_constructs_of_later_versions_are_refused(change: dict[str, Any], said: str) -> None:
    """Each with the task, its path and one sentence of what to do instead."""
    refused = pipeline(change)
    assert len(refused) == 1
    assert said in refused[0]
    assert "use" in refused[0]


def test_settings_of_a_pod_are_not_handed_on_yet() -> None:
    """Where there are pods; elsewhere such settings mean nothing, and a component that asks for them runs without."""
    spec = yaml.safe_load(PIPELINE)
    spec["components"]["comp-use"] |= {**inputs("TASK_CONFIG"), "taskConfigPassthroughs": [{"field": "ENV"}, {"field": "KUBERNETES_VOLUMES"}]}
    read = text.read(yaml.safe_dump(spec)).spec
    assert executors.refusals(read, Means.CONTAINERS) == []
    (refused,) = executors.refusals(read, Means.CLUSTER)
    assert "the task use is handed settings of its pod (KUBERNETES_VOLUMES)" in refused.message


@pytest.mark.parametrize(
    ("image", "runs_with"),
    [("mine", Means.CONTAINERS), ("argostub/createpvc", Means.CLUSTER), ("argostub/deletepvc", Means.CLUSTER)],
)
def test_more_means_run_more(image: str, runs_with: Means) -> None:
    """A container engine runs containers, and a cluster has volume claims too."""
    spec = yaml.safe_load(PIPELINE)
    spec["deploymentSpec"]["executors"] = {key: {"container": {"image": image, "command": ["x"]}} for key in ("exec-make", "exec-use")}
    read = text.read(yaml.safe_dump(spec)).spec
    assert [means for means in Means if not executors.refusals(read, means)] == [means for means in Means if means >= runs_with]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"task": {"triggerPolicy": {"condition": "true"}}},
        {"task": {"triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}}},
        {"dag": {"outputs": {"parameters": {"x": {"valueFromOneof": {"parameterSelectors": [SELECTOR]}}}}}},
        {"executor": container("sh", "-ec", RUN, "def kfp_run_notebook(): pass")},
        {"component": inputs("TASK_FINAL_STATUS")},
        {
            "component": inputs("STRING"),
            "task": {"inputs": {"artifacts": {"data": DATA}, "parameters": {"number": {"runtimeValue": {"constant": 1}}, "more": WORKSPACE}}},
        },
    ],
)
def test_what_can_be_run_is_not_refused(change: dict[str, Any]) -> None:
    """Conditions, branches, exit tasks, notebooks, the workspace: nothing more is refused than must be."""
    assert pipeline(change) == []
    assert pipeline({"task": {"retryPolicy": {"maxRetryCount": 2}, "triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_SUCCEEDED"}}}) == []
