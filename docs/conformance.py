"""Writes docs/reference/conformance.md out of tests/conformance: what is expected of each file of KFP's, and what it covers.

What a file covers is read from the file itself and recorded, so that the page can be made without the files:
`python docs/conformance.py ../shared/conformance/pipelines` records it anew, a test compares.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bakehouse.ir import text
from bakehouse.ir.spec import (
    ArtifactIterator,
    Constant,
    Dag,
    DagOutputs,
    OutputSelector,
    ParameterType,
    PipelineFile,
    TaskFinalStatus,
    TaskOutputArtifact,
    TaskOutputParameter,
)
from bakehouse.ir.values import Json
from bakehouse.orchestrator.plan import DagPlan, Node, Plan, TaskKind, plan

_TESTS = Path(__file__).resolve().parents[1] / "tests" / "conformance"
EXPECTED, COVERS = _TESTS / "expected.yaml", _TESTS / "covers.yaml"

Said = Mapping[str, Any]  # what `expected.yaml` says of a file

_RUNNERS = ("local", "container", "kubernetes")
_HEAD = """# Conformance

<!-- Written by docs/generate.py; `make docs` writes it anew. -->

{all} pipelines that released versions of KFP's SDK compiled, taken from KFP's own tests. They are run as they are. What is expected of each was
worked out from its source and stands in `tests/conformance/expected.yaml`: its state, what it gives, and what chosen tasks take, give and print.

| | `local` | `container` | `kubernetes` |
|---|---|---|---|
| run, and end as their sources intend | {runs} |
| not run, for what they need | {not_run} |

`tests/conformance/test_running.py` runs them as processes of this machine. `tests/containers/test_conformance.py` and
`tests/kubernetes/test_conformance.py` run each twice with the first parameters that are expected of it, the second time with the cache, and compare
with two such runs as processes: the same states and values, artifacts of the same content, the same steps reused. A file that processes cannot run
is held to what is expected, and to how many steps are reused unless they share a volume of the cluster's. {indexed} of the files install packages,
and run only where there is an index of them (`BAKEHOUSE_TEST_INDEX`). One of each kind is run by `make`, all of them with
`BAKEHOUSE_TEST_MATRIX=all`. The images are those of the tests, under the names that the files use; pods reach no network.

★: the file is legal, and KFP's own local runner fails. "—": that runner was not tried on it, mostly since it needs containers.
{stars} of the files that run here have a star.

