"""References to images, as pipelines and container engines write them. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def name_and_tag(reference: str) -> tuple[str, str]:
    """The name of an image and its tag or digest; a reference without either means `latest`."""
    if "@" in reference:
        return reference.rpartition("@")[0], reference.rpartition("@")[2]
    name, colon, tag = reference.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (reference, "latest")


def digest(reference: str, of_registries: Sequence[str], image_id: str) -> str:
    """The digest that a registry knows the image by, if one does: it is the same on all machines."""
    name = name_and_tag(reference)[0].rpartition("/")[2]
    found = sorted(one.partition("@")[2] for one in of_registries if one.partition("@")[0].rpartition("/")[2] == name)
    return found[0] if found else image_id
