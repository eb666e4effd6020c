"""What can go wrong when an attempt becomes a process.

NotBuilt      the environment of a step cannot be made: carries what its reader is told
BadOutput     a step ended well, but what it wrote is not what it declares
BadInputs     an input artifact is gone or was changed
Uncollected   what an attempt left cannot be collected now
Elsewhere     an attempt was claimed by somebody else: it must not be started
NotPodAttempt an attempt was not started as a pod, or is gone
AttemptOver   an attempt has ended: nothing more is taken of it
EngineAway    a container engine does not answer
NoEngine      none answers anywhere
EngineRefused a container engine answers that it will not
NoSuchImage   an image that was there is there no more
NotPulled     an image cannot be had from its registry
BadArrival    what the keeper of a pod brings is not what an attempt may leave
├── TooMuch   it is larger than what is taken
└── Damaged   it is not what was sent
Misplaced     there is a gap before what the keeper of a pod brings
Untaken       what the keeper of a pod brings cannot be written down now
BadKey        the key by which the tokens of pods are signed is none
BadSecret     the secret that servers share whose pods are the same cannot be read, or is too short
KeptElsewhere the server of another home has the attempt whose keeper asks
Incomplete    the keeper of a pod has brought something to another server, and this one lacks it
"""

from __future__ import annotations

from collections.abc import Sequence

from bakehouse.errors import BadInput, BakehouseError, Conflict, NotFound, Unavailable, short
from bakehouse.ir.execution import StepError


class NotBuilt(Unavailable):
    """The environment of a step cannot be made."""

    code = "not_built"

    def __init__(self, error: StepError) -> None:
        self.error = error
        super().__init__(error.message, place="packages_to_install", remedy=error.remedy or None)


class BadOutput(BakehouseError):
    """A step ended well, but what it wrote is not what it declares."""

    code = "bad_output"


class BadInputs(NotFound):
    """An input artifact is gone or was changed."""

    code = "bad_inputs"


class Uncollected(Unavailable):
    """What an attempt left cannot be collected now: it stays where it is until it can be."""

    code = "uncollected"

    def __init__(self, *, why: str, remedy: str = "See that its disk is there and has room: it is collected then.") -> None:
        self.why = why
        super().__init__(f"what the step left cannot be collected yet: {why}", remedy=remedy)


class Elsewhere(Conflict):
    """An attempt was claimed by somebody else: it must not be started."""

    code = "elsewhere"

    def __init__(self, *, attempt: str) -> None:
        self.attempt = attempt
        super().__init__(f"attempt {attempt} has been started by another engine", remedy="That engine tells how it ends: this one has nothing to do.")


class NotPodAttempt(NotFound):
    """An attempt was not started as a pod, or is gone."""

    code = "not_a_pod"

    def __init__(self, *, attempt: str) -> None:
        self.attempt = attempt
        super().__init__(
            f"no pod of this home runs the attempt {attempt}", remedy="Its run was deleted, or its pod is of another home: delete the pod."
        )


class AttemptOver(Conflict):
    """An attempt has ended: nothing more is taken of it."""

    code = "attempt_over"

    def __init__(self, *, attempt: str) -> None:
        self.attempt = attempt
        super().__init__(f"attempt {attempt} has ended: nothing more is taken of it", remedy="Its pod has nothing left to do: delete it.")


class EngineAway(Unavailable):
    """A container engine does not answer."""

    code = "engine_away"

    def __init__(self, *, endpoint: str, why: str) -> None:
        self.endpoint, self.why = endpoint, why
        super().__init__(
            f"the container engine does not answer: {why}",
            place=endpoint,
            remedy="Start it: systemctl --user start podman.socket, or systemctl start docker.",
        )


class NoEngine(EngineAway):
    """No container engine answers, wherever one is usually found."""

    code = "no_engine"

    def __init__(self, *, tried: Sequence[tuple[str, str]]) -> None:
        self.tried = tuple(tried)
        EngineAway.__init__(self, endpoint=", ".join(where for where, _ in tried), why="; ".join(f"{where}: {why}" for where, why in tried))
        Unavailable.__init__(
            self,
            f"no container engine answers ({self.why})",
            remedy="Start one (systemctl --user start podman.socket, or systemctl start docker), or say where it is: DOCKER_HOST=unix:///PATH.",
        )


