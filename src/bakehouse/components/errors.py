"""What can be wrong with a component that is loaded.

InvalidComponent (TypeError, ValueError)  the file of a component cannot be one
UnreadableComponent (OSError)             the file cannot be read, or the URL cannot be fetched
"""

from __future__ import annotations

from bakehouse.dsl.errors import AuthoringError


class InvalidComponent(AuthoringError, TypeError, ValueError):
    """The file of a component holds something that a component cannot have; the place is in that file."""


class UnreadableComponent(AuthoringError, OSError):
    """The file of a component cannot be read, or a URL cannot be fetched."""
