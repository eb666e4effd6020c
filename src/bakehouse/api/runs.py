"""Runs, their steps, attempts, events and logs, as our own API shows them."""

from __future__ import annotations

from enum import Enum

from bakehouse.api.attempts import Attempt, Failure, Suggestion
from bakehouse.api.base import Message, Moment, Text
from bakehouse.api.git import GitState
from bakehouse.ir.values import Json


class RunState(str, Enum):
    """The state of a run."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    CANCELING = "CANCELING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


class TaskState(str, Enum):
    """The state of a step."""

    WAITING = "WAITING"
    PREPARING = "PREPARING"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    BACKING_OFF = "BACKING_OFF"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELED = "CANCELED"


class StorageState(str, Enum):
    """Whether a run or an experiment is in the archive."""

    AVAILABLE = "AVAILABLE"
    ARCHIVED = "ARCHIVED"


class PipelineRef(Message):
    """The pipeline of a run. The ids are empty for a run that was started from a file, not from an uploaded version."""

    name: str
    pipeline_id: str = ""
    version_id: str = ""
    version_name: str = ""


class ExperimentRef(Message):
    """The experiment of a run."""

    experiment_id: str
    name: str


class RunSummary(Message):
    """A run as a list shows it."""

    run_id: str
    name: str
    description: str = ""
    state: RunState
    storage_state: StorageState = StorageState.AVAILABLE
    experiment: ExperimentRef
    pipeline: PipelineRef
    created_at: Moment
    started_at: Moment | None = None
    finished_at: Moment | None = None
    error: str = ""
    """The first line of what it failed of."""
    pinned_at: Moment | None = None
    """Since when it is kept from being deleted; `null` where it is not."""
    pin_reason: str = ""
    tags: dict[str, str] = {}
    """What users say of it: at most 64 keys, and their values, which may be empty."""


class TagChange(Message):
    """Other tags for a run."""

    tags: dict[Text, Text] = {}
    """Those that it gets, in the place of those of the same keys."""
    removed: list[Text] = []
    """Keys of those that it loses."""


class Pin(Message):
    """Why a run is to be kept from being deleted; may be empty."""

    reason: str = ""


class RunList(Message):
    """One page of runs."""

    runs: list[RunSummary]
    next_page_token: str = ""


class ArtifactRef(Message):
    """An artifact as a step or a run shows it. `artifact_id` is empty where nothing was recorded of it."""

    artifact_id: str = ""
    name: str
    type: str
    """Its schema title, such as `system.Dataset`."""
    uri: str = ""
    size: int | None = None
    """Bytes; `null` where they were never counted."""
    digest: str = ""
    """Of its content, such as `blake3:…`; empty where nobody has read that."""
    metadata: dict[str, Json] = {}


class Values(Message):
    """Inputs or outputs: parameters and artifacts by name."""

    parameters: dict[str, Json] = {}
    artifacts: dict[str, list[ArtifactRef]] = {}


class TaskKind(str, Enum):
    """What a task is: one that runs something, or a group, which holds other tasks."""

    STEP = "step"
    IMPORTER = "importer"
    DAG = "dag"  # a nested pipeline, a condition, branches, an exit handler
    LOOP = "loop"
    ITERATION = "iteration"  # one iteration of a loop


class TaskSummary(Message):
    """A step as the graph, the table and the timeline of a run show it."""

    task_id: str
    """Its path: `outer/inner` below a group, `loop/3/inner` in an iteration of a loop."""
    kind: TaskKind = TaskKind.STEP
    parent: str = ""
    """The group it belongs to; empty at the top."""
    index: int | None = None
    """The number of an iteration of a loop, from 0."""
    display_name: str
    component: str = ""
    """The name of its component in the pipeline's spec."""
    state: TaskState
    why: str = ""
    """Why it does not run now, or what it waits for; also what it is doing while it is prepared, and by whom it was marked as succeeded."""
    depends_on: list[str] = []
    started_at: Moment | None = None
    finished_at: Moment | None = None
    attempts: int = 0
    """The number of its latest attempt; 0 when none was made."""
    cached: bool = False
    error: str = ""
    """The first line of what it failed of."""


class TaskList(Message):
    """One page of the steps of a run, and the event number at which they looked like this."""

    tasks: list[TaskSummary]
    seq: int
    next_page_token: str = ""


class RunSelection(Message):
    """What of a pipeline is run, and what may be reused. Steps are named by their ids; `loop/step` is all iterations, a group all in it."""

    from_run: str = ""
    """The id of the run from which alone results are reused; empty for the whole cache."""
    refresh: list[str] = []
    """Steps that run whatever results there are."""
    only: str = ""
    """The step that alone may run: what it needs is reused."""
    until: str = ""
    """The step that is run with all that it needs, and nothing else."""


