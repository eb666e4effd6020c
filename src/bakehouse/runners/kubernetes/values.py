"""What stands in a step's settings for Kubernetes, read with its path: nobody has checked it before. Pure.

The settings are KFP's `KubernetesExecutorConfig` in protobuf's JSON (an int64 may be a text, a number of a `Struct` is a float), with the
values of the run put in, and what `platforms.bakehouse` says of the pod beside it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from bakehouse.ir.values import Json, JsonObject
from bakehouse.runners.kubernetes.errors import BadPod

#: The Secrets with which images are pulled.
PULL_SECRETS = "imagePullSecret"
_WHOLE = re.compile(r"-?[0-9]+")


def entries(settings: JsonObject, field: str) -> Iterator[tuple[str, JsonObject]]:
    """The entries of a list, each with its path. Raises `BadPod`."""
    given = settings.get(field) or ()
    if not isinstance(given, list | tuple):
        raise _wrong(field, given, "a list")
    for index, one in enumerate(given):
        yield f"{field}[{index}]", mapping(f"{field}[{index}]", one)


def mapping(path: str, value: Json) -> JsonObject:
    """A mapping; an empty one where nothing stands. Raises `BadPod`."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _wrong(path, value, "a mapping")
    return value


def texts(path: str, value: Json) -> dict[str, str]:
    """A mapping of texts to texts. Raises `BadPod`."""
    return {str(key): text(f"{path}[{key!r}]", one, empty=True) for key, one in mapping(path, value).items()}


def text(path: str, value: Json, *, empty: bool = False) -> str:
    """A text. Raises `BadPod` for something else, and for an empty one that must not be."""
    if value is None and empty:
        return ""
    if not isinstance(value, str) or not (value or empty):
        raise _wrong(path, value, "a text")
    return value


def words(path: str, value: Json) -> list[str]:
    """A list of texts. Raises `BadPod`."""
    if not isinstance(value, list | tuple):
        raise _wrong(path, value, "a list")
    return [text(f"{path}[{index}]", one, empty=True) for index, one in enumerate(value)]


def whole(path: str, value: Json) -> int:
    """A whole number, however JSON spells it. Raises `BadPod`."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value != int(value):
        raise _wrong(path, value, "a whole number")
    return int(value)


def name(path: str, entry: JsonObject, field: str) -> str:
    """The name of a Secret, ConfigMap or claim: a value of the run, or else as it was written. Raises `BadPod`."""
    return text(f"{path}.{field}", entry.get(f"{field}Parameter") or entry.get(field))


def named(settings: JsonObject, field: str, key: str) -> Iterator[tuple[str, JsonObject]]:
    """The entries of a list that name a Secret or ConfigMap as `key`, each with its path. Raises `BadPod`.

    Left out is what names nothing since the run was not given that value: where it is optional, and what is only for pulling images.
    """
    for path, entry in entries(settings, field):
        if entry.get(key) or entry.get(f"{key}Parameter") or not (entry.get("optional") is True or field == PULL_SECRETS):
            yield path, entry


def without(entry: JsonObject) -> dict[str, Json]:
    """An entry without what is empty or `None`."""
    return {key: value for key, value in entry.items() if value not in ("", None, [], {})}


def _wrong(path: str, value: Json, wanted: str) -> BadPod:
    return BadPod(
        f"{path} of the step's settings for Kubernetes is {value!r}, where {wanted} is needed",
        place=f"platforms.kubernetes {path}",
        remedy="Correct the call of `kfp.kubernetes` that sets it, or the value of the run that it takes.",
    )
