"""Spans of time as people write and read them. Pure."""

from __future__ import annotations

import re

_DURATION = re.compile(r"\s*([0-9]+)\s*([a-zA-Z]*)\s*")
#: Seconds of a unit, by every way of writing it.
_SECONDS = {
    spelling: seconds
    for spellings, seconds in (
        ("s sec secs second seconds", 1),
        ("m min mins minute minutes", 60),
        ("h hr hrs hour hours", 3600),
        ("d day days", 86400),
        ("w week weeks", 604800),
    )
    for spelling in spellings.split()
}
_ISO = re.compile(r"P(?:([0-9]+)W)?(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?)?")
_SHOWN = (("d", 86400), ("h", 3600), ("min", 60))


def seconds(text: str) -> float | None:
    """A span such as `30s`, `5 min`, `2 weeks`; a bare number counts seconds. `None` for what is none."""
    found = _DURATION.fullmatch(text)
    unit = _SECONDS.get(found[2].lower() or "s") if found else None
    return None if found is None or unit is None else float(int(found[1]) * unit)


def iso(text: str) -> float | None:
    """A span as ISO 8601 writes it, such as `P1DT12H`; `None` for what is none. Months and years, which differ, are none."""
    found = _ISO.fullmatch(text.strip().upper())
    if found is None or not any(found.groups()):
        return None
    return float(sum(int(part) * _SECONDS[unit] for part, unit in zip(found.groups(), "wdhms", strict=True) if part))


def shown(span: float) -> str:
    """Seconds for the reader, with the two largest units that say something: `90 s`, `5 min`, `1 h 30 min`."""
    for index, (unit, size) in enumerate(_SHOWN):
        if span >= 2 * size or span == size:
            whole, rest = divmod(span, size)
            smaller = _SHOWN[index + 1] if index + 1 < len(_SHOWN) else ("s", 1)
            more = f" {rest // smaller[1]:.0f} {smaller[0]}" if rest >= smaller[1] else ""
            return f"{whole:.0f} {unit}{more}"
    return f"{span:g} s"
