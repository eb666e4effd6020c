"""What will hurt when a pipeline runs, though nothing is wrong with it. One function for each rule, one table of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bakehouse.ir import executors, shared_volumes
from bakehouse.ir.execution import Program
from bakehouse.ir.spec import Component, Constant, Container, ParameterType, PipelineFile, PipelineSpec, Resources

_SECRET = re.compile(r"(^|.* )(password|passwd|passphrase|secret|token|credentials?|apikey|(api|access|private|secret) key)")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_MOUNTED = re.compile(r"(?<![\w./:-])/(gcs|minio|s3)/[\w.-]")
_PINNED = re.compile(r"===?\s*[^*\s,]+$|\s@\s|^(\.{0,2}/|file:|https?:)")
_COMMIT = re.compile(r"^(git|hg|bzr|svn)\+")
_LATEST = "latest"
#: No image by its name: a digest, a value of the run, what KFP only marks a step of its own with.
_FIXED = re.compile(r"@|\{\{|^argostub/|^$")


@dataclass(frozen=True)
class Lint:
    """`rule` names the rule, `path` the way to it in the spec, `executor` the label of the executor that it is about, empty where none is."""

    rule: str
    message: str
    path: tuple[str, ...]
    remedy: str
    executor: str = ""


def lint(file: PipelineFile) -> list[Lint]:
    """All that the rules find, rule by rule."""
    return [found for rule in _RULES for found in rule(file)]


def _containers(spec: PipelineSpec) -> Iterator[tuple[str, str, Container]]:
    """Executors that run something: the label, the name for people, the container."""
    for label, executor in spec.executors.items():
        if isinstance(executor, Container):
            yield label, label.removeprefix("exec-"), executor


def _at(label: str, *more: str) -> tuple[str, ...]:
    return ("deploymentSpec", "executors", label, "container", *more)


# ---------------------------------------------------------------- the rules


def _accelerators(file: PipelineFile) -> Iterator[Lint]:
    """accelerator-without-request: an accelerator alone, without CPU and memory for it; or a kind of accelerator, and no number."""
    for label, name, container in _containers(file.spec):
        asked = container.resources or Resources()
        given = asked.accelerator
        if given is None:
            continue
        kind, count = given.resource_type or given.type, given.resource_count or str(given.count or "")
        path = _at(label, "resources", "accelerator")
        if kind and not count:
            remedy = "Write .set_accelerator_limit(1) too."
            yield Lint("accelerator-without-request", f"{name} names the accelerator {kind} and asks for none of them", path, remedy, label)
        missing = [what for what, there in (("CPU", _cpu(asked)), ("memory", _memory(asked))) if not there]
        if count and missing:
            message = f"{name} asks for {count} {kind or 'accelerators'} and for no {' or '.join(missing)}"
            remedy = "Write .set_cpu_request(…) and .set_memory_request(…): else it has what its node leaves over, and is the first to be evicted."
            yield Lint("accelerator-without-request", message, path, remedy, label)


def _cpu(asked: Resources) -> bool:
    return any((asked.cpu_request, asked.resource_cpu_request, asked.cpu_limit, asked.resource_cpu_limit))


def _memory(asked: Resources) -> bool:
    return any((asked.memory_request, asked.resource_memory_request, asked.memory_limit, asked.resource_memory_limit))


def _unpinned(file: PipelineFile) -> Iterator[Lint]:
    """unpinned-package: a package whose newest release is installed, whichever that is then."""
    for label, name, found in _programs(file.spec):
        loose = [one for one in found.requirements if not one.startswith("-") and not _is_pinned(one)]
        if loose:
            message = f"{name} installs {', '.join(loose)}, in whichever version is the newest when it runs"
            yield Lint("unpinned-package", message, _at(label, "command"), f"Pin it: packages_to_install=['{_pinned(loose[0])}'].", label)


def _programs(spec: PipelineSpec) -> Iterator[tuple[str, str, Program]]:
    used = {component.executor_label: component for component in spec.components.values() if component.executor_label}
    for label, name, container in _containers(spec):
        found = executors.program(container, used.get(label, Component()))
        if found is not None:
            yield label, name, found


def _is_pinned(requirement: str) -> bool:
    bare = requirement.partition(";")[0].partition(" #")[0].strip()
    if _COMMIT.match(bare.partition(" @ ")[2] or bare):
        return "@" in (bare.partition(" @ ")[2] or bare).rpartition("/")[2]
    return bool(_PINNED.search(bare))


def _pinned(requirement: str) -> str:
    name = re.split(r"[<>=!~;@ ]", requirement, maxsplit=1)[0]
    return f"{requirement}@COMMIT" if _COMMIT.match(requirement) else f"{name}==VERSION"


def _latest(file: PipelineFile) -> Iterator[Lint]:
    """latest-image-cached: an image that may be another one tomorrow, while results are kept under its name."""
    cached = {
        file.spec.components[task.component].executor_label
        for _, dag in executors.dags(file.spec)
        for task in dag.tasks.values()
        if task.caching is not None and task.caching.enable_cache and task.component in file.spec.components
    }
    for label, name, container in _containers(file.spec):
        image = container.image
        tag = image.rpartition("/")[2].partition(":")[2]
        if label in cached and tag in {"", _LATEST} and not _FIXED.search(image):
            remedy = f"Name a version or a digest ({image.partition(':')[0]}:1.0, …@sha256:…), or switch the cache off: .set_caching_options(False)."
            message = f"{name} runs {image}, and results are reused whatever that image has become"
            yield Lint("latest-image-cached", message, _at(label, "image"), remedy, label)


def _volumes(file: PipelineFile) -> Iterator[Lint]:
    """volume-without-order: steps that mount the same volume and may run at the same time."""
    for one in shared_volumes.clashes(file):
        remedy = "Let one follow the other: .after(…)." if one.second else "Let its rounds run one after the other: dsl.ParallelFor(parallelism=1)."
        both = f"{one.first} and {one.second} mount" if one.second else f"the rounds of {one.first} mount"
        yield Lint("volume-without-order", f"{both} the same volume ({one.volume}), and nothing says which comes first", one.path, remedy)


def _secrets(file: PipelineFile) -> Iterator[Lint]:
    """secret-as-parameter: parameters are recorded, shown and part of the key of the cache."""
    remedy = "Let the step have it from its environment: kubernetes.use_secret_as_env on a cluster, BAKEHOUSE_PASS_ENV here."
    for name, parameter in file.spec.root.inputs.parameters.items():
        if parameter.type is ParameterType.STRING and _is_secret(name):
            message = f"the parameter {name} is recorded, and whoever may see the run can read it"
            yield Lint("secret-as-parameter", message, ("root", "inputDefinitions", "parameters", name), remedy)
    for path, dag in executors.dags(file.spec):
        for task_name, task in dag.tasks.items():
            for name, source in task.inputs.parameters.items():
                if isinstance(source, Constant) and isinstance(source.value, str) and source.value and _is_secret(name):
                    where = (*path, "tasks", task_name, "inputs", "parameters", name)
                    yield Lint("secret-as-parameter", f"the input {name} of {task_name} is written into the pipeline", where, remedy)


def _is_secret(name: str) -> bool:
    return bool(_SECRET.fullmatch(" ".join(_WORDS.findall(name)).lower()))


def _mounted(file: PipelineFile) -> Iterator[Lint]:
    """mounted-path: `/gcs/…` and the like are there only where the platform mounts its store."""
    for label, name, container in _containers(file.spec):
        found = [match[0].rstrip() for word in (*container.command, *container.args) for match in [_MOUNTED.search(word)] if match]
        if found:
            where = found[0][: found[0].index("/", 1) + 1]
            remedy = "Take the path of an input or output (`data.path`, dsl.OutputPath), or a URI that a library reads."
            yield Lint("mounted-path", f"{name} names a path below {where}, which only some platforms have", _at(label), remedy, label)


_RULES: Sequence[Callable[[PipelineFile], Iterator[Lint]]] = (_accelerators, _unpinned, _latest, _volumes, _secrets, _mounted)
#: What each rule is about, by its name.
RULES: Mapping[str, str] = {name: said for name, _, said in ((rule.__doc__ or "").partition(": ") for rule in _RULES)}
