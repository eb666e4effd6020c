"""A module of the author's own, beside the file that uses it."""

from bakehouse.task.artifacts import Artifact


def one() -> int:
    """One."""
    return 1


class Table(Artifact):
    """An artifact class of the author's own."""

    schema_title = "system.Table"
