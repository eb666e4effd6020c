"""Which keeper an attempt has: the first one that shows the attempt's token, by a word that it has made up.

The token stands in the manifest of the pod, which many may read. Once the keeper has asked for the first time, it opens nothing without that
word, which stands nowhere but in the keeper's memory.
"""

from __future__ import annotations

import hmac

from bakehouse.ir.digests import digest_text
from bakehouse.runners import reading
from bakehouse.runners.attempts import AttemptFolder
from bakehouse.runners.errors import Untaken
from bakehouse.storage import whole

#: The file in the folder of an attempt, on the server: the digest of the word.
NAME = "keeper"
_LARGEST = 1024  # bytes


def admits(folder: AttemptFolder, word: str) -> bool:
    """Whether whoever says this word is the keeper of the attempt. Raises `Untaken` where that cannot be written down, `OSError`.

    The first word counts. Nobody has to say one before that: keepers of an older release know none.
    """
    path = folder.path / NAME
    given = digest_text(word).encode()
    known = reading.small(path, _LARGEST)
    if not known and word:
        try:
            # The step waits for this, so nobody waits for the disk: a machine that fails now may leave an empty file, which is none.
            if known is not None:
                path.unlink(missing_ok=True)
            whole.once(path, given, durable=False)
        except OSError as error:
            raise Untaken(what=str(folder.path), why=error.strerror or str(error)) from error
        known = reading.small(path, _LARGEST)  # of two at once one was quicker
    return not known or hmac.compare_digest(known, given)
