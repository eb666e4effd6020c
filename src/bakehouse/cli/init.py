"""`bakehouse init`: a project to start from."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from bakehouse.app import projects
from bakehouse.app.display.texts import visible
from bakehouse.app.projects import Project
from bakehouse.cli import answers


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Write into a folder that has files, too: those that are there stay as they are.")
@answers.output_option
def init(folder: Path, *, force: bool, output: str) -> int:
    """Make a project in FOLDER: a pipeline of four steps, functions that they share, tests and a README.

    It runs as it is, without the net: `bakehouse run pipeline.py`.
    """
    made = projects.create(folder, into_files=force)
    if output == answers.JSON:
        answers.document({"project": made.name, "folder": str(folder), "written": [*made.written], "kept": [*made.kept]})
    else:
        answers.lines(visible(line) for line in _told(made))
    return 0


def _told(made: Project) -> list[str]:
    kept = [f"  {name} was there, and stays as it is" for name in made.kept]
    step_in = [f"  cd {shlex.quote(str(made.folder))}"] if made.folder.resolve() != Path.cwd() else []
    return [
        f"{made.name} · {len(made.written)} files in {made.folder}",
        *(f"  {name}" for name in made.written),
        *kept,
        "",
        "Next",
        *step_in,
        "  bakehouse run pipeline.py               four steps, a metric, a report",
        "  bakehouse run pipeline.py -p days=365   what changes runs, the rest is reused",
        "  python -m pytest                        its tests; needs pytest",
    ]
