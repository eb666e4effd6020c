"""When steps are tried again, how long they may wait and run, how long results count, what their pods have. Pure.

What KFP's IR cannot say stands under `platforms.bakehouse`:

platforms:
  bakehouse:
    deploymentSpec:
      executors:
        exec-train:
          retryPolicy: {on: [exit code], never: [timeout], exitCodes: [75], neverExitCodes: [2], jitter: full}
          timeout: {queueing: 86400s, starting: 600s, running: 3600s}
          memoryGrowth: {factor: 2.0, upTo: 64Gi}
          caching: {ttl: 86400s}
          ephemeralStorage: {request: 10Gi, limit: 20Gi}
          initContainers: [{name: fetch, image: alpine, command: [sh, -c, …]}]
          podPatch: [{spec: {priorityClassName: urgent}}]
          code: {digest: 9f86…, name: src, uri: /home/…}

Limits that a pipeline sets for Kubernetes (`activeDeadlineSeconds` of the pipeline and of executors) mean the same here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from bakehouse.ir import durations, pods, quantities, travelling, values
from bakehouse.ir.execution import Cause, Code
from bakehouse.ir.findings import Finding, nearest
from bakehouse.ir.platform_settings import Settings, Wrong
from bakehouse.ir.spec import Container, Executor, PipelineFile
from bakehouse.ir.values import Json, JsonObject

PLATFORM = travelling.PLATFORM
#: What stands for the path of the folder that survives the attempts of a task; the runner puts it in.
CHECKPOINT = "{{$.checkpoint_path}}"
#: The setting for Kubernetes that limits how long a step, or a run, may go on.
DEADLINE = "activeDeadlineSeconds"
#: By what part a pause may be longer than asked for, where the author says nothing.
JITTER = 0.1
_LARGEST_EXIT_CODE = 255
_ROOT = ("platforms", PLATFORM)


@dataclass(frozen=True)
class RetryRules:
    """Which failures are worth another attempt, beside how many KFP's retry policy allows, and with what pauses.

    `on`: these causes only (`None`: all), `never`: none of these. Of attempts that ended with an exit code, `exit_codes` and
    `never_exit_codes` say the same. `jitter`: by what part a pause may be longer; `full_jitter`: it is anything up to what it would be.
    """

    on: frozenset[Cause] | None = None
    never: frozenset[Cause] = frozenset()
    exit_codes: frozenset[int] | None = None
    never_exit_codes: frozenset[int] = frozenset()
    jitter: float = JITTER
    full_jitter: bool = False


@dataclass(frozen=True)
class Limits:
    """How long each attempt may wait for a slot, start and run, in seconds; `None`: as long as it takes.

    `starting` is counted twice: until its environment is ready, and from its launch until its process runs.
    """

    queueing: float | None = None
    starting: float | None = None
    running: float | None = None


@dataclass(frozen=True)
class MemoryGrowth:
    """By what factor an attempt asks for more memory than one that ran out of it, and up to how much (bytes); 1 and 0: it does not."""

    factor: float = 1.0
    up_to: int = 0


@dataclass(frozen=True)
class StepPolicy:
    """What is said of one executor. `result_ttl`: how old (seconds) a result may be that is reused; `code`: modules that its steps find."""

    retry: RetryRules = field(default_factory=RetryRules)
    limits: Limits = field(default_factory=Limits)
    memory: MemoryGrowth = field(default_factory=MemoryGrowth)
    result_ttl: float = math.inf
    code: Code | None = None


_NOTHING_SAID = StepPolicy()


@dataclass(frozen=True)
class Policies:
    """What is said of a pipeline, by executor labels. `run_timeout`: how long a run may go on, in seconds; `None`: as long as it takes."""

    steps: Mapping[str, StepPolicy] = field(default_factory=dict)
    run_timeout: float | None = None

    def of(self, executor: str) -> StepPolicy:
        """What is said of the executor with this label."""
        return self.steps.get(executor, _NOTHING_SAID)


def policies(file: PipelineFile) -> Policies:
    """What a pipeline file says. What is wrong in it is left out: `findings` tells of it."""
    return _read(file)[0]


def findings(file: PipelineFile) -> list[Finding]:
    """What is wrong with what a pipeline file says under `platforms.bakehouse`."""
    return _read(file)[1]


def without(file: PipelineFile) -> PipelineFile:
    """The pipeline file without it: what KFP itself could have compiled."""
    return PipelineFile(file.spec, {name: one for name, one in file.platforms.items() if name != PLATFORM})


def said(file: PipelineFile) -> str:
    """What a pipeline file says there, for the reader: settings with the names of their steps; empty if nothing."""
    found: dict[str, list[str]] = {}
    for label, settings in sorted(values.at(file.platforms, PLATFORM, "deploymentSpec", "executors").items()):
        for setting in settings if isinstance(settings, Mapping) else ():
            found.setdefault(setting, []).append(label.removeprefix("exec-"))
    return "; ".join(f"{setting} of {', '.join(steps)}" for setting, steps in found.items())


def of_step(said: JsonObject) -> list[Finding]:
    """What is wrong with what is said of one executor; paths begin there."""
    found: list[Finding] = []
    settings = Settings(said, (), found)
    _step(settings)
    settings.close()
    return found


# ---------------------------------------------------------------- reading


def _read(file: PipelineFile) -> tuple[Policies, list[Finding]]:
    found: list[Finding] = []
    top = Settings(file.platforms.get(PLATFORM, {}), _ROOT, found)
    on_kubernetes = values.at(file.platforms, "kubernetes", "deploymentSpec", "executors")
    deadlines = {label: _deadline(settings) for label, settings in on_kubernetes.items()}
    steps = {label: StepPolicy(limits=Limits(running=seconds)) for label, seconds in deadlines.items() if seconds}
    with_labels = top.inner("deploymentSpec").inner("executors")
    for label in with_labels.names():
        if label not in file.spec.executors:
            with_labels.wrong(label, f"there is no executor {label}", nearest(label, file.spec.executors))
        settings = with_labels.inner(label)
        if "memoryGrowth" in settings.names() and not _asks_for_memory(file.spec.executors.get(label)):
            remedy = "Give the step a request: .set_memory_request(…)."
            settings.wrong("memoryGrowth", "the step asks for no memory, of which an attempt could ask for more", remedy)
        steps[label] = _step(settings, deadlines.get(label))
    top.close()
    return Policies(steps, _deadline(values.at(file.platforms, "kubernetes", "pipelineConfig"))), found


def _step(said: Settings, deadline: float | None = None) -> StepPolicy:
    pods.check(said)
    return StepPolicy(
        _retry(said.inner("retryPolicy")),
        _limits(said.inner("timeout"), deadline),
        _growth(said.inner("memoryGrowth")),
        said.inner("caching").one("ttl", _ttl, math.inf),
        travelling.read(said.inner(travelling.CODE)),
    )


def _asks_for_memory(executor: Executor | None) -> bool:
    given = executor.resources if isinstance(executor, Container) else None
    if given is None:
        return False
    return any((given.resource_memory_request, given.resource_memory_limit, given.memory_request, given.memory_limit))


def _growth(said: Settings) -> MemoryGrowth:
    return MemoryGrowth(factor=said.one("factor", _factor, 1.0), up_to=said.one("upTo", _memory, 0))


def _factor(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 < value < math.inf:
        raise Wrong(f"{value!r} is no factor by which memory grows", "Write a number above 1.")
    return float(value)


def _memory(value: Json) -> int:
    amount = quantities.amount(value) if isinstance(value, str) else None
    if not amount or amount < 0:
        raise Wrong(f"{value!r} is no amount of memory", 'Write a quantity, such as "16Gi".')
    return int(amount)


def _limits(said: Settings, deadline: float | None) -> Limits:
    return Limits(
        queueing=said.one("queueing", _span, None),
        starting=said.one("starting", _span, None),
        running=said.one("running", _span, deadline),
    )


def _span(value: Json) -> float | None:
    seconds = durations.seconds(value) if isinstance(value, str) else None
    if not seconds:
        raise Wrong(f"{value!r} is no limit of time", 'Write a whole number and a unit, more than nothing: "30s", "5m", "1h".')
    return seconds


def _ttl(value: Json) -> float:
    seconds = durations.seconds(value) if isinstance(value, str) else None
    if not seconds:
        raise Wrong(f"{value!r} is no age of a result", 'Write a whole number and a unit, more than nothing: "30m", "12h", "7d".')
    return seconds


def _deadline(settings: Json) -> float | None:
    """A limit that was set for Kubernetes; nobody checks what stands there. An int64 is a text in protobuf's JSON."""
    value = settings.get(DEADLINE) if isinstance(settings, Mapping) else None
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else None


