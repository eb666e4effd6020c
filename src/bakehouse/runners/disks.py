"""A disk or store that is full or away: by the number of an error, or by what people and the system said where only that was kept. Pure."""

from __future__ import annotations

import errno
import os

from bakehouse.errors import Unavailable
from bakehouse.storage.errors import Away, Unreadable

#: What to do when the system could not write something of ours.
FREE_SPACE = "The disk is full: free some space, then run it again."
#: What to do when a step could not write something, and room was made.
ROOM_MADE = "The disk was full: free some space, then run it again. What this attempt had written is deleted, but for its log."
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_BROKEN = (*_NO_ROOM, errno.EROFS, errno.EIO)
#: A disk or a file server that is away, or what the system is short of just now.
_AWAY = (
    *(errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH),
    *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EBUSY),
)


def is_full(message: str) -> bool:
    """Whether an error's message says that there is no room on a disk, or that a quota is used up."""
    return any(os.strerror(each) in message for each in _NO_ROOM)


def is_to_blame(message: str) -> bool:
    """Whether it says that a disk takes nothing, for whatever reason."""
    return any(os.strerror(each) in message for each in _BROKEN)


def may_be_back(error: OSError | Unavailable) -> bool:
    """Whether what the system or a store refused may be over later, without anything else being changed: it is worth waiting for."""
    return isinstance(error, Away) or (isinstance(error, (OSError, Unreadable)) and error.errno in (*_BROKEN, *_AWAY))
