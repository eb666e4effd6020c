"""Spans of time as options of the command line."""

from __future__ import annotations

import click

from bakehouse.ir import durations


def read(context: click.Context, option: click.Parameter, text: str | None) -> float | None:
    """The seconds of a span such as `30d` or `12 h`, as the callback of an option. Raises `click.BadParameter` for what is none.

    The unit must be there: what is deleted by mistake does not come back.
    """
    seconds = None if text is None or text.strip().isdigit() else durations.seconds(text)
    if text is not None and seconds is None:
        raise click.BadParameter(f"{text!r} is no span of time: write a whole number and s, min, h, d or w, such as 30d.", context, option)
    return seconds
