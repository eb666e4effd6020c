"""Changes of a run as guarded statements and their event rows. Called within the transaction that holds the run's epoch."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, TextClause, text
from typing_extensions import assert_never

from bakehouse.ir.digests import digest_text
from bakehouse.ir.execution import Artifact, Outputs
from bakehouse.ir.values import JsonObject
from bakehouse.orchestrator import fingerprints
from bakehouse.orchestrator.commands import (
    AttemptClosed,
    AttemptOpened,
    AttemptStarted,
    Change,
    Consumed,
    Published,
    RunMoved,
    TaskMoved,
    TaskNoted,
    TasksAdded,
)
from bakehouse.orchestrator.states import FINAL_RUN_STATES, FINAL_TASK_STATES, RunMove, TaskMove
from bakehouse.records import claims
from bakehouse.records.batches import Batch
from bakehouse.records.documents import artifact_document, dumped, ending_text, error_text, launch_text, outputs_text, plain
from bakehouse.records.rows import INSERT_EVENT, INSERT_TASK, Values, task_row

_MOST_NAMED = 20  # groups that an event names
_TASK_MOVED = text(
    "UPDATE tasks SET state = :after, why = :why, attempt = :attempt, retry_at = :retry_at, since = :at, "
    "error = CASE WHEN CAST(:after AS VARCHAR(16)) = 'SUCCEEDED' THEN NULL ELSE COALESCE(:error, error) END, "
    "user_failures = COALESCE(:user_failures, user_failures), "
    "infrastructure_failures = COALESCE(:infrastructure_failures, infrastructure_failures), "
    "started_at = COALESCE(started_at, :started_at), finished_at = :finished_at "
    "WHERE run_id = :run AND id = :task AND state = :before"
)
_TASK_NOTED = text("UPDATE tasks SET why = :why WHERE run_id = :run AND id = :task AND state = :state")
_TASK_INPUTS = text(
    "UPDATE tasks SET inputs = :inputs WHERE run_id = :run AND id = :task AND state NOT IN ('SUCCEEDED', 'FAILED', 'SKIPPED', 'CANCELED')"
)
_TASK_OUTPUTS = text(
    "UPDATE tasks SET outputs = :outputs, cached_run = :cached_run, cached_task = :cached_task, cached_attempt = :cached_attempt, "
    "cached_at = :cached_at WHERE run_id = :run AND id = :task AND state = 'SUCCEEDED' AND outputs IS NULL"
)
_ATTEMPT_OPENED = text(
    "INSERT INTO attempts (run_id, task_id, number, namespace, state, launch, environment_lock, opened_at, "
    "component, code, cpu_request, memory_request, preparing_at, queued_at) "
    "VALUES (:run, :task, :number, :namespace, 'OPENED', :launch, :lock, :at, "
    ":component, :code, :cpu_request, :memory_request, :preparing_at, :queued_at)"
)
_ATTEMPT_STARTED = text(
    "UPDATE attempts SET state = 'RUNNING', started_at = COALESCE(started_at, :at) "
    "WHERE run_id = :run AND task_id = :task AND number = :number AND state IN ('OPENED', 'RUNNING')"
)
_ATTEMPT_CLOSED = text(
    "UPDATE attempts SET state = :state, cause = :cause, exit_code = :exit_code, closed_at = :at, ending = :ending, "
    "cpu_seconds = :cpu_seconds, peak_memory = :peak_memory, ran = :ran "
    "WHERE run_id = :run AND task_id = :task AND number = :number AND state IN ('OPENED', 'RUNNING')"
)
_RUN_MOVED = text(
    "UPDATE runs SET state = :after, error = :error, outputs = :outputs, started_at = COALESCE(started_at, :started_at), "
    "finished_at = :finished_at WHERE id = :run AND state = :before"
)
_LOCK = text("INSERT INTO environment_locks (namespace, digest, text) VALUES (:namespace, :digest, :text) ON CONFLICT DO NOTHING")
_ARTIFACT = text(
    "INSERT INTO artifacts (id, namespace, run_id, task_id, attempt, output, position, uri, digest, created_at, document) "
    "VALUES (:id, :namespace, :run, :task, :attempt, :output, :position, :uri, :digest, :at, :document)"
)
_NO_USES = text("DELETE FROM artifact_uses WHERE run_id = :run AND task_id = :task")
_USE = text(
    "INSERT INTO artifact_uses (run_id, task_id, input, position, namespace, artifact_id) "
    "VALUES (:run, :task, :input, :position, :namespace, :artifact)"
)
#: A task whose run is retried may come to the same result again: it is made anew.
_ENTRY = text(
    "INSERT INTO cache_entries (namespace, key, run_id, task_id, run_name, pipeline_name, component, attempt, created_at, outputs, parts) "
    "VALUES (:namespace, :key, :run, :task, :run_name, :pipeline_name, :component, :attempt, :at, :outputs, :parts) "
    "ON CONFLICT (namespace, key, run_id, task_id) DO UPDATE SET attempt = excluded.attempt, created_at = excluded.created_at, "
    "outputs = excluded.outputs, invalidated_at = NULL"
)


#: A step's row is there before anything is said of it; artifacts are there before they are used. Of the guards, those of moves and notes
#: alone see each other's work: a task that has inputs to record is not over before its moves, one with outputs succeeds by them.
_ORDER = (
    INSERT_TASK,
    _TASK_INPUTS,
    _TASK_MOVED,
    _TASK_NOTED,
    _LOCK,
    _ATTEMPT_OPENED,
    _ATTEMPT_STARTED,
    _ATTEMPT_CLOSED,
    claims.RELEASE,
    _TASK_OUTPUTS,
    _ARTIFACT,
    _NO_USES,
    _USE,
    _ENTRY,
    _RUN_MOVED,
    INSERT_EVENT,
)
_GUARDED = frozenset({_TASK_INPUTS, _TASK_MOVED, _TASK_NOTED, _ATTEMPT_OPENED, _ATTEMPT_STARTED, _ATTEMPT_CLOSED, _TASK_OUTPUTS, _ENTRY, _RUN_MOVED})


class Writer:
    """Writes changes of one run in one transaction. `locks` remembers the environment locks that are recorded already.

    `seq` is the number of its first event, `at` the time of an event that has none of its own before another one says it. All methods
    but `note` may raise `Misfit`: then the transaction must not be committed.
    """

    def __init__(self, db: Connection, run: Values, *, seq: int, at: float, locks: set[str]) -> None:
        self._batch = Batch(db, order=_ORDER, guarded=_GUARDED)
        self._seq, self._at, self._locks = seq, at, locks
        self._run, self._namespace, self._run_name, self._pipeline = run["id"], run["namespace"], run["name"], run["pipeline_name"]
        self._noted: set[str] = set()  # tasks
        self._uses: dict[str, list[Values]] = {}

    def write(self, change: Change) -> None:  # noqa: C901  # one arm for each kind of change
        """Write one change. What it says of the database may be found out only by `flush`."""
        if not isinstance(change, Consumed):
            self._at = change.at
        match change:
            case TasksAdded():
                self._tasks_added(change)
            case TaskMoved():
                self._task_moved(change)
            case TaskNoted():
                self._task_noted(change)
            case AttemptOpened():
                self._opened(change)
            case AttemptStarted():
                self._started(change)
            case AttemptClosed():
                self._closed(change)
            case Published():
                self._published(change)
            case Consumed():
                self._consumed(change)
            case RunMoved():
                self._run_moved(change)
            case _:
                assert_never(change)

    def note(self, kind: str, *, task: str | None = None, attempt: int | None = None, detail: JsonObject | None = None) -> None:
        """The next event of the run."""
        said = dumped(detail) if detail else "{}"
        event = {"namespace": self._namespace, "at": self._at, "kind": kind, "task": task, "attempt": attempt, "detail": said}
        self._add(INSERT_EVENT, seq=self._seq, **event)
        self.last: Values = {"run": self._run, "seq": self._seq, **event}
        self._seq += 1

    def flush(self) -> None:
        """Everything is in the database, within its transaction."""
        for rows in self._uses.values():
            self._batch.add(_USE, *rows)
        self._batch.run()
        self._uses.clear()
        self._noted.clear()

    def _add(self, statement: TextClause, **values: object) -> None:
        values["run"] = self._run
        self._batch.add(statement, values)

    # ------------------------------------------------------------ tasks

    def _tasks_added(self, change: TasksAdded) -> None:
        seq, common = self._seq, {"run": self._run, "namespace": self._namespace}
        groups = sorted({task.parent for task in change.tasks})
        self.note("task.ADDED", detail={"count": len(change.tasks), "groups": groups[:_MOST_NAMED]})
        self._batch.add(INSERT_TASK, *({**common, **task_row(task, seq=seq, at=change.at)} for task in change.tasks))

    def _task_moved(self, change: TaskMoved) -> None:
        if change.task_id in self._noted:
            self.flush()  # the note was about the state before
        detail = dict(change.detail)
        if change.why:
            detail["why"] = change.why
        if change.error:
            detail["error"] = change.error.message
        self.note(f"task.{change.move.value}", task=change.task_id, attempt=change.attempt, detail=detail)
        begins = change.move in {TaskMove.LAUNCHED, TaskMove.REUSED, TaskMove.OPENED}
        self._add(
            _TASK_MOVED,
            task=change.task_id,
            before=change.before.value,
            after=change.after.value,
            why=plain(change.why),
            at=change.at,
            attempt=change.attempt,
            error=error_text(change.error),
            retry_at=detail.get("retry_at"),
            user_failures=detail.get("user_failures"),
            infrastructure_failures=detail.get("infrastructure_failures"),
            started_at=change.at if begins else None,
            finished_at=change.at if change.after in FINAL_TASK_STATES else None,
        )

    def _task_noted(self, change: TaskNoted) -> None:
        self.note("task.NOTED", task=change.task_id, detail={"why": change.why})
        self._noted.add(change.task_id)
        self._add(_TASK_NOTED, why=plain(change.why), task=change.task_id, state=change.state.value)

    def _consumed(self, change: Consumed) -> None:
        self.note("task.CONSUMED", task=change.task_id)
        self._add(_TASK_INPUTS, task=change.task_id, inputs=dumped(change.parameters))
        self._add(_NO_USES, task=change.task_id)  # of an earlier engine, which got no further
        common = {"run": self._run, "task": change.task_id, "namespace": self._namespace}
        self._uses[change.task_id] = [
            {**common, "input": name, "position": position, "artifact": artifact}
            for name, group in change.artifacts.items()
            for position, artifact in enumerate(group)
        ]

    # ------------------------------------------------------------ attempts

    def _opened(self, change: AttemptOpened) -> None:
        attempt, place = change.launch.attempt, change.launch.place
        self.note("attempt.OPENED", task=attempt.task_id, attempt=attempt.number)
        self._add(
            _ATTEMPT_OPENED,
            task=attempt.task_id,
            number=attempt.number,
            namespace=self._namespace,
            launch=launch_text(change.launch),
            lock=self._lock(place.lock) if place else None,
            at=change.at,
            component=plain(change.component),
            code=fingerprints.code(change.launch),
            cpu_request=change.launch.requests.cpu,
            memory_request=change.launch.requests.memory,
            preparing_at=change.preparing_at,
            queued_at=change.queued_at,
        )

    def _lock(self, lock: str) -> str:
        """The digest of an environment lock, whose text is recorded once."""
        digest = digest_text(lock)
        key = f"{self._namespace} {digest}"
        if key not in self._locks:
            self._batch.add(_LOCK, {"namespace": self._namespace, "digest": digest, "text": plain(lock)})
            self._locks.add(key)
        return digest

    def _started(self, change: AttemptStarted) -> None:
        self.note("attempt.STARTED", task=change.task_id, attempt=change.attempt)
        self._add(_ATTEMPT_STARTED, task=change.task_id, number=change.attempt, at=change.at)

    def _closed(self, change: AttemptClosed) -> None:
        ending = change.ending
        detail: Values = {"exit_code": ending.exit_code}
        if ending.cause is not None:
            detail |= {"cause": ending.cause.value, "error": ending.error.message if ending.error else ""}
        self.note("attempt.ENDED", task=change.task_id, attempt=change.attempt, detail=detail)
        if change.claim:
            self._add(claims.RELEASE, namespace=self._namespace, key=change.claim, task=change.task_id, attempt=change.attempt)
        self._add(
            _ATTEMPT_CLOSED,
            task=change.task_id,
            number=change.attempt,
            state="FAILED" if ending.cause else "SUCCEEDED",
            cause=ending.cause.value if ending.cause else None,
            exit_code=ending.exit_code,
            at=change.at,
            ending=ending_text(replace(ending, outputs=Outputs())),
            cpu_seconds=ending.usage.cpu_seconds,
            peak_memory=ending.usage.peak_memory,
            ran=ending.ran,
        )

    # ------------------------------------------------------------ results

    def _published(self, change: Published) -> None:
        reused, outputs = change.reused, outputs_text(change.outputs)
        names = sorted([*change.outputs.parameters, *change.outputs.artifacts])
        self.note("task.PUBLISHED", task=change.task_id, detail={"outputs": names, **({"cached_from": reused.run_id} if reused else {})})
        self._add(
            _TASK_OUTPUTS,
            task=change.task_id,
            outputs=outputs,
            cached_run=reused.run_id if reused else None,
            cached_task=reused.task_id if reused else None,
            cached_attempt=reused.attempt if reused else None,
            cached_at=reused.created_at if reused else None,
        )
        if reused is None and not change.gathered:
            self._artifacts(change)
        if change.entry is not None:
            self._add(
                _ENTRY,
                namespace=self._namespace,
                key=change.entry.key,
                task=change.task_id,
                run_name=self._run_name,
                pipeline_name=self._pipeline,
                component=plain(change.entry.component),
                attempt=change.attempt,
                at=change.at,
                outputs=outputs,
                parts=dumped(change.entry.parts),
            )

    def _artifacts(self, change: Published) -> None:
        common = {"namespace": self._namespace, "run": self._run, "task": change.task_id, "attempt": change.attempt, "at": change.at}
        for output, group in change.outputs.artifacts.items():
            self._batch.add(_ARTIFACT, *({**common, "output": output, "position": position, **_artifact(one)} for position, one in enumerate(group)))

    def _run_moved(self, change: RunMoved) -> None:
        self.note(f"run.{change.move.value}", detail={"error": change.error.message} if change.error else {})
        self._add(
            _RUN_MOVED,
            before=change.before.value,
            after=change.after.value,
            error=error_text(change.error),
            outputs=outputs_text(change.outputs),
            started_at=change.at if change.move is RunMove.STARTED else None,
            finished_at=change.at if change.after in FINAL_RUN_STATES else None,
        )


def _artifact(artifact: Artifact) -> Values:
    return {"id": artifact.id, "uri": plain(artifact.uri), "digest": artifact.digest, "document": dumped(artifact_document(artifact))}