def _retry(said: Settings) -> RetryRules:
    by_default: float | None = JITTER
    jitter = said.one("jitter", _jitter, by_default)
    return RetryRules(
        on=said.one("on", _causes, None),
        never=said.one("never", _causes, frozenset()),
        exit_codes=said.one("exitCodes", _codes, None),
        never_exit_codes=said.one("neverExitCodes", _codes, frozenset()),
        jitter=1.0 if jitter is None else jitter,
        full_jitter=jitter is None,
    )


def _causes(value: Json) -> frozenset[Cause]:
    known = {one.value: one for one in Cause}
    for one in _list(value, "causes"):
        if one not in known:
            raise Wrong(f"there is no cause {one!r}", nearest(str(one), known))
    return frozenset(known[one] for one in value)


def _codes(value: Json) -> frozenset[int]:
    for one in _list(value, "exit codes"):
        if isinstance(one, bool) or one not in range(_LARGEST_EXIT_CODE + 1):
            raise Wrong(f"{one!r} is no exit code", f"Write whole numbers from 0 to {_LARGEST_EXIT_CODE}.")
    return frozenset(int(one) for one in value)


def _jitter(value: Json) -> float | None:
    """By what part; `None` for full jitter."""
    if value == "full":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise Wrong(f"{value!r} is no jitter", 'Write "full", or a number from 0 to 1.')
    return float(value)


def _list(value: Json, what: str) -> list[Json]:
    if not isinstance(value, list | tuple):
        raise Wrong(f"a list of {what} is expected, but this is {value!r}", "Write a list.")
    return list(value)
