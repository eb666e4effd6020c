"""An attempt as one word of a URL, and back. Pure."""

from __future__ import annotations

import base64
import json

from bakehouse.api.errors import BadAttemptId
from bakehouse.ir.execution import AttemptId, RunId, TaskId

_LONGEST = 8192  # characters


def encoded(attempt: AttemptId) -> str:
    """The attempt as letters, digits, `-` and `_`: the same word for the same attempt, always."""
    said = json.dumps([attempt.run_id, attempt.task_id, attempt.number], separators=(",", ":"))
    return base64.urlsafe_b64encode(said.encode("ascii")).decode("ascii").rstrip("=")


def decoded(word: str) -> AttemptId:
    """The attempt that a word names. Raises `BadAttemptId` for any word that `encoded` never gives."""
    try:
        said = json.loads(base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)) if len(word) <= _LONGEST else None
    except (ValueError, RecursionError) as error:
        raise BadAttemptId(given=word) from error
    match said:
        case [str(run_id), str(task_id), int(number)] if number > 0 and not isinstance(number, bool) and run_id and task_id:
            attempt = AttemptId(RunId(run_id), TaskId(task_id), number)
            if encoded(attempt) == word:
                return attempt
    raise BadAttemptId(given=word)
