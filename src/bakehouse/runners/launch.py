"""LaunchSpec to what a local attempt is started with: its launch document, the step's environment, the command line. Pure.

The document (`launch.json`) and the folder of an attempt are a contract with the runtime in `bakehouse/task`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bakehouse.ir.execution import Artifact, LaunchSpec, Origin, folder_name
from bakehouse.ir.policies import CHECKPOINT
from bakehouse.ir.spec import ArtifactType
from bakehouse.ir.values import Json, JsonObject
from bakehouse.runners import benches
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.storage import addresses
from bakehouse.storage.files import is_local, local_path

#: Variables of the engine's own environment that a step gets too. A trailing `*` stands for any ending.
PASSED: tuple[str, ...] = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TMPDIR", "LD_LIBRARY_PATH",
    "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
    "CUDA_*", "NVIDIA_*", "OMP_*", "OPENBLAS_*", "MKL_*",
)  # fmt: skip
#: Passed too where steps use the caller's own environment: they say where its packages lie.
PASSED_CURRENT: tuple[str, ...] = ("PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX")
#: Options of the interpreter: unbuffered; no packages of the user's own; and, for steps without requirements, no packages at all.
CLOSED: tuple[str, ...] = ("-u", "-s", "-S")
ISOLATED: tuple[str, ...] = ("-u", "-s")
CURRENT: tuple[str, ...] = ("-u",)
#: The variable that names further variables to pass, separated by commas or spaces.
NAMED_IN = "BAKEHOUSE_PASS_ENV"
#: The variable that names the folder with the author's own modules.
CODE_FOLDER = "BAKEHOUSE_CODE_FOLDER"
#: Variables that no step ever gets: this one may hold the password of the records.
KEPT = frozenset({"BAKEHOUSE_DATABASE"})


@dataclass(frozen=True)
class Limits:
    """`log_bytes`: what is kept of a step's output. `kill_after`: seconds between TERM and KILL."""

    log_bytes: int = 64 << 20
    kill_after: float = 10.0


@dataclass(frozen=True)
class Copy:
    """An input artifact that the runtime copies into the attempt before the step starts."""

    uri: str
    source: Path
    target: Path


@dataclass(frozen=True)
class Fetch:
    """An input artifact in an object store, and where it is brought in the attempt before the step starts."""

    artifact: Artifact
    target: Path


@dataclass(frozen=True)
class Step:
    """The surroundings of one step: interpreter and its options, the whole environment, and the folder of the author's own modules, if any."""

    interpreter: str
    options: tuple[str, ...]
    environment: Mapping[str, str]
    modules: str = ""

    @property
    def own_environment(self) -> Mapping[str, str]:
        """The environment that the step itself sees. Its supervisor must not import the author's modules, whatever they are called."""
        if not self.modules:
            return self.environment
        path = ":".join(filter(None, (self.modules, self.environment.get("PYTHONPATH", ""))))
        return {**self.environment, "PYTHONPATH": path, CODE_FOLDER: self.modules}


def document(launch: LaunchSpec, folder: Path, step: Step, *, copies: Sequence[Copy], limits: Limits) -> JsonObject:
    """The launch document of an attempt whose folder is `folder`."""
    program = launch.program
    return {
        "version": 1,
        "run_id": launch.attempt.run_id,
        "pipeline": launch.pipeline_name,
        "task": launch.attempt.task_id,
        "attempt": launch.attempt.number,
        "source": program.source if program else "",
        "function": program.function if program else "",
        "origin": _origin(launch.origin),
        "executor_input": executor_input(launch, folder),
        "root": addresses.plain(launch.root) if addresses.is_object(launch.root) else "",
        "environment": dict(step.own_environment),
        "paths": paths(launch, folder, copies),
        "stage": [{"from": str(copy.source), "to": str(copy.target)} for copy in copies],
        "log_limit": limits.log_bytes,
        "kill_after": limits.kill_after,
    }


def executor_input(launch: LaunchSpec, folder: Path) -> JsonObject:
    """KFP's ExecutorInput of the attempt, in proto JSON."""
    return {
        "inputs": {
            "parameterValues": located(dict(launch.parameters), str(AttemptFolder(folder).checkpoint)),
            "artifacts": {name: {"artifacts": [_artifact(one) for one in group]} for name, group in launch.inputs.items()},
        },
        "outputs": {
            "parameters": {name: {"outputFile": str(output_file(folder, name))} for name in launch.output_parameters},
            "artifacts": {name: {"artifacts": [_artifact(one)]} for name, one in launch.output_artifacts.items()},
            "outputFile": str(executor_output(benches.near(launch, folder))),
        },
    }


def output_file(folder: Path, name: str) -> Path:
    """Where a step writes the text of an output parameter."""
    return folder / "outputs" / folder_name(name)


def executor_output(launch: LaunchSpec) -> Path:
    """Where a step writes KFP's ExecutorOutput. Raises `NotLocal` when the attempt's artifacts are to lie elsewhere."""
    return local_path(launch.root) / "executor_output.json"


def copies(launch: LaunchSpec, folder: Path) -> tuple[Copy, ...]:
    """Copies of all input artifacts, each under the last part of its own name, since steps may look at suffixes."""
    found: dict[str, Copy] = {}
    for artifact, place in _places(launch, folder):
        if artifact.uri not in found and is_local(artifact.uri):
            source = local_path(artifact.uri)
            found[artifact.uri] = Copy(artifact.uri, source, place / (source.name or "root"))
    return tuple(found.values())


