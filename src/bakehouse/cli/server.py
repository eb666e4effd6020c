"""`bakehouse server`: the API, the web pages and an engine, in one process."""

from __future__ import annotations

import logging
import os
import sys
import webbrowser
from typing import Any

import click

from bakehouse.app import settings
from bakehouse.app.display.texts import tilde
from bakehouse.cli import answers
from bakehouse.cli.commands import part


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to answer at; where other machines can reach it, it asks for a token."
)
@click.option("--port", default=8811, show_default=True, type=click.IntRange(0, 65_535), help="0 takes any that is free.")
@click.option("--base-path", metavar="PATH", default="", help="The folder under which a proxy shows the server, such as /bakehouse.")
@click.option(
    "--allowed-host", "allowed_hosts", metavar="HOST", multiple=True, help="A further name by which it may be asked, as a proxy has; repeatable."
)
@click.option("--login", is_flag=True, help="Ask for the token (`bakehouse token`) also where only this machine can reach it.")
@click.option("--open", "open_page", is_flag=True, help="Show its first page in the browser.")
def server(open_page: bool, **where: Any) -> int:  # noqa: FBT001  # a flag of the command line; the others are `Serving`'s
    """Show runs in the browser, answer KFP's API, and drive every run of this home that nobody drives.

    Ctrl-C or TERM ends the server; the steps go on, and the next server or engine takes their runs over.
    """
    chosen = settings.from_environment()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    logging.getLogger("bakehouse.retention").setLevel(logging.INFO)  # what it deleted by itself is worth a line

    def ready(url: str, *, asks: bool) -> None:
        answers.lines([url])
        sys.stdout.flush()
        answers.notice(f"serves {tilde(chosen.home)} and drives its runs; Ctrl-C ends it, steps go on")
        if asks:
            answers.notice("it asks for a token: `bakehouse token` prints it")
        elif os.environ.get("BAKEHOUSE_POD_SERVER"):
            answers.notice("pods reach it (BAKEHOUSE_POD_SERVER), and it asks nobody for a token: every step may use all of it; --login lets it ask")
        if open_page:
            webbrowser.open(url)

    serving = part("serving")
    serving.serve(chosen, serving.Serving(**where), ready)
    return 0
