"""What the launch document says to a step that runs in its image, a container's or a pod's. Pure.

The image's own pip installs what the step asks for (`bakehouse/task/images.py`).
"""

from __future__ import annotations

from dataclasses import replace

from bakehouse.ir.execution import LaunchSpec
from bakehouse.ir.values import JsonObject
from bakehouse.runners import pip_settings, requirements
from bakehouse.runners.pip_settings import PipSettings


def surroundings(launch: LaunchSpec, pip: PipSettings) -> JsonObject:
    """The fields that make the runtime keep what the image sets, and install the step's requirements there.

    `pip` is what is set up for steps, paths being those in the image; what the step itself says wins. What neither says is left to
    the image's own settings. Raises `NotBuilt` for requirements that cannot be meant.
    """
    wanted = requirements.in_image(launch, pip)
    if not wanted.requirements:
        return {"surroundings": "image"}
    variables = pip_settings.pip_variables(wanted.pip)
    if not wanted.pip.no_index:
        variables.pop("PIP_NO_INDEX")
    arguments = [*pip_settings.pip_arguments(wanted.pip), *["--no-deps"] * wanted.no_deps]
    return {"surroundings": "image", "requirements": list(wanted.requirements), "pip": {"arguments": arguments, "variables": variables}}


def reachable(pip: PipSettings) -> PipSettings:
    """Of the engine's own settings those that mean something in an image: what names its disk is left out."""

    def remote(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(text for text in texts if _is_remote(text))

    return replace(
        pip,
        index_url=pip.index_url if _is_remote(pip.index_url) else "",
        extra_index_urls=remote(pip.extra_index_urls),
        find_links=remote(pip.find_links),
        constraints=remote(pip.constraints),
        cert="",
        client_cert="",
    )


def _is_remote(text: str) -> bool:
    return "://" in text and not text.startswith("file:")
