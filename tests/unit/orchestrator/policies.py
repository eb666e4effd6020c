"""Random policies of steps: what `platforms.bakehouse` can say of one."""

from __future__ import annotations

import random
from collections.abc import Mapping

from bakehouse.ir.spec import Container, PipelineFile, Resources
from bakehouse.ir.values import JsonObject
from tests.unit.orchestrator.pipelines import RESOURCES


def containers(rng: random.Random, steps: Mapping[str, JsonObject]) -> dict[str, Container]:
    """The executor that steps share, and those of their own."""
    own = {label: Container("busybox", ("echo",), resources=Resources(resource_memory_request="1Gi")) for label in steps}
    return {"exec-step": Container("busybox", ("echo",), resources=rng.choice(RESOURCES)), **own}


def executor(rng: random.Random, name: str, steps: dict[str, JsonObject]) -> str:
    """The executor of a step: one of its own, with what is said of it put into `steps`, or most often the one that all others share."""
    if rng.random() >= 0.25:
        return "exec-step"
    steps[f"exec-{name}"] = {"retryPolicy": _retry(rng), "memoryGrowth": {"factor": 2, "upTo": "64Gi"}}
    return f"exec-{name}"


def hurried(file: PipelineFile, rng: random.Random) -> PipelineFile:
    """The same pipeline, but all of its steps have limits that are reached now and then. What comes of it is a matter of luck."""
    steps = {}
    for label in file.spec.executors:
        drawn = {name: f"{rng.choice([1, 5, 30])}s" for name in ("running", "starting", "queueing") if rng.random() < 0.4}
        said = file.platforms.get("bakehouse", {}).get("deploymentSpec", {}).get("executors", {}).get(label, {})
        steps[label] = {**said, "timeout": drawn}
    return PipelineFile(file.spec, platforms(steps))


def platforms(steps: Mapping[str, JsonObject]) -> JsonObject:
    """The second document of a pipeline with these policies, by executor labels."""
    return {"bakehouse": {"deploymentSpec": {"executors": dict(steps)}}} if steps else {}


def _retry(rng: random.Random) -> JsonObject:
    # Not "lost": an engine that dies loses attempts too, of which the reference knows nothing.
    causes = ["exit code", "user error", "terminated", "out of memory"]
    drawn = {
        "on": rng.sample(causes, rng.randint(1, 2)),
        "never": rng.sample(causes, 1),
        "exitCodes": [75],
        "neverExitCodes": [75],
        "jitter": rng.choice(["full", 0, 0.5]),
    }
    return {name: value for name, value in drawn.items() if rng.random() < 0.3}
