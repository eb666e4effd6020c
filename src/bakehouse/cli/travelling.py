"""The option that lets modules travel."""

from __future__ import annotations

import click

code_option = click.option(
    "--code", metavar="DIR", default="", help="Let the modules in DIR travel to the steps, but for what git ignores.  [default: $BAKEHOUSE_CODE]"
)
