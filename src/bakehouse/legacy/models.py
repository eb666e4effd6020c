"""What authors of KFP 1 take from the `kubernetes` package (`V1EnvVar`, `V1Volume`, …), read by what it has: it need not be installed. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bakehouse.dsl.channels import PipelineChannel
from bakehouse.dsl.errors import WrongType
from bakehouse.dsl.values import spelled

_PLAIN = (str, int, float, bool, type(None), PipelineChannel)


def read(what: str, model: Any) -> dict[str, Any]:
    """A model as a mapping with the names of Kubernetes' API (`valueFrom`), without what it does not say. A mapping is taken as it is.

    Raises `WrongType` for what is neither.
    """
    found = _plain(model)
    if not isinstance(found, dict):
        raise WrongType(f"{what} is {spelled(model)}", remedy="Pass a model of the kubernetes package, or a mapping with the names of its API.")
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items() if one is not None}
    names = getattr(value, "attribute_map", None)
    if not isinstance(names, Mapping):
        names = {name: re.sub("_([a-z])", lambda found: found[1].upper(), name) for name in getattr(value, "__dict__", {}) if name[0] != "_"}
    return {wire: _plain(one) for name, wire in names.items() if (one := getattr(value, name, None)) is not None} if names else value
