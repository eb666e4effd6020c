"""The images of steps: found in the engine, or pulled once for all steps that wait for the same. An image is the place of a step."""

from __future__ import annotations

import time
from collections.abc import Callable

from bakehouse.errors import BakehouseError
from bakehouse.ir.execution import LaunchSpec, Place, StepError
from bakehouse.runners.answering import Answers, Ready, Tell
from bakehouse.runners.container_engine import ContainerEngine, Image
from bakehouse.runners.errors import EngineAway, NotBuilt

_PATIENCE, _AGAIN = 60.0, 1.0  # seconds for which an engine may be away, and between questions


class Images:
    """Asks the engine that `engine` gives, which raises `EngineAway` while there is none. Any thread may call."""

    def __init__(self, engine: Callable[[], ContainerEngine]) -> None:
        self._engine = engine
        self._answers = Answers("its image cannot be made ready")

    def ask(self, launch: LaunchSpec, tell: Tell, ready: Ready) -> None:
        """Call `ready` from a thread with the place of this attempt; the image is pulled if it is not there. Never blocks."""
        self._answers.ask(launch.image, lambda tell: self._found(launch.image, tell), tell, ready)

    def known(self, launch: LaunchSpec) -> Place | StepError | None:
        """The place of this attempt if its image is there, `None` if it would have to be pulled; or why there can be none."""
        try:
            image = self._engine().image(launch.image)
        except BakehouseError as error:
            return StepError(message=error.message, remedy=error.remedy or "")
        return None if image is None else place(launch.image, image)

    def _found(self, reference: str, tell: Tell) -> Place:
        give_up = time.monotonic() + _PATIENCE
        while (place := self._tried(reference, tell, last=time.monotonic() > give_up)) is None:
            time.sleep(_AGAIN)
        return place

    def _tried(self, reference: str, tell: Tell, *, last: bool) -> Place | None:
        """The place; `None` while the engine is away, unless it is asked for the last time. Raises `NotBuilt`."""
        try:
            return self._there(reference, tell)
        except EngineAway as error:
            if last:
                raise
            tell(f"waiting for the container engine: {error.why}")
            return None
        except BakehouseError as error:
            raise NotBuilt(StepError(message=error.message, type=type(error).__name__, remedy=error.remedy or "")) from error

    def _there(self, reference: str, tell: Tell) -> Place:
        engine = self._engine()
        image = engine.image(reference)
        if image is None:
            engine.pull(reference, tell)
            image = engine.image(reference)
        if image is None:
            raise NotBuilt(StepError(message=f"the image {reference} was pulled and is not there", remedy="See what the engine says of it: images."))
        return place(reference, image)


def place(reference: str, image: Image) -> Place:
    """Where a step runs in this image. Its id is what is started, its digest part of the cache key."""
    return Place(interpreter=image.id, python="", platform=image.platform, lock=f"{reference}=={image.digest}")
