"""`bakehouse`: the group of all commands, and the edge at which results and errors become exit codes.

0 succeeded · 1 failed, or something went wrong · 2 what the user gave is wrong · 130 cancelled
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from bakehouse.cli import answers, commands, failures
from bakehouse.version import __version__


@click.group(
    cls=commands.LazyGroup,
    entries=commands.COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Runs, artifacts and environments lie in $BAKEHOUSE_HOME (default: ~/.bakehouse).",
)
@click.version_option(__version__, message="bakehouse %(version)s")
def root() -> None:
    """Run Kubeflow Pipelines on this machine, with nothing but Python."""


def main(arguments: Sequence[str]) -> int:
    """Carry out one command line; its exit code. Never raises: an error is told to the user, as JSON if that was asked for."""
    if not answers.prepare_streams():
        answers.notice("error: standard output is closed: nothing was done, since its result could not be told. Send it to /dev/null, or a file.")
        return 1
    try:
        code = root.main(list(arguments), prog_name="bakehouse", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        return answers.stop_writing()
    except answers.Refused as error:
        return answers.unwritten(error)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # the edge of the program
        return _told(error, arguments)
    return code if isinstance(code, int) else 0


def _told(error: BaseException, arguments: Sequence[str]) -> int:
    if os.environ.get("BAKEHOUSE_DEBUG") == "1" and not isinstance(error, click.ClickException):
        sys.excepthook(type(error), error, error.__traceback__)
    failure = failures.of(error)
    try:
        failures.tell(failure, as_json=answers.wants_json(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        answers.stop_writing()
    except answers.Refused as full:
        failures.tell(failure, as_json=False)
        answers.unwritten(full)
    return failure.exit_code
