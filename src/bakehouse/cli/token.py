"""`bakehouse token`: what a server on this home asks for."""

from __future__ import annotations

import click

from bakehouse.app import settings
from bakehouse.app.display.texts import tilde
from bakehouse.app.login_token import LoginToken
from bakehouse.cli import answers


@click.command()
@click.option("--new", is_flag=True, help="Make another one: the one before opens nothing any more, and pages must log in again.")
@answers.output_option
def token(new: bool, output: str) -> int:  # noqa: FBT001  # a flag of the command line
    """Print the token that a server on this home asks for where others can reach it. It is made when it is first needed."""
    kept = LoginToken(settings.from_environment().token_file)
    found = kept.renewed() if new else kept.made()
    if output == answers.JSON:
        answers.document({"token": found, "file": str(kept.path)})
        return 0
    answers.lines([found])
    answers.notice(f"kept in {tilde(kept.path)}; whoever has it can do what you can")
    return 0
