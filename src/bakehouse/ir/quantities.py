"""Quantities as Kubernetes writes them: `500m`, `2`, `512Mi`, `1e3`. Pure.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from decimal import Decimal

_QUANTITY = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:([eE][+-]?[0-9]+)|(n|u|m|k|K|M|G|T|P|E)|(K|M|G|T|P|E)i)?")
_SMALL = {"n": -9, "u": -6, "m": -3}
_POWERS = "KMGTPE"
_BINARY = 1024


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


def memory(size: float) -> str:
    """An amount of bytes for the reader, in the units of Kubernetes: `512 Mi`, `1.5 Gi`."""
    unit = ""
    for larger in _POWERS:
        if size < _BINARY:
            break
        size, unit = size / _BINARY, f"{larger}i"
    return f"{size:.4g} {unit}" if unit else f"{size:.4g} bytes"
