"""What can be wrong with a pipeline file and what it holds.

InvalidPipeline    a file that cannot be accepted, with everything that is wrong with it
"""

from __future__ import annotations

from bakehouse.errors import Problems


class InvalidPipeline(Problems):
    """A pipeline file cannot be accepted. Its problems come all at once, each with file, line and path in the spec."""

    code = "invalid_pipeline"
