"""What one attempt of a task needs and gives: the values that pass between orchestrator, runners, storage and records.

The folder of an attempt and the two JSON documents that a step reads and writes (`ExecutorInput`, `ExecutorOutput`) are a
contract with the step; docs/reference/step.md describes it. The field names of the two documents are KFP's (proto JSON).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NewType
from urllib.parse import quote

from bakehouse.ir.digests import digest_text
from bakehouse.ir.spec import METRICS, ArtifactType, ParameterType
from bakehouse.ir.values import Json, JsonObject

RunId = NewType("RunId", str)
#: The path of a task inside its run. In a plain DAG it is the task's name.
TaskId = NewType("TaskId", str)

#: Arguments of the Docker SDK's `containers.create` that are Bakehouse's own: a container that restarts runs a step twice, one that goes by itself
#: takes along what it left. kfp refuses the first three, too.
OF_CONTAINERS = frozenset(("image", "command", "volumes", "name", "entrypoint", "detach", "auto_remove", "remove", "restart_policy", "log_config"))

_LONGEST_NAME = 120  # file systems allow 255 bytes; room for suffixes


def folder_name(name: str) -> str:
    """A name of the IR as one safe folder name: no separator, no leading dot, at most 120 characters, distinct for distinct names."""
    quoted = quote(name, safe="-_[]").replace(".", "%2E")
    if len(quoted) <= _LONGEST_NAME:
        return quoted
    return f"{quoted[: _LONGEST_NAME - 13]}-{digest_text(name)[:12]}"


@dataclass(frozen=True, order=True)
class AttemptId:
    """One attempt of one task: `number` counts from 1. An attempt is started at most once, wherever engines come and go."""

    run_id: RunId
    task_id: TaskId
    number: int

    @property
    def path(self) -> str:
        """`RUN/TASK/ATTEMPT`, below the home's `runs/` and below a pipeline root."""
        return f"{folder_name(self.run_id)}/{folder_name(self.task_id)}/{self.number}"


@dataclass(frozen=True)
class Origin:
    """Where the source of a component stands in the author's file, so that tracebacks can name it.

    `file` is absolute; `line` is the line of the first `def` line in that file, counted from 1.
    """

    file: str
    line: int


@dataclass(frozen=True)
class Program:
    """A lightweight Python component, taken out of the command that an SDK wrote around it.

    `source` is the whole module text, `function` the function to call. `requirements` are pip requirement strings without the
    `kfp` that SDKs add for their own runtime. `index_urls[0]` is the index, the rest are extra indexes.
    """

    source: str
    function: str
    requirements: tuple[str, ...] = ()
    index_urls: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a step runs, as far as it can change the result: part of the cache key.

    `interpreter` is an absolute path (not part of the key), `python` such as `cpython-3.11.7`, `platform` such as `linux-x86_64`,
    `lock` the canonical list of installed distributions, one `name==version[ @ digest]` a line.
    """

    interpreter: str
    python: str
    platform: str
    lock: str = ""


@dataclass(frozen=True)
class Artifact:
    """An artifact version. `digest` and `size` (bytes) are empty and `None` for artifacts whose bytes we never read.

    `digest` is `blake3:<hex>` of a file, `blake3-tree:<hex>` of a folder (sorted paths, kinds, contents), `blake3-linked:<hex>` of one
    with links out of it, of which what they lead to counts by size and time alone, `""` if unread; `id` (a UUID) is given when its attempt
    is collected.
    """

    name: str
    type: ArtifactType
    uri: str
    metadata: JsonObject = field(default_factory=dict)
    digest: str = ""
    size: int | None = None
    id: str = ""

    @property
    def is_measurement(self) -> bool:
        """Whether its metadata are all there is of it: a step that measures something need not write a file."""
        return self.type.schema_title in METRICS and bool(self.metadata)


@dataclass(frozen=True)
class Outputs:
    """What a task gave: parameter values (typed as declared) and artifacts by output name.

    `unwritten` says of each declared output that an attempt did not write so, and what it may have meant: a sentence that the name begins.
    """

    parameters: Mapping[str, Json] = field(default_factory=dict)
    artifacts: Mapping[str, tuple[Artifact, ...]] = field(default_factory=dict)
    unwritten: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Importing:
    """What an importer does with the artifact that its launch names as its output.

    `reimport`: as a new artifact even if the same was imported before. `to_workspace`: as a copy in the workspace of the run.
    """

    reimport: bool = False
    to_workspace: bool = False


@dataclass(frozen=True)
class Code:
    """A folder of the author's own modules that a step finds on its path: a tar at `uri`, `digest` its BLAKE3, `name` that of the folder."""

    digest: str
    uri: str
    name: str = ""


