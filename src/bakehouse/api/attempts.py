"""Attempts of steps, and what was measured of them, as our own API shows it."""

from __future__ import annotations

from enum import Enum

from bakehouse.api.base import Message, Moment


class Failure(Message):
    """What went wrong in a step, in the author's terms. Text fields are empty where nothing is known."""

    message: str
    type: str = ""
    file: str = ""
    line: int = 0
    function: str = ""
    source_line: str = ""
    traceback: str = ""
    remedy: str = ""


class Attempt(Message):
    """One attempt of a step."""

    number: int
    state: str
    """OPENED, RUNNING, SUCCEEDED or FAILED."""
    cause: str = ""
    """Why it failed, by kind, such as `user error` or `out of memory`."""
    exit_code: int | None = None
    failure: Failure | None = None
    phases: dict[str, Moment] = {}
    """When each phase began: `preparing`, `queued`, `opened`, `started`, …, `ended`; in the order of time."""
    cpu_seconds: float | None = None
    """User and system, with all child processes that were waited for."""
    peak_memory: int | None = None
    """Bytes."""
    cpu_request: float | None = None
    """Cores that it asked for; 0: it said nothing; `null`: nobody knows."""
    memory_request: int | None = None
    """Bytes, likewise."""
    code_digest: str = ""
    """Of what is executed, as in the cache key: attempts with the same one run the same code."""
    environment_lock: str = ""
    """The installed distributions, one `name==version` on a line."""
    environment_digest: str = ""
    """Of that list."""
    log_note: str = ""
    """Why the log is not whole, if it is not."""
    log_size: int = 0
    """Bytes of the log so far."""
    command: list[str] = []
    """What is executed, arguments included; empty for a step that is a Python function."""
    function: str = ""
    source: str = ""
    """The source of a step that is a Python function, as it was executed."""
    source_file: str = ""
    source_line: int = 0
    env: dict[str, str] = {}
    image: str = ""
    requirements: list[str] = []
    interpreter: str = ""


class Resource(str, Enum):
    """What a step can ask for of its machine."""

    CPU = "cpu"
    MEMORY = "memory"


class Suggestion(Message):
    """What the steps of a component should ask for, by what was measured of those of a run. Amounts are cores or bytes."""

    component: str
    task_id: str
    """One of its steps."""
    tasks: int
    """How many steps there are of it."""
    resource: Resource
    asked: float
    """0: it said nothing."""
    measured: float
    """The largest of all attempts."""
    suggested: str
    """A quantity, as KFP takes it."""
    call: str
    """What the author writes behind the task, such as `.set_memory_request("1500M")`."""


class SuggestionList(Message):
    """What the steps of a run should ask for, by component."""

    suggestions: list[Suggestion]


class RunCode(Message):
    """What was executed for a run; what it reused counts as executed."""

    digests: dict[str, list[str]]
    """By component, as in `code_digest` of an attempt: one, unless its command depends on parameters."""
