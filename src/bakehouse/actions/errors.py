"""What can be wrong with what a user wants.

NotAllowed    the caller may not act in that namespace
NoSuchTask    the run has no task of that name
NotAStep      a group, where one of the steps that it holds is meant
NoSuchAttempt  the step has no attempt of that number
NotReplayable  a step that cannot be run again by itself
NoSuchLog     the task has no log, or no attempt of that number
BadPackage    an uploaded file is none that can hold a pipeline
BadName       a run, experiment, pipeline or version cannot have that name
BadTags       tags that are too many, too long, or have no key
BadUrl        a URL that is not fetched from
NotFetched    what lies at a URL could not be fetched
NoSuchArtifact  no artifact has that id
NoContent     an artifact has no file at that path that can be sent
BadPath       a path that does not lie inside an artifact
NotRemoved    a run is deleted, but not all of its files
BadReason     a reason that is too long, or has several lines
EmptyPolicy   a policy that says neither an age nor how many stay
NoSuchPolicy  there is no policy of that scope
NoSuchEnvironment     no environment has a key that begins like that
AmbiguousEnvironment  several have
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from bakehouse.errors import BadInput, NotFound, Unavailable, short

DOWNLOAD = "See that the machine of the server can reach it, with `curl -L` for instance; or download the file, and upload it."


class NotAllowed(BadInput):
    """The caller may not act in that namespace."""

    code = "not_allowed"

    def __init__(self, *, caller: str, namespace: str) -> None:
        self.caller, self.namespace = caller, namespace
        super().__init__(
            f"{caller} may not act in namespace {namespace}",
            remedy="Name something of your own namespace: lists show what is in it.",
        )


class NoSuchTask(NotFound):
    """The run has no task of that name."""

    code = "no_such_task"

    def __init__(self, *, run: str, task: str, tasks: str) -> None:
        self.run, self.task = run, task
        super().__init__(f"run {run} has no task {short(task)}", remedy=f"Its tasks are: {tasks}.")


class NotAStep(BadInput):
    """A group, where one of the steps that it holds is meant."""

    code = "not_a_step"

    def __init__(self, *, run: str, task: str) -> None:
        self.run, self.task = run, task
        super().__init__(
            f"{task} of run {run} is no step: it holds others",
            remedy=f"Name one of these, as `bakehouse runs show {run}` does: {task}/…",
        )


class NoSuchAttempt(NotFound):
    """The step has no attempt of that number."""

    def __init__(self, *, run: str, task: str, attempt: str, attempts: str) -> None:
        self.run, self.task, self.attempt = run, task, attempt
        super().__init__(f"step {task} of run {run} has no attempt {attempt}", remedy=f"Its attempts are: {attempts}.")


class NotReplayable(BadInput):
    """A step that cannot be run again by itself."""

    code = "not_replayable"

    def __init__(self, *, run: str, task: str, why: str) -> None:
        self.run, self.task, self.why = run, task, why
        super().__init__(
            f"step {task} of run {run} cannot be replayed: {why}",
            remedy=f"`bakehouse runs show {run}` shows its steps; `bakehouse run FILE --refresh {task}` runs one again in a new run.",
        )


class NoSuchLog(NotFound):
    """The task has no log, or no attempt of that number."""

    code = "no_such_log"

    def __init__(self, *, run: str, task: str, why: str, remedy: str) -> None:
        self.run, self.task = run, task
        super().__init__(f"task {short(task)} of run {run} has no such log: {why}", remedy=remedy)


class BadPackage(BadInput):
    """An uploaded file is none that can hold a pipeline."""

    code = "bad_package"

    def __init__(self, *, file: str, why: str) -> None:
        self.file, self.why = file, why
        super().__init__(
            f"this is no pipeline package: {why}",
            place=file,
            remedy="Upload what `bakehouse compile` or the KFP compiler wrote: a .yaml file, or a .zip or .tar.gz with one in it.",
        )


class BadName(BadInput):
    """A run, experiment, pipeline or version cannot have that name."""

    code = "bad_name"

    def __init__(self, *, kind: str, name: str, why: str, longest: int) -> None:
        self.kind, self.name = kind, name
        shown = name if len(name) <= 60 else f"{name[:60]}…"  # noqa: PLR2004  # enough to tell which one is meant
        super().__init__(
            f"the name {shown!r} cannot be given to {'an' if kind[0] in 'aeiou' else 'a'} {kind}: {why}",
            remedy=f"Choose a name of 1 to {longest} characters on one line, not all of them blank.",
        )


class BadTags(BadInput):
    """Tags that are too many, too long, or have no key."""

    code = "bad_tags"

    def __init__(self, *, why: str, remedy: str) -> None:
        super().__init__(f"these tags cannot be set: {why}", remedy=remedy)


class BadUrl(BadInput):
    """A URL that is not fetched from."""

    code = "bad_url"

    def __init__(self, *, url: str, why: str) -> None:
        self.url = url
        super().__init__(f"{url} is not fetched: {why}", remedy="Name a public https URL, or let the operator add the host to BAKEHOUSE_FETCH_ALLOW.")


class NotFetched(BadInput):
    """What lies at a URL could not be fetched."""

    code = "not_fetched"

    def __init__(self, *, url: str, why: str, remedy: str = DOWNLOAD) -> None:
        self.url = url
        super().__init__(f"{url} could not be fetched: {why}", remedy=remedy)


class NoSuchArtifact(NotFound):
    """No artifact has that id."""

    code = "no_such_artifact"

    def __init__(self, *, artifact: str) -> None:
        self.artifact = artifact
        super().__init__(
            f"there is no artifact {artifact}",
            remedy="The steps of a run name the ids of their artifacts, on its page and at /apis/bakehouse/v1/runs/RUN/tasks/TASK. "
            "When a run is deleted, artifacts go with it that nothing else uses.",
        )


class NoContent(NotFound):
    """An artifact has no file at that path that can be sent."""

    code = "no_content"

    def __init__(self, *, artifact: str, why: str, remedy: str) -> None:
        self.artifact, self.why = artifact, why
        super().__init__(f"the content of artifact {artifact} cannot be had: {why}", remedy=remedy)


class BadPath(BadInput):
    """A path that does not lie inside an artifact."""

    code = "bad_path"

    def __init__(self, *, path: str, why: str) -> None:
        self.path = path
        remedy = "Name a file as the artifact's preview lists it."
        super().__init__(f"{path!r} is no path inside the artifact: {why}", place="query.path", remedy=remedy)


class NotRemoved(Unavailable):
    """A run is deleted, but not all of its files."""

    code = "not_removed"

    def __init__(self, *, run: str, left: Mapping[str, str]) -> None:
        self.run, self.left = run, left
        why = "; ".join(f"{path}: {reason}" for path, reason in left.items())
        super().__init__(
            f"run {run} is deleted, but these files of it are not, and nothing names them any more: {why}",
            remedy=f"Delete them yourself: `rm -r {shlex.join(left)}`.",
        )


class NoSuchEnvironment(NotFound):
    """No environment has a key that begins like that."""

    code = "no_such_environment"

    def __init__(self, *, key: str) -> None:
        self.key = key
        super().__init__(f"there is no environment {key!r}", remedy="`bakehouse env list` shows the keys of those there are.")


class AmbiguousEnvironment(BadInput):
    """Several environments have a key that begins like that."""

    code = "ambiguous_environment"

    def __init__(self, *, key: str, keys: str) -> None:
        self.key = key
        super().__init__(f"several environments begin with {key!r}: {keys}", remedy="Give more characters of the one you mean.")


class BadReason(BadInput):
    """A reason that is too long, or has several lines."""

    code = "bad_reason"

    def __init__(self, *, longest: int) -> None:
        super().__init__(
            "this reason cannot be recorded: it is too long, or has several lines", remedy=f"Write one line of {longest} characters at most."
        )


class EmptyPolicy(BadInput):
    """A policy that says neither an age nor how many stay."""

    code = "empty_policy"

    def __init__(self) -> None:
        super().__init__("this policy would delete every run that is over", remedy="Say --older-than, --keep-last, or both.")


class NoSuchPolicy(NotFound):
    """There is no policy of that scope."""

    code = "no_such_policy"

    def __init__(self, *, scope: str) -> None:
        self.scope = scope
        super().__init__(f"there is no policy for {scope}", remedy="`bakehouse gc policy list` shows those there are.")