| file | what it covers | `local` | `container` | `kubernetes` | KFP's local runner |
|---|---|---|---|---|---|
"""


def page() -> str:
    """The page, made of what is expected and of what the files were found to cover."""
    expected: Mapping[str, Said] = yaml.safe_load(EXPECTED.read_text(encoding="utf-8"))
    covers: Mapping[str, Sequence[str]] = yaml.safe_load(COVERS.read_text(encoding="utf-8"))
    run = [sum(not _why_not(said, runner) for said in expected.values()) for runner in _RUNNERS]
    head = _HEAD.format(
        all=len(expected),
        indexed=sum("needs" in said for said in expected.values()),
        stars=sum("runs" in said and bool(said.get("star")) for said in expected.values()),
        runs=" | ".join(map(str, run)),
        not_run=" | ".join(str(len(expected) - one) for one in run),
    )
    return head + "".join(_row(path, said, covers[path]) for path, said in sorted(expected.items()))


def _row(path: str, said: Said, covers: Sequence[str]) -> str:
    theirs = "—" if said["kfp_local"] == "-" else f"{said['kfp_local']}{' ★' if said.get('star') else ''}"
    cells = [f"`{path}`", ", ".join(covers), *(_result(said, runner) for runner in _RUNNERS), theirs]
    return f"| {' | '.join(cells)} |\n"


def _why_not(said: Said, runner: str) -> str:
    """What a file needs that the tests do not have on this runner; empty if they run it."""
    if "needs" in said and runner != "local":
        return f"packages from an index ({_packages(said)})"
    return str(said.get("not_on", {}).get(runner) or said.get("not_run", ""))


def _packages(said: Said) -> str:
    return ", ".join(f"`{name}`" for name in said["needs"])


def _result(said: Said, runner: str) -> str:
    if why := _why_not(said, runner):
        return f"needs {why}"
    runs = said["elsewhere"] if runner != "local" and "elsewhere" in said else said["runs"]
    states = " and ".join(f"`{state}`" for state in dict.fromkeys(one.get("state", "SUCCEEDED") for one in runs))
    first = next(one for one in _RUNNERS if not _why_not(said, one))
    note = f", {said['note']}" if "note" in said and runner == first else ""
    return f"{states}{f' with packages from an index ({_packages(said)})' if 'needs' in said else ''}{note}"


# ---------------------------------------------------------------- what a file covers


@dataclass(frozen=True)
class _Found:
    """A task, where it was found: in which DAG, and in how many loops."""

    node: Node
    dag: DagPlan
    loops: int

    @property
    def constants(self) -> str:
        """Its constant inputs as one text."""
        return " ".join(_words(one.value) for one in self.node.task.inputs.parameters.values() if isinstance(one, Constant))

    @property
    def code(self) -> str:
        """What its container is told to do."""
        container = self.node.container
        return " ".join((*container.command, *container.args)) if container else ""

    def is_group(self, name: str) -> bool:
        """Whether it is a group that the SDK names like this."""
        return self.node.kind is TaskKind.DAG and self.node.task.component.startswith(f"comp-{name}-")


def _words(value: Json) -> str:
    return value if isinstance(value, str) else repr(value)


def _outputs(found: _Found) -> DagOutputs:
    dag = found.node.component.dag
    return dag.outputs if dag else DagOutputs()


def _gathers(found: _Found) -> bool:
    """Whether it takes what a loop beside it gives, or gives what a loop inside it gives."""
    sources = [*found.node.task.inputs.parameters.values(), *found.node.task.inputs.artifacts.values()]
    producers = [one.producer_task for one in sources if isinstance(one, TaskOutputParameter | TaskOutputArtifact)]
    return any(found.dag.nodes[name].kind is TaskKind.LOOP for name in producers) or _gives_lists(found.node.component.dag)


def _gives_lists(dag: Dag | None) -> bool:
    return dag is not None and any(dag.tasks[one.producer_subtask].iterator is not None for group in _selectors(dag.outputs) for one in group)


def _selectors(outputs: DagOutputs) -> list[tuple[OutputSelector, ...]]:
    return [*outputs.parameters.values(), *outputs.artifacts.values()]


def _has_placeholder(found: _Found) -> bool:
    resources = found.node.container.resources if found.node.container else None
    return resources is not None and "{{" in repr(resources)


def _picks(outputs: DagOutputs) -> bool:
    return bool(outputs.oneof) or any(len(group) > 1 for group in _selectors(outputs))


def _has_optional(found: _Found) -> bool:
    """Whether it need not be given an input that has no default; a final status is nobody's to give."""
    parameters = found.node.component.inputs.parameters.values()
    return any(one.is_optional and one.default is None and one.type is not ParameterType.TASK_FINAL_STATUS for one in parameters)


