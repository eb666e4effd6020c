"""The images of steps: found in the engine, or pulled once for all steps that wait for the same. An image is the place of a step."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from bakehouse.errors import BakehouseError
from bakehouse.ir.digests import digest_value
from bakehouse.ir.execution import LaunchSpec, Place, StepError
from bakehouse.ir.values import JsonObject
from bakehouse.runners.answering import Answers, Ready, Tell
from bakehouse.runners.container_engine import ContainerEngine, Image
from bakehouse.runners.errors import EngineAway, NoSuchImage, NotBuilt

_ALWAYS, _NEVER = "Always", "Never"
_PATIENCE, _AGAIN = 60.0, 1.0  # seconds for which an engine may be away, and between questions


@dataclass(frozen=True)
class Wanted:
    """An image, and when it is pulled by Kubernetes' words: `Always`, `Never`; in any other case only where it is not there."""

    reference: str
    policy: str = ""


class Images:
    """Asks the engine that `engine` gives, which raises `EngineAway` while there is none. Any thread may call.

    `create`: further arguments for all containers, which are part of the place.
    """

    def __init__(self, engine: Callable[[], ContainerEngine], create: JsonObject) -> None:
        self._engine, self._create = engine, create
        self._answers = Answers("its image cannot be made ready")
        self._seen: dict[str, Image] = {}  # by id, for which an image stays the same

    def ask(self, launch: LaunchSpec, tell: Tell, ready: Ready) -> None:
        """Call `ready` from a thread with the place of this attempt; the image is pulled if it is not there. Never blocks."""
        wanted = Wanted(launch.image, str(launch.kubernetes.get("imagePullPolicy") or ""))
        self._answers.ask(wanted, lambda tell: self._found(wanted, tell), tell, ready)

    def known(self, launch: LaunchSpec) -> Place | StepError | None:
        """The place of this attempt if its image is there, `None` if it would have to be pulled; or why there can be none."""
        try:
            image = self._engine().image(launch.image)
        except BakehouseError as error:
            return StepError(message=error.message, remedy=error.remedy or "")
        return None if image is None else place(launch.image, image, self._create)

    def of(self, launch: LaunchSpec) -> Image:
        """The image that an attempt is started in: that of its place. Raises `NoSuchImage`, `EngineAway`.

        One that this runner has seen is not looked for again: where it was removed meanwhile, no container can be made of it.
        """
        reference = launch.place.interpreter if launch.place else launch.image
        image = self._seen.get(reference) or self._engine().image(reference)
        if image is None:
            raise NoSuchImage(image=launch.image)
        return image

    def _found(self, wanted: Wanted, tell: Tell) -> Place:
        give_up = time.monotonic() + _PATIENCE
        while (place := self._tried(wanted, tell, last=time.monotonic() > give_up)) is None:
            time.sleep(_AGAIN)
        return place

    def _tried(self, wanted: Wanted, tell: Tell, *, last: bool) -> Place | None:
        """The place; `None` while the engine is away, unless it is asked for the last time. Raises `NotBuilt`."""
        try:
            return self._there(wanted, tell)
        except EngineAway as error:
            if last:
                raise
            tell(f"waiting for the container engine: {error.why}")
            return None
        except BakehouseError as error:
            raise NotBuilt(StepError(message=error.message, type=type(error).__name__, remedy=error.remedy or "")) from error

    def _there(self, wanted: Wanted, tell: Tell) -> Place:
        engine, reference = self._engine(), wanted.reference
        image = engine.image(reference)
        if wanted.policy == _ALWAYS or (image is None and wanted.policy != _NEVER):
            engine.pull(reference, tell)
            image = engine.image(reference)
        if image is None and wanted.policy == _NEVER:
            remedy = f"Bring it here (podman pull {reference}), or leave out set_image_pull_policy."
            raise NotBuilt(StepError(message=f"the image {reference} is not there, and is never to be pulled", remedy=remedy))
        if image is None:
            raise NotBuilt(StepError(message=f"the image {reference} was pulled and is not there", remedy="See what the engine says of it: images."))
        self._seen[image.id] = image
        return place(reference, image, self._create)


def place(reference: str, image: Image, create: JsonObject) -> Place:
    """Where a step runs in this image: its id is what is started. Its digest is part of the cache key, and so is what its container is made with."""
    lock = [f"{reference}=={image.digest}", *([f"container=={digest_value(create)}"] if create else [])]
    return Place(interpreter=image.id, python="", platform=image.platform, lock="\n".join(lock))
