"""What can be wrong with a pipeline file and what it holds.

InvalidPipeline    a file that cannot be accepted, with everything that is wrong with it
InvalidExpression  a condition or a selector that cannot be read
NoResult           a condition or a selector that has no result for the values it is given
"""

from __future__ import annotations

from bakehouse.errors import BadInput, Problems


class InvalidPipeline(Problems):
    """A pipeline file cannot be accepted. Its problems come all at once, each with file, line and path in the spec."""

    code = "invalid_pipeline"


class InvalidExpression(BadInput):
    """An expression (a trigger condition, a `parameterExpressionSelector`) cannot be read."""

    code = "invalid_expression"

    def __init__(self, message: str, *, text: str, column: int, remedy: str) -> None:
        self.text, self.column = text, column
        super().__init__(f"the expression {excerpt(text, column)} cannot be read: {message}, at column {column}", remedy=remedy)


class NoResult(BadInput):
    """An expression has no result for the values it is given: one is missing, or is of another type than it must be."""

    code = "no_result"

    def __init__(self, message: str, *, text: str, remedy: str) -> None:
        self.text = text
        super().__init__(f"{message}, in the expression {excerpt(text, 1)}", remedy=remedy)


_EXCERPT = 160


def excerpt(text: str, column: int) -> str:
    """An expression as a message shows it, in one line: whole, or the part about a column."""
    start = max(0, min(column - _EXCERPT // 2, len(text) - _EXCERPT))
    part = text[start : start + _EXCERPT].replace("\n", "\\n").replace("\r", "\\r")
    return f"`{'…' if start else ''}{part}{'…' if start + _EXCERPT < len(text) else ''}`"
