"""What will hurt when a pipeline runs, though nothing is wrong with it. One function for each rule, one table of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bakehouse.ir import dropped, executors, shared_volumes
from bakehouse.ir.execution import Program
from bakehouse.ir.spec import Component, Constant, Container, ParameterType, PipelineFile, PipelineSpec, Resources
from bakehouse.ir.urls import without_credentials

_SECRET = re.compile(r"(^|.* )(password|passwd|passphrase|secret|token|credentials?|apikey|(api|access|private|secret) key)")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_MOUNTED = re.compile(r"(?<![\w./:-])/(gcs|minio|s3)/[\w.-]")
_PINNED = re.compile(r"===?\s*[^*\s,]+$|^(\.{0,2}/|file:|https?:)")
#: A repository, and one at a commit: a branch or a tag may be another one tomorrow.
_REPOSITORY = re.compile(r"(git|hg|bzr|svn)\+")
_AT_A_COMMIT = re.compile(r"@[0-9a-fA-F]{7,64}(#.*)?$")
_LATEST = "latest"
#: No image by its name: a digest, a value of the run, what KFP only marks a step of its own with.
_FIXED = re.compile(r"@|\{\{|^argostub/|^$")


@dataclass(frozen=True)
class Hit:
    """What a rule finds: `path` is the way to it in the spec, `executor` the label of the executor that it is about, empty where none is.

    `line` is how many lines below the `def` of a Python component it stands, as far as that is known.
    """

    message: str
    path: tuple[str, ...]
    remedy: str
    executor: str = ""
    line: int = 0


@dataclass(frozen=True)
class Rule:
    """A rule: what it is called, what it is about, and what finds it."""

    name: str
    about: str
    find: Callable[[PipelineFile], Iterator[Hit]]


def lint(file: PipelineFile) -> list[tuple[Rule, Hit]]:
    """All that the rules find, rule by rule. No text has the credentials of a URL in it."""
    return [(rule, hit) for rule in RULES for hit in rule.find(file)]


def _containers(spec: PipelineSpec) -> Iterator[tuple[str, str, Container]]:
    """Executors that run something: the label, the name for people, the container."""
    for label, executor in spec.executors.items():
        if isinstance(executor, Container):
            yield label, label.removeprefix("exec-"), executor


def _at(label: str, *more: str) -> tuple[str, ...]:
    return ("deploymentSpec", "executors", label, "container", *more)


# ---------------------------------------------------------------- the rules


def _accelerators(file: PipelineFile) -> Iterator[Hit]:
    for label, name, container in _containers(file.spec):
        asked = container.resources or Resources()
        given = asked.accelerator
        if given is None:
            continue
        kind, count = given.resource_type or given.type, given.resource_count or str(given.count or "")
        path = _at(label, "resources", "accelerator")
        if kind and not count:
            remedy = "Write .set_accelerator_limit(1) too."
            yield Hit(f"{name} names the accelerator {kind} and asks for none of them", path, remedy, label)
        missing = [what for what, there in (("CPU", _cpu(asked)), ("memory", _memory(asked))) if not there]
        if count and missing:
            message = f"{name} asks for {count} {kind or 'accelerators'} and for no {' or '.join(missing)}"
            remedy = "Write .set_cpu_request(…) and .set_memory_request(…): else it has what its node leaves over, and is the first to be evicted."
            yield Hit(message, path, remedy, label)


def _cpu(asked: Resources) -> bool:
    return any((asked.cpu_request, asked.resource_cpu_request, asked.cpu_limit, asked.resource_cpu_limit))


def _memory(asked: Resources) -> bool:
    return any((asked.memory_request, asked.resource_memory_request, asked.memory_limit, asked.resource_memory_limit))


def _unpinned(file: PipelineFile) -> Iterator[Hit]:
    for label, name, found in _programs(file.spec):
        loose = [one for one in found.requirements if not one.startswith("-") and not _is_pinned(one)]
        if loose:
            message = f"{name} installs {', '.join(map(without_credentials, loose))}, in whichever version is the newest when it runs"
            yield Hit(message, _at(label, "command"), f"Pin it: packages_to_install=['{_pinned(loose[0])}'].", label)


def _programs(spec: PipelineSpec) -> Iterator[tuple[str, str, Program]]:
    used = {component.executor_label: component for component in spec.components.values() if component.executor_label}
    for label, name, container in _containers(spec):
        found = executors.program(container, used.get(label, Component()))
        if found is not None:
            yield label, name, found


def _is_pinned(requirement: str) -> bool:
    bare = requirement.partition(";")[0].partition(" #")[0].strip()
    source = bare.partition(" @ ")[2] or bare
    return bool(_AT_A_COMMIT.search(source)) if _REPOSITORY.match(source) else source != bare or bool(_PINNED.search(bare))


def _pinned(requirement: str) -> str:
    """How it would be written."""
    name, _, source = requirement.partition(" @ ")
    if _REPOSITORY.match(source or name):
        repository = without_credentials(source or name)
        return f"{name} @ {repository}@COMMIT" if source else f"{repository}@COMMIT"
    return f"{re.split(r'[<>=!~; ]', name, maxsplit=1)[0]}==VERSION"


def _latest(file: PipelineFile) -> Iterator[Hit]:
    cached = {
        file.spec.components[task.component].executor_label
        for _, dag in executors.dags(file.spec)
        for task in dag.tasks.values()
        if task.caching is not None and task.caching.enable_cache and task.component in file.spec.components
    }
    for label, name, container in _containers(file.spec):
        image = container.image
        folder, slash, named = image.rpartition("/")
        bare, _, tag = named.partition(":")
        if label in cached and tag in {"", _LATEST} and not _FIXED.search(image):
            remedy = f"Name a version or a digest ({folder}{slash}{bare}:1.0, …@sha256:…), or switch the cache off: .set_caching_options(False)."
            message = f"{name} runs {image}, and results are reused whatever that image has become"
            yield Hit(message, _at(label, "image"), remedy, label)


def _volumes(file: PipelineFile) -> Iterator[Hit]:
    for one in shared_volumes.clashes(file):
        remedy = (
            "Let one follow the other: .after(…)." if one.second else "Let its iterations run one after the other: dsl.ParallelFor(parallelism=1)."
        )
        both = f"{one.first} and {one.second} mount" if one.second else f"the iterations of {one.first} mount"
        yield Hit(f"{both} the same volume ({one.volume}), and nothing says which comes first", one.path, remedy)


def _secrets(file: PipelineFile) -> Iterator[Hit]:
    remedy = "Let the step have it from its environment: kubernetes.use_secret_as_env on a cluster, BAKEHOUSE_PASS_ENV here."
    for name, parameter in file.spec.root.inputs.parameters.items():
        if parameter.type is ParameterType.STRING and _is_secret(name):
            message = f"the parameter {name} is recorded, and whoever may see the run can read it"
            yield Hit(message, ("root", "inputDefinitions", "parameters", name), remedy)
    for path, dag in executors.dags(file.spec):
        for task_name, task in dag.tasks.items():
            for name, source in task.inputs.parameters.items():
                if isinstance(source, Constant) and isinstance(source.value, str) and source.value and _is_secret(name):
                    where = (*path, "tasks", task_name, "inputs", "parameters", name)
                    yield Hit(f"the input {name} of {task_name} is written into the pipeline", where, remedy)


def _is_secret(name: str) -> bool:
    return bool(_SECRET.fullmatch(" ".join(_WORDS.findall(name)).lower()))


def _mounted(file: PipelineFile) -> Iterator[Hit]:
    for label, name, container in _containers(file.spec):
        found = [match[0].rstrip() for word in (*container.command, *container.args) for match in [_MOUNTED.search(word)] if match]
        if found:
            where = found[0][: found[0].index("/", 1) + 1]
            remedy = "Take the path of an input or output (`data.path`, dsl.OutputPath), or a URI that a library reads."
            yield Hit(f"{name} names a path below {where}, which only some platforms have", _at(label), remedy, label)


def _dropped(file: PipelineFile) -> Iterator[Hit]:
    for one in dropped.values(file.spec):
        yield Hit(one.message, _at(one.label, "command"), dropped.REMEDY, one.label, one.line)


#: All rules, in the order in which they are asked.
RULES: Sequence[Rule] = (
    Rule(
        "accelerator-without-request", "an accelerator alone, without CPU and memory for it; or a kind of accelerator, and no number", _accelerators
    ),
    Rule("unpinned-package", "a package whose newest release is installed, whichever that is then", _unpinned),
    Rule("latest-image-cached", "an image that may be another one tomorrow, while results are kept under its name", _latest),
    Rule("volume-without-order", "steps that mount the same volume and may run at the same time", _volumes),
    Rule("secret-as-parameter", "a secret among the parameters, which are recorded, shown and part of the key of the cache", _secrets),
    Rule("dropped-value", "a value that a function returns without an annotation: it is no output, and nobody gets it", _dropped),
    Rule("mounted-path", "`/gcs/…` and the like, which are there only where the platform mounts its store", _mounted),
)