def fetches(launch: LaunchSpec, folder: Path) -> tuple[Fetch, ...]:
    """The input artifacts that lie in object stores, but for those that nobody here could look at when they were recorded."""
    found: dict[str, Fetch] = {}
    for artifact, place in _places(launch, folder):
        address = addresses.parsed(artifact.uri)
        if artifact.uri not in found and artifact.digest and address is not None:
            found[artifact.uri] = Fetch(artifact, place / (address.name or "root"))
    return tuple(found.values())


def _places(launch: LaunchSpec, folder: Path) -> Iterator[tuple[Artifact, Path]]:
    """Each input artifact, and the folder of its own that it has in the attempt."""
    for name, group in launch.inputs.items():
        for index, artifact in enumerate(group):
            yield artifact, folder / "inputs" / folder_name(name) / str(index)


def step(launch: LaunchSpec, interpreter: str, engine: Mapping[str, str], *, folder: AttemptFolder, current: bool) -> Step:
    """The surroundings of a step, in an environment of its own, or in the one that Bakehouse runs in (`current`)."""
    if current:
        options, passed = CURRENT, PASSED + PASSED_CURRENT
    else:
        packages = launch.program is not None and bool(launch.program.requirements)
        options, passed = ISOLATED if packages else CLOSED, PASSED
    return Step(interpreter, options, step_environment(launch, interpreter, engine, folder=folder, passed=passed))


def command(step: Step, runtime: Path, folder: Path, lock: int) -> list[str]:
    """The command line of the runtime: it gets the attempt's folder and the descriptor that holds the attempt's lock."""
    return [step.interpreter, *step.options, str(runtime), str(folder), str(lock)]


def step_environment(
    launch: LaunchSpec, interpreter: str, engine: Mapping[str, str], *, folder: AttemptFolder, passed: Iterable[str] = PASSED
) -> dict[str, str]:
    """The whole environment of a step: what is passed on of the engine's, the task's own, and what tells a step where it is."""
    names = [*passed, *engine.get(NAMED_IN, "").replace(",", " ").split()]
    exact = {name for name in names if not name.endswith("*")}
    prefixes = tuple(name[:-1] for name in names if name.endswith("*"))
    environment = {name: value for name, value in engine.items() if name not in KEPT and (name in exact or name.startswith(prefixes))}
    programs = str(Path(interpreter).parent)
    environment["PATH"] = f"{programs}:{environment.get('PATH') or '/usr/local/bin:/usr/bin:/bin'}"
    return {**environment, **own_variables(launch, folder)}


def own_variables(launch: LaunchSpec, folder: AttemptFolder) -> dict[str, str]:
    """The variables that the task sets, and those that tell a step where it is: all that is put on what an image sets."""
    return {
        **{name: value.replace(CHECKPOINT, str(folder.checkpoint)) for name, value in launch.env.items()},
        "PYTHONUNBUFFERED": "1",
        "_KFP_RUNTIME": "true",
        "BAKEHOUSE_RUN_ID": launch.attempt.run_id,
        "BAKEHOUSE_TASK": launch.attempt.task_id,
        "BAKEHOUSE_ATTEMPT": str(launch.attempt.number),
        "BAKEHOUSE_CHECKPOINT": str(folder.checkpoint),
        "BAKEHOUSE_SERIES": str(folder.series),
    }


def located(value: Json, checkpoint: str) -> Json:
    """A value with the path of the checkpoint folder wherever its placeholder stands.

    It is put in here and not before: the path is of this run, and must not come into the cache key.
    """
    if isinstance(value, str):
        return value.replace(CHECKPOINT, checkpoint)
    if isinstance(value, Mapping):
        return {located(key, checkpoint): located(one, checkpoint) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [located(one, checkpoint) for one in value]
    return value


def _origin(origin: Origin | None) -> JsonObject | None:
    return None if origin is None else {"file": origin.file, "line": origin.line}


def paths(launch: LaunchSpec, folder: Path, copies: Sequence[Copy] = ()) -> dict[str, str]:
    """Where artifacts lie that a step cannot find by their URI alone, and below an object store's root all that it makes itself."""
    everything = [one for group in launch.inputs.values() for one in group] + list(launch.output_artifacts.values())
    found = {one.uri: str(local_path(one.uri)) for one in everything if one.uri.startswith("file:")}
    found.update({copy.uri: str(copy.target) for copy in copies})
    found.update({addresses.plain(fetch.artifact.uri): str(fetch.target) for fetch in fetches(launch, folder)})
    bench = benches.folder(launch, folder)
    if bench is not None:
        found.update({addresses.plain(one.uri): benches.path(one.uri, launch, folder) for one in launch.output_artifacts.values()})
        found[addresses.plain(launch.root)] = str(bench)
    return found


def _artifact(artifact: Artifact) -> JsonObject:
    return {"name": artifact.name, "type": _type(artifact.type), "uri": addresses.plain(artifact.uri), "metadata": dict(artifact.metadata)}


def _type(kind: ArtifactType) -> JsonObject:
    fields = {
        "schemaTitle": kind.schema_title,
        "schemaVersion": kind.schema_version,
        "schemaUri": kind.schema_uri,
        "instanceSchema": kind.instance_schema,
    }
    return {name: value for name, value in fields.items() if value}