class EngineRefused(BakehouseError):
    """A container engine answers that it will not do what it was asked."""

    code = "engine_refused"

    def __init__(self, *, what: str, why: str) -> None:
        self.what, self.why = what, why
        super().__init__(
            f"the container engine could not {what}: {why}", remedy="Its log says more: journalctl --user -u podman, or journalctl -u docker."
        )


class NoSuchImage(Unavailable):
    """The image of a step was there when the step was prepared, and is not when it starts."""

    code = "no_such_image"

    def __init__(self, *, image: str) -> None:
        self.image = image
        super().__init__(f"the image {image} was removed before the step started", remedy="Run the pipeline again: the image is pulled then.")


class NotPulled(Unavailable):
    """An image cannot be had from its registry."""

    code = "not_pulled"

    def __init__(self, *, image: str, why: str) -> None:
        self.image, self.why = image, why
        super().__init__(
            f"the image {image} cannot be pulled: {why}",
            remedy=f"Correct the image's name, log in to its registry (podman login, docker login), or bring it here first: podman pull {image}.",
        )


class BadArrival(BadInput):
    """What the keeper of a pod brings is not what an attempt may leave."""

    code = "bad_arrival"

    def __init__(self, *, what: str, why: str, remedy: str = "Bring what the step left, as docs/reference/pods.md has it.") -> None:
        self.what, self.why = what, why
        super().__init__(f"{short(what)!r} is not taken: {why}", remedy=remedy)


class TooMuch(BadArrival):
    """What the keeper of a pod brings is larger than what is taken."""

    code = "too_much"

    def __init__(self, *, what: str, most: int) -> None:
        self.most = most
        super().__init__(what=what, why=f"it is larger than {most:,} bytes", remedy="Give it as an artifact (Output[Dataset]).")


class Damaged(BadArrival):
    """What the keeper of a pod brings is not what was sent."""

    code = "damaged"

    def __init__(self) -> None:
        super().__init__(what="the body", why="its digest is not that of its header Content-Digest", remedy="Send it again.")


class Misplaced(Conflict):
    """There is a gap before what the keeper of a pod brings."""

    code = "misplaced"

    def __init__(self, *, offset: int, expected: int) -> None:
        self.offset, self.expected = offset, expected
        super().__init__(f"byte {expected} is expected, not byte {offset}", place="query.offset", remedy="Go on from there: Upload-Offset tells it.")


class Untaken(Unavailable):
    """What the keeper of a pod brings cannot be written down now."""

    code = "untaken"

    def __init__(self, *, what: str, why: str) -> None:
        self.what, self.why = what, why
        super().__init__(f"nothing can be written to {what}: {why}", place=what, remedy="See that its disk is there and has room.")


class BadKey(Unavailable):
    """The key by which the tokens of pods are signed is none: nobody may sign or be believed with it."""

    code = "bad_key"

    def __init__(self, *, path: str, size: int, expected: int) -> None:
        self.path, self.size, self.expected = path, size, expected
        super().__init__(
            f"{path} has {size} bytes, and a key of pods has {expected}",
            place=path,
            remedy="Delete it: another one is made. Pods that run now are not let in any more, and their steps are lost.",
        )


class BadSecret(Unavailable):
    """The secret that servers share whose pods are the same cannot be read, or is too short."""

    code = "bad_secret"

    def __init__(self, *, path: str, why: str) -> None:
        self.path = path
        super().__init__(
            f"the secret in {path} cannot be used: {why}",
            place="environment variable BAKEHOUSE_POD_KEY_FILE",
            remedy="Let it name a file with a long random text, the same for all servers: `openssl rand -base64 32` makes one.",
        )


class KeptElsewhere(Unavailable):
    """The server of another home has the attempt whose keeper asks, or is about to take it over."""

    code = "kept_elsewhere"

    def __init__(self, *, attempt: str) -> None:
        self.attempt = attempt
        super().__init__(f"another server has the attempt {attempt}", remedy="Ask again on another connection, which may lead there.")


class Incomplete(Conflict):
    """The keeper of a pod has brought something to a server that had the attempt before, and this one lacks it."""

    code = "incomplete"

    def __init__(self, *, attempt: str) -> None:
        self.attempt = attempt
        super().__init__(f"not all that was brought of the attempt {attempt} is here", remedy="Bring all of it again, then tell the result again.")
