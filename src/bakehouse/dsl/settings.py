"""What authors write of quantities and durations, checked and read. Pure."""

from __future__ import annotations

import re
from typing import Any

from bakehouse.dsl import channels
from bakehouse.dsl.errors import WrongType, WrongValue
from bakehouse.dsl.values import writable
from bakehouse.ir import durations, quantities

_CPU = re.compile(r"([0-9]*[.])?[0-9]+m?")
_MEMORY = re.compile(r"([0-9]+)(E|Ei|P|Pi|T|Ti|G|Gi|M|Mi|K|Ki)?")
_GIGA = 1e9
_OF_THE_RUN = "a value that is known only when the pipeline runs goes to an input of the component, whose code sets os.environ['NAME']."


def cpu(text: Any) -> str:
    """A number of cores as Kubernetes writes it. Raises `WrongType`, `WrongValue`."""
    _texts("a number of cores", text, "0.5")
    if not _CPU.fullmatch(text):
        raise WrongValue(f"{text!r} is no number of cores", remedy='Write a number ("2", "0.5") or thousandths ("500m").')
    return str(text)


def cores(text: str) -> float:
    """The number of cores."""
    return _amount(text)


def memory(text: Any) -> str:
    """An amount of memory as Kubernetes writes it. Raises `WrongType`, `WrongValue`."""
    _texts("an amount of memory", text, "512Mi")
    if not _MEMORY.fullmatch(text):
        raise WrongValue(
            f"{text!r} is no amount of memory", remedy='Write a whole number of bytes, or with K, M, G, T, P, E or Ki, Mi, Gi …: "512Mi".'
        )
    return str(text)


def gigabytes(text: str) -> float:
    """The amount of memory in units of 10^9 bytes."""
    return _amount(text) / _GIGA


def _amount(text: str) -> float:
    """What a quantity means that was checked already."""
    amount = quantities.amount(text)
    if amount is None:
        raise ValueError(text)
    return amount


def count(given: Any) -> str:
    """A number of accelerators. Raises `WrongValue`."""
    if isinstance(given, bool) or not re.fullmatch(r"[0-9]+", str(given)):
        raise WrongValue(f"{given!r} is no number of accelerators", remedy="Write a whole number that is not negative.")
    return str(int(given))


def seconds(text: Any) -> float:
    """A duration such as `30s`, `5 min`, `2 weeks`; a bare number counts seconds. Raises `WrongType`, `WrongValue`."""
    _texts("a duration", text, "30s")
    found = durations.seconds(text)
    if found is None:
        raise WrongValue(f"{text!r} is no duration", remedy='Write a whole number and a unit: "30s", "5m", "1 hour", "2 weeks".')
    return found


def env(what: str, text: Any) -> str:
    """The name or value of an environment variable. Raises `WrongType`, `WrongValue`."""
    if not isinstance(text, str):
        raise WrongType(
            f"the {what} of an environment variable is a text known now, but is {text!r}",
            remedy=f"Write a text; {_OF_THE_RUN}",
        )
    if channels.names_in(text):
        raise WrongValue(
            f"the {what} of an environment variable is a text with a value in it that is known only when the pipeline runs",
            remedy=f"Write a text that is known now; {_OF_THE_RUN}",
        )
    if what == "name" and (not text or "=" in text or "\0" in text):
        raise WrongValue(f"{text!r} is no name of an environment variable", remedy='A name has no "=" and is not empty.')
    return writable(f"the {what} of an environment variable", text)


def text(what: str, given: Any) -> str:
    """A text that is known now. Raises `WrongType`, `WrongValue`."""
    if not isinstance(given, str):
        raise WrongType(f"{what} is a text, but is {given!r}", remedy="Write a text.")
    return writable(what, given)


def _texts(what: str, text: Any, example: str) -> None:
    if not isinstance(text, str):
        raise WrongType(
            f"{what} is written as a text, but is {text!r}", remedy=f'Write it in quotes: "{text if isinstance(text, int | float) else example}".'
        )
