"""Memory that a step asks for, and what follows when it was too little. Pure."""

from __future__ import annotations

from bakehouse.ir import quantities
from bakehouse.ir.execution import Cause, Ending, LaunchSpec, Requests
from bakehouse.ir.policies import MemoryGrowth
from bakehouse.orchestrator.values import replace


def raised(requests: Requests, growth: MemoryGrowth, times: int) -> Requests:
    """What an attempt asks for after so many that ran out of memory: more by the author's factor each time, up to his limit."""
    memory = requests.memory
    for _ in range(times):
        larger = min(int(memory * growth.factor), growth.up_to)
        if larger <= memory:
            break
        memory = larger
    return requests if memory == requests.memory else replace(requests, memory=memory)


def told(ending: Ending, launch: LaunchSpec | None) -> Ending:
    """The same ending; of an attempt that ran out of memory it is said how much it had asked for."""
    if ending.cause is not Cause.OUT_OF_MEMORY or ending.error is None or launch is None or not launch.requests.memory:
        return ending
    error = replace(ending.error, message=f"{ending.error.message}; it had asked for {quantities.memory(launch.requests.memory)}")
    return replace(ending, error=error)