#: Groups that are no pipelines of their own, as the SDK names them.
_GROUPS = ("condition", "condition-branches", "exit-handler")
#: What a task shows that its pipeline covers, in the order in which a reader is told.
_OF_TASKS: Mapping[str, Callable[[_Found], bool]] = {
    "nested pipeline": lambda it: it.node.kind is TaskKind.DAG and not any(it.is_group(name) for name in _GROUPS),
    "condition": lambda it: bool(it.node.task.trigger and it.node.task.trigger.condition),
    "OneOf": lambda it: _picks(_outputs(it)),
    "loop": lambda it: it.node.kind is TaskKind.LOOP,
    "loop in a loop": lambda it: it.node.kind is TaskKind.LOOP and it.loops > 0,
    "loop over artifacts": lambda it: isinstance(it.node.task.iterator, ArtifactIterator),
    "parallelism limit": lambda it: bool(it.node.task.parallelism_limit),
    "Collected": _gathers,
    "field of a value": lambda it: any(one.selector for one in it.node.task.inputs.parameters.values()),
    "exit task": lambda it: it.node.is_exit,
    "final status": lambda it: any(isinstance(one, TaskFinalStatus) for one in it.node.task.inputs.parameters.values()),
    "ignored upstream failure": lambda it: it.node.always and not it.node.is_exit,
    "retries": lambda it: it.node.retry.max_retry_count > 0,
    "importer": lambda it: it.node.kind is TaskKind.IMPORTER,
    "notebook": lambda it: "__KFP_NOTEBOOK_REL_PATH" in it.code,
    "workspace": lambda it: "{{$.workspace_path}}" in it.constants,
    "placeholders of the run": lambda it: "{{$.pipeline_" in it.constants,
    "values in texts": lambda it: "{{$.inputs.parameters['pipelinechannel--" in it.constants and not _has_placeholder(it),
    "optional inputs": _has_optional,
    "artifacts": lambda it: it.node.kind is TaskKind.STEP and bool(it.node.component.outputs.artifacts),
    "metrics": lambda it: any(one.type.schema_title.endswith("Metrics") for one in it.node.component.outputs.artifacts.values()),
    "environment variables": lambda it: bool(it.node.container and it.node.container.env),
    "computed resources": _has_placeholder,
    "packages": lambda it: bool(it.node.program and it.node.program.requirements),
    "container": lambda it: it.node.container is not None and it.node.program is None,
    "Concat": lambda it: '{"Concat"' in it.code,
    "IfPresent": lambda it: '{"IfPresent"' in it.code,
}
#: The same of what stands outside of tasks.
_OF_FILES: Mapping[str, Callable[[PipelineFile], bool]] = {
    "inputs": lambda file: bool(file.spec.root.inputs.parameters),
    "an artifact as input": lambda file: bool(file.spec.root.inputs.artifacts),
    "outputs": lambda file: bool(file.spec.root.outputs.parameters or file.spec.root.outputs.artifacts),
    "pipeline root": lambda file: bool(file.spec.default_pipeline_root),
    "Kubernetes settings": lambda file: bool(file.platforms.get("kubernetes")),
}


def covers(file: PipelineFile) -> list[str]:
    """What a pipeline covers, in words."""
    whole = plan(file.spec)
    found = list(_tasks(whole, whole.root, 0))
    of_tasks = [word for word, is_shown in _OF_TASKS.items() if any(is_shown(one) for one in found)]
    return [*(of_tasks or ["steps alone"]), *(word for word, is_shown in _OF_FILES.items() if is_shown(file))]


def _tasks(whole: Plan, dag: DagPlan, loops: int) -> Iterator[_Found]:
    """All tasks, those of a group after it."""
    for node in dag.nodes.values():
        yield _Found(node, dag, loops)
        if node.kind in {TaskKind.DAG, TaskKind.LOOP}:
            yield from _tasks(whole, whole.inside(node), loops + (node.kind is TaskKind.LOOP))


def recorded(folder: Path) -> str:
    """What all files of a folder cover, as `covers.yaml` holds it."""
    found = {str(path.relative_to(folder)): covers(text.read(path.read_text(encoding="utf-8"))) for path in sorted(folder.rglob("*.yaml"))}
    note = "# What the files of ../shared/conformance/pipelines cover. `python docs/conformance.py ../shared/conformance/pipelines` writes it anew.\n"
    return note + "".join(f"{path}: [{', '.join(words)}]\n" for path, words in sorted(found.items()))


if __name__ == "__main__":
    COVERS.write_text(recorded(Path(sys.argv[1])), encoding="utf-8")
