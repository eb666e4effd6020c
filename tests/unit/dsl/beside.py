"""A module of the author's own, beside the file that uses it."""


def one() -> int:
    """One."""
    return 1
