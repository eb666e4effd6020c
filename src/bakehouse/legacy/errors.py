"""What of the style of KFP 1 cannot be had any more.

OldStyle (TypeError, ValueError, AttributeError)  something of KFP 1 that today's pipelines have no place for, with what to write instead
"""

from __future__ import annotations

from bakehouse.dsl.errors import AuthoringError


class OldStyle(AuthoringError, TypeError, ValueError, AttributeError):
    """Something of KFP 1 that KFP 2 took away, and that cannot be compiled as something else; the remedy is what is written today."""
