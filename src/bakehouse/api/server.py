"""What the server says of itself, what it says when something is wrong, and what a stream carries."""

from __future__ import annotations

from pydantic import Field

from bakehouse.api.base import Message
from bakehouse.api.pipelines import ProblemText
from bakehouse.api.runs import Event, RunSummary, TaskSummary


class About(Message):
    """This server."""

    version: str
    home: str
    slots: int
    python: str
    user: str
    login: bool = False


class Credentials(Message):
    """What a page logs in with."""

    token: str = Field(max_length=4096)


class LoggedIn(Message):
    """Whether a page is logged in now."""

    login: bool


class ErrorBody(Message):
    """Every error of `/apis/bakehouse/v1`: its class as a code, and all problems with place and remedy."""

    code: str
    message: str
    problems: list[ProblemText] = []


class RunUpdate(Message):
    """Stream message `run`: a run as it is now, what happened since the last message, and the steps that it happened to, as they are now."""

    run: RunSummary
    seq: int
    events: list[Event]
    tasks: list[TaskSummary]


class RunGone(Message):
    """Stream message `gone`: the run was deleted."""

    run_id: str


class NewRuns(Message):
    """Stream message `new`: runs were created since the last message, or since the stream was opened."""

    run_id: str
    """The newest one."""


class LogUpdate(Message):
    """Stream message `log`: the next bytes of a log, which may end in the middle of a line."""

    run_id: str
    task_id: str
    attempt: int
    offset: int
    next_offset: int
    text: str
    complete: bool
