"""What authors give to settings of Kubernetes, checked: texts that are known now, mappings of them, numbers, quantities, label selectors. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bakehouse.dsl import channels
from bakehouse.dsl.channels import PipelineChannel, UnknownChannel
from bakehouse.dsl.errors import WrongType, WrongValue, nearest
from bakehouse.dsl.values import spelled, writable
from bakehouse.ir import quantities

_KNOWN_NOW = "Write a text: it is needed before the pipeline runs. Names of secrets, config maps and volume claims may be values of the run."
_LARGEST = 2**63 - 1  # an int64 of protobuf
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
#: Characters of a DNS-1123 subdomain and label.
_LONGEST_SUBDOMAIN, _LONGEST_LABEL = 253, 63


class AlreadyTold(Exception):
    """A value stands for something that is wrong and has been reported: nothing more is to be said, or set."""


def text(what: str, value: Any) -> str:
    """A text that is known now and not empty. Raises `WrongType`, `WrongValue`."""
    _known(value)
    if isinstance(value, PipelineChannel):
        raise WrongType(f"{what} is {value.full_name}, whose value is known only when the pipeline runs", remedy=_KNOWN_NOW)
    if not isinstance(value, str):
        raise WrongType(f"{what} is {spelled(value)}, which is no text", remedy="Write a text.")
    if not value:
        raise WrongValue(f"{what} is empty", remedy="Write what it is.")
    return settled(what, value)


def maybe(what: str, value: Any) -> str:
    """The same, or an empty text for one that is empty or `None`. Raises `WrongType`, `WrongValue`."""
    return "" if value is None or (isinstance(value, str) and not value) else text(what, value)


def name(what: str, value: Any) -> str:
    """The name of an object of the cluster: a Secret, a ConfigMap, a claim. Raises `WrongType`, `WrongValue`.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
    """
    known = text(what, value)
    if len(known) > _LONGEST_SUBDOMAIN or not all(_LABEL.fullmatch(part) for part in known.split(".")):
        remedy = f"A name has small letters, digits, dashes and dots, begins and ends with a letter or digit, and has at most {_LONGEST_SUBDOMAIN}."
        raise WrongValue(f"{what} is {spelled(known)}, which is no name of anything in Kubernetes", remedy=remedy)
    return known


def label(what: str, value: Any) -> str:
    """The name of a part of a pod: a volume, a container. Raises `WrongType`, `WrongValue`.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
    """
    known = text(what, value)
    if len(known) > _LONGEST_LABEL or not _LABEL.fullmatch(known):
        remedy = f"Such a name has small letters, digits and dashes, begins and ends with a letter or digit, and has at most {_LONGEST_LABEL}."
        raise WrongValue(f"{what} is {spelled(known)}, which is no name of a part of a pod", remedy=remedy)
    return known


def settled(what: str, value: str) -> str:
    """A text without values of the run in it. Raises `WrongValue`: KFP would take its own mark of such a value for the text."""
    if channels.names_in(value):
        raise WrongValue(
            f"{what} is a text with a value in it that is known only when the pipeline runs",
            remedy="Pass the value itself where that is possible, without text around it: let a component put the text together.",
        )
    return writable(what, value)


def texts(what: str, value: Any) -> list[str]:
    """A list of such texts. Raises `WrongType`, `WrongValue`."""
    return [text(f"{what}[{index}]", one) for index, one in enumerate(items(what, value))]


def items(what: str, value: Any) -> Sequence[Any]:
    """A list, not a lone text. Raises `WrongType`."""
    _known(value)
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise WrongType(f"{what} is {_shown(value)}, which is no list", remedy=f"Write a list: [{_shown(value)}].")
    return value


def mapping(what: str, value: Any) -> dict[str, str]:
    """A mapping of texts to texts, whose values may be empty. Raises `WrongType`, `WrongValue`."""
    given = fields(what, value)
    return {text(f"a key of {what}", key): maybe(f"{what}[{key!r}]", one) for key, one in given.items()}


def fields(what: str, value: Any) -> Mapping[Any, Any]:
    """A mapping. Raises `WrongType`."""
    _known(value)
    if not isinstance(value, Mapping):
        raise WrongType(f"{what} is {_shown(value)}, which is no mapping", remedy="Write a mapping: {…: …}.")
    return value


def variables(what: str, value: Any) -> dict[str, str]:
    """A mapping of keys to names of environment variables. Raises `WrongType`, `WrongValue`."""
    return {text(f"a key of {what}", key): variable(one) for key, one in fields(what, value).items()}


def variable(name: Any) -> str:
    """The name of an environment variable. Raises `WrongType`, `WrongValue`."""
    known = text("the name of an environment variable", name)
    if "=" in known or "\0" in known:
        raise WrongValue(f"{name!r} is no name of an environment variable", remedy='A name has no "=".')
    return known


def whole(what: str, value: Any, *, least: int = 0, most: int = _LARGEST) -> int:
    """A whole number. Raises `WrongType`, `WrongValue`."""
    _known(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongType(f"{what} is {_shown(value)}, which is no whole number that is known now", remedy="Write a whole number.")
    if not least <= value <= most:
        limits = f"from {least} to {most}" if most < _LARGEST else f"of {least} or more"
        raise WrongValue(f"{what} is {value}", remedy=f"Write a whole number {limits}.")
    return value


def flag(what: str, value: Any) -> bool:
    """True or False. Raises `WrongType`."""
    _known(value)
    if not isinstance(value, bool):
        raise WrongType(f"{what} is {_shown(value)}", remedy="Write True or False.")
    return value


def choice(what: str, value: Any, known: Collection[str]) -> str:
    """One of some words. Raises `WrongType`, `WrongValue`."""
    given = text(what, value)
    if given not in known:
        raise WrongValue(f"{what} is {given!r}", remedy=_one_of(given, known))
    return given


def quantity(what: str, value: Any) -> str:
    """An amount as Kubernetes takes it: `5Gi`, `500m`. Raises `WrongType`, `WrongValue`."""
    given = text(what, value)
    if not quantities.is_accepted(given):
        raise WrongValue(f"{what} is {given!r}, which is no quantity", remedy=quantities.REMEDY)
    return given


#: What a requirement of a label selector can ask, and of a node selector beyond that.
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
NODE_OPERATORS = (*OPERATORS, "Gt", "Lt")


def requirements(what: str, value: Any, operators: Collection[str]) -> list[dict[str, Any]]:
    """Requirements of a selector, `{"key", "operator", "values"}` each. Raises `WrongType`, `WrongValue`."""
    return [_requirement(f"{what}[{index}]", one, operators) for index, one in enumerate(items(what, value or ()))]


def _requirement(what: str, value: Any, operators: Collection[str]) -> dict[str, Any]:
    given = dict(fields(what, value))
    unknown = [name for name in given if name not in {"key", "operator", "values"}]
    if unknown:
        raise WrongValue(f"{what} has {unknown[0]!r}", remedy=nearest(str(unknown[0]), ("key", "operator", "values")))
    found: dict[str, Any] = {
        "key": text(f"the key of {what}", given.get("key", "")),
        "operator": choice(f"the operator of {what}", given.get("operator", ""), operators),
    }
    # Numbers that Gt and Lt compare with are texts to Kubernetes too.
    values = texts(f"the values of {what}", given.get("values") or ())
    if bool(values) != (found["operator"] not in {"Exists", "DoesNotExist"}):
        raise WrongValue(f"{what} has the operator {found['operator']} and {'no ' if not values else ''}values", remedy=_values_of(found["operator"]))
    return found | ({"values": values} if values else {})


def _values_of(operator: str) -> str:
    return "Remove the values: it asks only for the key." if operator in {"Exists", "DoesNotExist"} else 'Write them: "values": ["…"].'


def _known(value: Any) -> None:
    if isinstance(value, UnknownChannel):
        raise AlreadyTold


def _one_of(given: str, known: Collection[str]) -> str:
    said = nearest(given, known)
    return said if said.startswith("Did") else f"Write one of {', '.join(known)}."


def _shown(value: Any) -> str:
    return value.full_name if isinstance(value, PipelineChannel) else spelled(value)
