"""The engine alone, on a runner that only pretends: records on, no process. Each workload is a program: `python -m benchmarks.simulated loop 10000`.

It prints one JSON document: seconds of wall and CPU time from the taking of the run to its end, peak memory in bytes, and what the workload adds.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bakehouse import clock
from bakehouse.app import wiring
from bakehouse.ir import text as ir_text
from bakehouse.ir.execution import AttemptId, Cause, Ending, LaunchSpec, Outputs, Place, RunId, StepError, TaskId
from bakehouse.ir.spec import PipelineFile
from bakehouse.orchestrator.commands import Change, TaskMoved, new_task
from bakehouse.orchestrator.engine import Engine
from bakehouse.orchestrator.events import Ended, Event, Prepared, Started
from bakehouse.orchestrator.plan import ROOT, plan
from bakehouse.orchestrator.ports import RunOptions
from bakehouse.orchestrator.scheduling import Capacity
from bakehouse.orchestrator.states import RunState, TaskMove
from bakehouse.orchestrator.surroundings import Observe, Ports
from bakehouse.records.database import DEFAULT_EXPERIMENT, DEFAULT_NAMESPACE, NewRun, Records, open_home
from bakehouse.records.engines import EngineLock
from bakehouse.records.neighbours import Neighbours
from benchmarks.serving import Figure

_STEPS = 20  # of each run of a burst
_SEED = 7
_PLACE = Place(interpreter="/usr/bin/python3", python="cpython-3.11.7", platform="linux-x86_64")


def _component(source: str) -> Mapping[str, object]:
    number = {"parameters": {"number": {"parameterType": "NUMBER_INTEGER"}}}
    return {"inputDefinitions": number, "outputDefinitions": {"parameters": {"Output": {"parameterType": "NUMBER_INTEGER"}}}, "executorLabel": source}


def _task(name: str, given: Mapping[str, object], upstream: Sequence[str] = ()) -> dict[str, object]:
    task: dict[str, object] = {
        "taskInfo": {"name": name},
        "componentRef": {"name": "comp-step"},
        "cachingOptions": {"enableCache": True},
        "inputs": {"parameters": {"number": given}},
    }
    if upstream:
        task["dependentTasks"] = list(upstream)
    return task


def _pipeline(tasks: Mapping[str, object], more: Mapping[str, object] | None = None) -> PipelineFile:
    container = {"container": {"image": "python:3.11", "command": ["python3", "-c", "pass"]}}
    document = {
        "pipelineInfo": {"name": "simulated"},
        "schemaVersion": "2.1.0",
        "sdkVersion": "kfp-2.17.0",
        "root": {"dag": {"tasks": tasks}},
        "components": {"comp-step": _component("exec-step"), **(more or {})},
        "deploymentSpec": {"executors": {"exec-step": container}},
    }
    return ir_text.read(json.dumps(document))


def chain(count: int) -> PipelineFile:
    """Each step takes what the one before it gave."""
    tasks = {"step-0": _task("step-0", {"runtimeValue": {"constant": 0}})}
    for index in range(1, count):
        before = f"step-{index - 1}"
        given = {"taskOutputParameter": {"producerTask": before, "outputParameterKey": "Output"}}
        tasks[f"step-{index}"] = _task(f"step-{index}", given, [before])
    return _pipeline(tasks)


def loop(*counts: int) -> PipelineFile:
    """A loop of so many rounds, with one step in each; or loops in each other, outer ones first, with one step in each round of the innermost."""
    components: dict[str, object] = {}
    inside: Mapping[str, object] = {"step": _task("step", {"componentInputParameter": _item(len(counts))})}
    for depth in range(len(counts), 0, -1):
        name = f"for-loop-{depth}"
        parameters = {_item(depth): {"parameterType": "NUMBER_INTEGER"}}
        components[f"comp-{name}"] = {"inputDefinitions": {"parameters": parameters}, "dag": {"tasks": inside}}
        iterator = {"itemInput": _item(depth), "items": {"raw": json.dumps(list(range(counts[depth - 1])))}}
        inside = {name: {"taskInfo": {"name": name}, "componentRef": {"name": f"comp-{name}"}, "parameterIterator": iterator}}
    return _pipeline(inside, components)


def _item(depth: int) -> str:
    return f"pipelinechannel--loop-item-param-{depth}"


class Pretender:
    """A runner whose steps last as long as `lasts` says (seconds; 0: they end at once) and succeed, but for the step `fails`."""

    def __init__(self, lasts: Callable[[], float], *, fails: str = "") -> None:
        self.put: Callable[[RunId, Event], None] = lambda _run, _event: None
        self.ended: dict[tuple[RunId, TaskId], float] = {}
        self._lasts, self._fails = lasts, fails
        self._due: list[tuple[float, int, LaunchSpec]] = []
        self._launched = 0
        self._changed = threading.Condition()
        threading.Thread(target=self._end_those_due, daemon=True).start()

    def prepare(self, launch: LaunchSpec) -> None:
        """Its place is ready at once."""
        self.put(launch.attempt.run_id, Prepared(launch.attempt.task_id, _PLACE, clock.system()))

    def launch(self, launch: LaunchSpec) -> None:
        """It starts at once; what it gives is one more than what it got."""
        attempt, seconds = launch.attempt, self._lasts()
        self.put(attempt.run_id, Started(attempt.task_id, attempt.number, clock.system()))
        if not seconds:
            self._end(launch)
            return
        with self._changed:
            self._launched += 1
            heapq.heappush(self._due, (time.monotonic() + seconds, self._launched, launch))
            self._changed.notify()

    def adopt(self, launch: LaunchSpec) -> None:
        """Not here."""
        raise AssertionError(f"{launch.attempt.path} is adopted: no engine ended")

    def stop(self, attempt: AttemptId) -> None:
        """Not here."""
        raise AssertionError(f"{attempt.path} is stopped: nobody asked for it")

    def leave(self, attempt: AttemptId) -> None:
        """Not here."""
        raise AssertionError(f"{attempt.path} is left: there is no other engine")

    def workspace(self, run_id: RunId) -> str:
        """A folder that nobody makes."""
        return f"/nowhere/{run_id}"

    def close(self) -> None:
        """Its thread ends with the program."""

    def _end(self, launch: LaunchSpec) -> None:
        attempt, following = launch.attempt, int(launch.parameters["number"]) + 1
        self.ended[attempt.run_id, attempt.task_id] = time.monotonic()
        if attempt.task_id == self._fails:
            ending = Ending(cause=Cause.EXIT_CODE, exit_code=1, error=StepError("the step ended with exit code 1"))
        else:
            ending = Ending(outputs=Outputs({"Output": following}))
        self.put(attempt.run_id, Ended(attempt.task_id, attempt.number, ending, clock.system()))

    def _end_those_due(self) -> None:
        while True:
            with self._changed:
                while not self._due:
                    self._changed.wait()
                pause = self._due[0][0] - time.monotonic()
                if pause > 0:
                    self._changed.wait(pause)
                    continue
                _, _, launch = heapq.heappop(self._due)
            self._end(launch)


class Delays:
    """From the end of a step to the recorded start of the one after it, in seconds; an observer of the engine."""

    def __init__(self, runner: Pretender) -> None:
        self.seconds: list[float] = []
        self._runner = runner

    def __call__(self, run_id: RunId, changes: Sequence[Change]) -> None:
        """Something was recorded."""
        now = time.monotonic()
        for change in changes:
            if isinstance(change, TaskMoved) and change.move is TaskMove.LAUNCHED:
                before = TaskId(f"step-{int(change.task_id.rpartition('-')[2]) - 1}") if change.task_id.startswith("step-") else None
                ended = self._runner.ended.get((run_id, before)) if before else None
                if ended is not None:
                    self.seconds.append(now - ended)


def recorded(records: Records, pipeline: PipelineFile, count: int, options: RunOptions) -> list[RunId]:
    """So many runs of a pipeline, that nobody has begun."""
    tasks = [new_task(ROOT, node) for node in plan(pipeline.spec).root.nodes.values()]
    runs = []
    for number in range(count):
        run_id = RunId(str(uuid.UUID(int=number + 1)))
        new = NewRun(run_id, f"run {number}", DEFAULT_NAMESPACE, DEFAULT_EXPERIMENT, pipeline, {}, options, "/nowhere", tasks=tasks)
        runs.append(records.create_run(new))
    return runs


def drive(home: Path, records: Records, run_ids: Sequence[RunId], runner: Pretender, observe: Observe) -> None:
    """Drive these runs to their ends, whatever these are."""
    wiring.collect_garbage_less_often()
    lock = EngineLock.acquire(home)
    driving, neighbours = records.driving(lock.id, records.home_id), Neighbours(home, lock)
    engine = Engine(Ports(driving, lambda _options: runner, _Nothing(), clock.system, observe, neighbours), Capacity())
    runner.put = engine.put
    for run_id in run_ids:
        engine.take(run_id)
    while engine.driven:
        engine.turn()
    engine.close()
    lock.release()


def driven(pipeline: PipelineFile, runs: int, lasts: Callable[[], float]) -> dict[str, float]:
    """Drive so many runs of a pipeline to their ends, each of which must be a success."""
    runner = Pretender(lasts)
    delays = Delays(runner)
    with tempfile.TemporaryDirectory(prefix="bakehouse-bench-") as folder:
        records = open_home(Path(folder) / "home")
        wanted = recorded(records, pipeline, runs, RunOptions(use_cache=runs == 1))
        wall, cpu = time.perf_counter(), time.process_time()
        drive(Path(folder) / "home", records, wanted, runner, delays)
        took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        ends = [records.head(run_id).summary.state for run_id in wanted]
        assert all(state is RunState.SUCCEEDED for state in ends), ends
        records.close()
    took["peak_memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
    if delays.seconds:
        took["delay_p95"] = statistics.quantiles(delays.seconds, n=20)[-1]
        took["delay_median"] = statistics.median(delays.seconds)
    return took


class _Nothing:
    """A store without artifacts."""

    def digest(self, uri: str) -> tuple[str, int] | None:
        """Not here."""
        raise AssertionError(uri)

    def remove(self, uri: str, *, below: str) -> None:
        """Not here."""
        raise AssertionError(f"{uri} below {below}")


def figures(rounds: int) -> Iterator[Figure]:
    """All of them: medians of so many rounds, each in a process of its own."""
    loops = {count: _median(rounds, "loop", count) for count in (1_000, 10_000)}
    large = loops[10_000]
    yield Figure("loop of 10,000 steps, on a runner that pretends", 10_000 / large["wall"], 1_500, "a second")
    yield Figure("chain of 10,000 steps, on a runner that pretends", 10_000 / _median(rounds, "chain", 10_000)["wall"], 800, "a second")
    yield Figure("memory of that loop", large["peak_memory"] / 1e6, 400, "MB")
    yield Figure("1,000 to 10,000 steps: time per step", large["wall"] / loops[1_000]["wall"] / 10, 1.3, "x")
    burst = _median(1, "burst", 500)
    yield Figure("500 runs at once: end to next start recorded", burst["delay_p95"] * 1e3, 200, "ms (p95)")


def _median(rounds: int, workload: str, count: int) -> Mapping[str, float]:
    command = [sys.executable, "-m", "benchmarks.simulated", workload, str(count)]
    took = [json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout) for _ in range(rounds)]
    return {name: statistics.median(one[name] for one in took) for name in took[0]}


def main() -> None:
    """`loop N`, `chain N`, or `burst N`: N runs of 20 steps at once, which last 0.1 to 2 s each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", choices=["loop", "chain", "burst"])
    parser.add_argument("count", type=int)
    asked = parser.parse_args()
    rng = random.Random(_SEED)  # noqa: S311  # no secret
    if asked.workload == "burst":
        took = driven(chain(_STEPS), asked.count, lambda: rng.uniform(0.1, 2.0))
    else:
        took = driven((loop if asked.workload == "loop" else chain)(asked.count), 1, lambda: 0.0)
    print(json.dumps(took))


if __name__ == "__main__":
    main()
