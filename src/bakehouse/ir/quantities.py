"""Quantities as Kubernetes writes them: `500m`, `2`, `512Mi`, `1e3`. Pure.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

_QUANTITY = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:([eE][+-]?[0-9]+)|(n|u|m|k|K|M|G|T|P|E)|(K|M|G|T|P|E)i)?")
#: What Kubernetes takes for an amount of something: nothing around it, a small `k`, and nothing below zero, which its validation refuses.
_ACCEPTED = re.compile(r"\+?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?")
#: What to write in place of what it does not take.
REMEDY = 'Write a number from 0 on, with or without a unit, and no spaces: "5Gi", "500M", "1k".'
_SMALL = {"n": -9, "u": -6, "m": -3}
_POWERS = "KMGTPE"
_BINARY = 1024
#: Tidy numbers of two digits, with which all other tidy numbers begin.
_TIDY = (10, 15, 20, 30, 40, 50, 60, 80, 100)
_KILO, _MEGA = 1000, 10**6
_CORES = (0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0)
_CORES_BEYOND = 16
_MOST_DIGITS = 9  # of a core, after the point
_EXACT = 1 - 1e-9  # what is a tidy number already stays one, however it was computed


def amount(text: str) -> float | None:
    """The number that a quantity means, in the unit of what it counts (cores, bytes, pieces); `None` if it is none."""
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        return None
    number, exponent, decimal, binary = found.groups()
    value = Decimal(number + (exponent or ""))
    if decimal is not None:
        value *= Decimal(10) ** (_SMALL[decimal] if decimal in _SMALL else 3 * (_POWERS.index(decimal.upper()) + 1))
    if binary is not None:
        value *= _BINARY ** (_POWERS.index(binary) + 1)
    return float(value)


def is_accepted(text: str) -> bool:
    """Whether Kubernetes takes an amount as it is written; `-5Gi`, ` 5Gi` and `5K` it refuses."""
    return _ACCEPTED.fullmatch(text) is not None


def memory(size: float) -> str:
    """An amount of bytes for the reader, in the units of Kubernetes: `512 Mi`, `1.5 Gi`."""
    unit = ""
    for larger in _POWERS:
        if size < _BINARY:
            break
        size, unit = size / _BINARY, f"{larger}i"
    return f"{size:.4g} {unit}" if unit else f"{size:.4g} bytes"


def tidy_memory(size: float) -> str:
    """An amount of bytes rounded up to a tidy number of megabytes, as KFP takes it, which knows no fractions: `150M`, `1500M`, `2G`."""
    megabytes = max(1.0, size * _EXACT / _MEGA)
    tens = 10.0 ** (math.floor(math.log10(megabytes)) - 1)
    whole = math.ceil(next(step for step in _TIDY if step * tens >= megabytes) * tens)
    return f"{whole // _KILO}G" if whole % _KILO == 0 else f"{whole}M"


def tidy_cores(cores: float) -> str:
    """A number of cores rounded up to a tidy one: `100m`, `500m`, `1`, `3`, `12`; above 64 to a multiple of 16."""
    found = next((each for each in _CORES if each >= cores * _EXACT), None)
    if found is None:
        return str(math.ceil(cores / _CORES_BEYOND) * _CORES_BEYOND)
    return f"{found:g}" if found >= 1 else f"{found * 1000:g}m"


def cores(count: float) -> str:
    """A number of cores as an exact quantity: `2`, `500m`, `0.0005`."""
    thousandths = count * _KILO
    if thousandths == int(thousandths):
        return str(int(count)) if count == int(count) else f"{int(thousandths)}m"
    return f"{count:.{_MOST_DIGITS}f}".rstrip("0")


def size(count: int) -> str:
    """A number of bytes as an exact quantity, in the largest binary unit that is exact: `512Mi`, `1000000000`."""
    unit = ""
    for larger in _POWERS[:4]:
        if count % _BINARY:
            break
        count, unit = count // _BINARY, f"{larger}i"
    return f"{count}{unit}"


def plain(number: float) -> str:
    """A number as a quantity can begin with it, every digit of it and no exponent: `2`, `0.5`, `1234567`."""
    return f"{Decimal(repr(number)):f}".removesuffix(".0")


def cpus(count: float) -> str:
    """So many CPUs in words: `1 CPU`, `0.5 CPUs`."""
    return f"{count:g} CPU{'' if count == 1 else 's'}"
