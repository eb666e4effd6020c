"""Random policies of steps: what `platforms.bakehouse` can say of one."""

from __future__ import annotations

import random
from collections.abc import Mapping

from bakehouse.ir.values import JsonObject


def executor(rng: random.Random, name: str, steps: dict[str, JsonObject]) -> str:
    """The executor of a step: one of its own, with what is said of it put into `steps`, or most often the one that all others share."""
    if rng.random() >= 0.25:
        return "exec-step"
    steps[f"exec-{name}"] = {"retryPolicy": _retry(rng)}
    return f"exec-{name}"


def platforms(steps: Mapping[str, JsonObject]) -> JsonObject:
    """The second document of a pipeline with these policies, by executor labels."""
    return {"bakehouse": {"deploymentSpec": {"executors": dict(steps)}}} if steps else {}


def _retry(rng: random.Random) -> JsonObject:
    # Not "lost": an engine that dies loses attempts too, of which the reference knows nothing.
    causes = ["exit code", "user error", "terminated"]
    drawn = {
        "on": rng.sample(causes, rng.randint(1, 2)),
        "never": rng.sample(causes, 1),
        "exitCodes": [75],
        "neverExitCodes": [75],
        "jitter": rng.choice(["full", 0, 0.5]),
    }
    return {name: value for name, value in drawn.items() if rng.random() < 0.3}
