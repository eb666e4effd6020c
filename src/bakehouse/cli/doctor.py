"""`bakehouse doctor`: what runs here, what is missing, and what to do about it."""

from __future__ import annotations

import click

from bakehouse.app import settings
from bakehouse.cli import answers
from bakehouse.cli.commands import part


@click.command()
@answers.output_option
def doctor(output: str) -> int:
    """Say what runs here and what is missing, a line each; nothing is changed.

    Python, uv, the home, records, the web UI, the container engine, Kubernetes, object stores. The exit code is 1 when something is broken that is
    needed or was asked for, and 0 when it is only missing.
    """
    code: int = part("examining").examine(settings.from_environment(), as_json=output == answers.JSON)
    return code