@dataclass(frozen=True)
class Requests:
    """What a step asks of the machine it runs on, or may take at most: cores, bytes, and pieces by kind of accelerator; 0: it says nothing."""

    cpu: float = 0.0
    memory: int = 0
    accelerators: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Job:
    """What a step may ask about its run. Times are RFC 3339."""

    name: str = ""
    resource_name: str = ""
    uuid: str = ""
    task_name: str = ""
    task_uuid: str = ""
    pipeline_root: str = ""
    create_time_utc: str = ""
    schedule_time_utc: str = ""
    workspace_path: str | None = None


@dataclass(frozen=True)
class LaunchSpec:
    """All that a runner needs to start one attempt.

    `program` is set for lightweight Python components; of all others `command` and `args` are the words of the pipeline, with their
    placeholders: equal words mean the same, whatever the run and its paths, and the runner puts in what they stand for (`job` too).
    In `env` all are resolved but those that name paths inside the attempt.

    `root` is the URI of the folder below which the attempt's artifacts lie (`PIPELINE_ROOT/RUN/TASK/ATTEMPT`).
    `inputs` holds the input artifacts by name, `parameters` the resolved input parameters (absent where the optional input was
    not given), `output_parameters` the declared types, `output_artifacts` the declared artifacts with their URIs and static metadata.
    `importing` is set for importers, `workspace` (the path of a folder that all steps of the run share) for steps that use it, `code` for
    steps that the author's own modules travel to. `kubernetes` is what it asks of its pod: KFP's `KubernetesExecutorConfig` in JSON with
    the values of the run put in, what `platforms.bakehouse` says of pods, `serviceAccount`, `runName`, and the `workspace` as the pipeline sets it.
    """

    attempt: AttemptId
    pipeline_name: str
    image: str
    root: str = ""
    program: Program | None = None
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    parameters: JsonObject = field(default_factory=dict)
    inputs: Mapping[str, tuple[Artifact, ...]] = field(default_factory=dict)
    output_parameters: Mapping[str, ParameterType] = field(default_factory=dict)
    output_artifacts: Mapping[str, Artifact] = field(default_factory=dict)
    origin: Origin | None = None
    place: Place | None = None
    importing: Importing | None = None
    workspace: str = ""
    requests: Requests = field(default_factory=Requests)
    limits: Requests = field(default_factory=Requests)
    code: Code | None = None
    job: Job = field(default_factory=Job)
    kubernetes: JsonObject = field(default_factory=dict)


# ---------------------------------------------------------------- how an attempt ended


class Cause(str, Enum):
    """Why an attempt failed."""

    USER_ERROR = "user error"  # the user's function raised
    EXIT_CODE = "exit code"  # the process ended with a code that is not 0, or by a signal
    BAD_OUTPUT = "bad output"  # the step ended well, but what it wrote is not what it declares
    LOST = "lost"  # the process is gone without a word: machine restart, killed supervisor
    ENVIRONMENT = "environment"  # its packages could not be installed
    INPUT_MISSING = "input missing"  # an input artifact is gone or changed
    STORE = "store"
    OUT_OF_MEMORY = "out of memory"  # the kernel ended it, or the function was refused memory
    TIMEOUT = "timeout"  # it took longer than a limit of its
    TERMINATED = "terminated"  # on request
    ENGINE = "engine"  # a fault of Bakehouse's own


#: Faults of the infrastructure: they do not use the user's retries.
INFRASTRUCTURE = frozenset({Cause.LOST, Cause.STORE, Cause.ENGINE})


@dataclass(frozen=True)
class StepError:
    """What went wrong in a step, for the reader: no frame of ours is in `traceback`.

    `file`, `line`, `source_line` and `function` name the innermost frame of the user's own code where there is one.
    """

    message: str
    type: str = ""
    file: str = ""
    line: int | None = None
    function: str = ""
    source_line: str = ""
    traceback: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Usage:
    """What an attempt used: CPU seconds (user + system, all its children that were waited for), peak memory in bytes.

    The memory is that of its largest process, or of all its processes together where they were seen to hold more.
    """

    cpu_seconds: float | None = None
    peak_memory: int | None = None


@dataclass(frozen=True)
class Ending:
    """How an attempt ended. `cause` is `None` when it succeeded; then `outputs` is what it gave.

    `times` maps the names of moments (`launched`, `started`, `staged`, `running`, `ended`, `collected`) to seconds since the epoch.
    `inputs_unchanged` is false when an input artifact's bytes changed between its recording and the end of the step:
    such a result is never offered from the cache. `retryable` is false when the step itself said that another attempt is of no use.
    """

    cause: Cause | None = None
    exit_code: int | None = None
    error: StepError | None = None
    outputs: Outputs = field(default_factory=Outputs)
    usage: Usage = field(default_factory=Usage)
    times: Mapping[str, float] = field(default_factory=dict)
    inputs_unchanged: bool = True
    log_note: str = ""
    retryable: bool = True

    @property
    def ran(self) -> float | None:
        """For how many seconds the process of the step itself ran, without the copying of its inputs; `None` where nobody knows."""
        began, ended = self.times.get("staged", self.times.get("started")), self.times.get("ended")
        return None if began is None or ended is None else max(0.0, ended - began)