class RunDetail(RunSummary):
    """A run, but for its steps."""

    seq: int
    """The number of the latest event that this answer includes: `/stream` goes on from here."""
    parameters: dict[str, Json]
    """What the user gave, without defaults."""
    defaults: dict[str, Json] = {}
    """The defaults of the parameters that the user did not give."""
    outputs: Values = Values()
    failure: Failure | None = None
    pipeline_root: str = ""
    service_account: str = ""
    runner: str = "local"
    environment: str = ""
    use_cache: bool = True
    keep_going: bool = False
    """Whether what does not depend on a failed step still runs."""
    max_parallel: int = 0
    """Steps at a time; 0 is no limit but that of the machine."""
    nested_lists: bool = False
    """What loops in loops give is a list of lists, not one list."""
    selection: RunSelection = RunSelection()
    strict_resources: bool = False
    """A step that asks for more than its machine has fails, instead of getting all there is."""
    timeout: float = 0.0
    """Seconds after which it ends as failed, its exit tasks but still run; 0 where it was given none: its pipeline may say one."""
    driven_by: str = ""
    """The id of the engine that drives it; empty when none does."""
    task_counts: dict[TaskState, int] = {}
    retryable: bool = False
    """Whether its failed and unstarted steps can be run again now."""
    git: GitState | None = None
    """Of the file that it was started from; `null` where it was not started from one by the command line."""


class CachedFrom(Message):
    """The step whose result was reused."""

    run_id: str
    run_name: str = ""
    """Empty when that run was deleted."""
    task_id: str
    attempt: int
    at: Moment | None = None
    """When that result was made."""


class CacheDecision(Message):
    """What the cache did for a step, in words and facts."""

    enabled: bool
    text: str
    """One sentence for the reader: reused and from where, looked for and not found, not asked and why."""
    cached_from: CachedFrom | None = None
    reused_by: list[CachedFrom] = []
    """Steps of other runs that reuse this result, at most 20."""


class TaskDetail(TaskSummary):
    """A step whole."""

    run_id: str
    seq: int
    inputs: Values = Values()
    outputs: Values = Values()
    warnings: list[str] = []
    """What the author should know though it succeeded: outputs that it never wrote, and what lies beside their paths."""
    failure: Failure | None = None
    retries: int = 0
    """How often it may be retried after failures of its own."""
    retry_at: Moment | None = None
    cache: CacheDecision
    attempt_list: list[Attempt] = []
    suggestions: list[Suggestion] = []
    """What it should ask for of its machine, by what was measured of all steps of its component in this run."""
    downstream: list[str] = []


class Marking(Message):
    """What a user says that a step gave which failed: all its outputs."""

    parameters: dict[str, Json] = {}
    artifacts: dict[str, list[Text]] = {}
    """The addresses of its artifacts by output: absolute paths on the machine of the server, or URIs."""


class Event(Message):
    """One thing that happened to a run; `seq` counts from 1 in each run, without gaps."""

    seq: int
    at: Moment
    kind: str
    task_id: str = ""
    attempt: int | None = None
    detail: dict[str, Json] = {}


class EventList(Message):
    """Events of a run in order, at most as many as were asked for."""

    events: list[Event]
    latest: int
    """The number of the run's latest event: there are more if the last one here has a lower one."""


class LogPart(Message):
    """A piece of a log: whole lines, but for one that is longer than a piece, and the last one of a step that still prints."""

    offset: int
    """Where it begins, in bytes."""
    next_offset: int
    """Where it ends: the next piece begins here."""
    size: int
    """Bytes of the log so far."""
    text: str
    """UTF-8; what is not is replaced by U+FFFD."""
    complete: bool
    """Whether nothing will be added any more."""


class LogMatch(Message):
    """A line of a log in which the searched text stands."""

    offset: int
    """Where the line begins, in bytes."""
    line: str
    """At most 1,000 characters of it."""


class LogMatches(Message):
    """Lines of a log in which a text stands, in order; the search goes on at `next_offset` until that is `null`."""

    matches: list[LogMatch]
    next_offset: int | None


class BulkAction(str, Enum):
    """What can be done to several runs at once."""

    TERMINATE = "terminate"
    RETRY = "retry"
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    DELETE = "delete"


class BulkRequest(Message):
    """An action, and the runs it is for: 1 to 200."""

    action: BulkAction
    run_ids: list[Text]


class BulkResult(Message):
    """What became of one run: `error` is empty if it was done."""

    run_id: str
    error: str = ""
    code: str = ""
    """The class of the error, as in an `ErrorBody`."""


class BulkResponse(Message):
    """One result for each run, in the order of the request."""

    results: list[BulkResult]
