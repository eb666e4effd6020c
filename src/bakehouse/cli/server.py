"""`bakehouse server`: the API, the web pages and an engine, in one process."""

from __future__ import annotations

import logging
import sys
import webbrowser

import click

from bakehouse.app import settings
from bakehouse.app.display.texts import tilde
from bakehouse.cli import answers
from bakehouse.cli.commands import part


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to answer at: one of this machine's own, since there is no login yet."
)
@click.option("--port", default=8811, show_default=True, type=click.IntRange(0, 65_535), help="0 takes any that is free.")
@click.option("--base-path", metavar="PATH", default="", help="The folder under which a proxy shows the server, such as /bakehouse.")
@click.option(
    "--allowed-host", "allowed_hosts", metavar="HOST", multiple=True, help="A further name by which it may be asked, as a proxy has; repeatable."
)
@click.option("--open", "open_page", is_flag=True, help="Show its first page in the browser.")
def server(host: str, port: int, base_path: str, allowed_hosts: tuple[str, ...], open_page: bool) -> int:  # noqa: FBT001  # a flag of the command line
    """Show runs in the browser, answer KFP's API, and drive every run of this home that nobody drives.

    Ctrl-C or TERM ends the server; the steps go on, and the next server or engine takes their runs over.
    """
    chosen = settings.from_environment()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    logging.getLogger("bakehouse.retention").setLevel(logging.INFO)  # what it deleted by itself is worth a line

    def ready(url: str) -> None:
        answers.lines([url])
        sys.stdout.flush()
        answers.notice(f"serves {tilde(chosen.home)} and drives its runs; Ctrl-C ends it, steps go on")
        if open_page:
            webbrowser.open(url)

    serving = part("serving")
    serving.serve(chosen, serving.Serving(host=host, port=port, base_path=base_path, allowed_hosts=allowed_hosts), ready)
    return 0
