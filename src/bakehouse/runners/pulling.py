"""How far the pull of an image has come, by what a container engine tells of its layers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MEGABYTE = 1e6  # bytes


def note(layers: dict[str, tuple[int, int]], event: Mapping[str, Any]) -> None:
    """Note what an event says of a layer: bytes that are there, and all of it."""
    detail = event.get("progressDetail") or {}
    if event.get("id") and detail.get("total"):
        layers[event["id"]] = int(detail.get("current") or 0), int(detail["total"])


def progress(layers: Mapping[str, tuple[int, int]]) -> str:
    """What is there of all layers."""
    done, total = (sum(each[index] for each in layers.values()) / _MEGABYTE for index in (0, 1))
    return f"{done:.0f} of {total:.0f} MB"
