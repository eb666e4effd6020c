"""What can be wrong with a step that is not the user's exception.

StepError             a message and a remedy for the reader
├── BadOutput         what the function returned or wrote is not what it declares
├── BadInput          what the step was given does not fit its function
└── NotInstalled      the packages that the step asks for cannot be installed in its image
"""

from __future__ import annotations

__all__ = ["BadInput", "BadOutput", "NotInstalled", "StepError"]


class StepError(Exception):
    """Base of the runtime's own errors inside a step."""

    cause = "user error"

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


class BadOutput(StepError):
    """What the function returned or wrote is not what it declares."""

    cause = "bad output"


class BadInput(StepError):
    """What the step was given does not fit its function."""


class NotInstalled(StepError):
    """The packages that the step asks for cannot be installed in its image."""

    cause = "environment"
