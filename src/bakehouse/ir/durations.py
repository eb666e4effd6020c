"""Durations as people and ISO 8601 write them. Pure."""

from __future__ import annotations

import re

_SHORT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(s|m|h|d|w)")
_ISO = re.compile(r"P(?:([0-9]+)W)?(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:\.[0-9]+)?)S)?)?")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}


def seconds(text: str) -> float | None:
    """How long `90s`, `30m`, `12h`, `7d`, `2w` or `P1DT12H` is; `None` for what is no duration. Months and years, which differ, are none."""
    short = _SHORT.fullmatch(text.strip().lower())
    if short is not None:
        return float(short[1]) * _UNITS[short[2]]
    iso = _ISO.fullmatch(text.strip().upper())
    if iso is None or not any(iso.groups()):
        return None
    return sum(float(part) * _UNITS[unit] for part, unit in zip(iso.groups(), "wdhms", strict=True) if part)


def shown(count: float) -> str:
    """A duration in the largest unit in which it is a whole number: `7 d`, `90 s`."""
    for unit in "wdhm":
        if count >= _UNITS[unit] and count % _UNITS[unit] == 0:
            return f"{count / _UNITS[unit]:.0f} {unit}"
    return f"{count:g} s"
