"""Digests of files and folders: the same wherever the bytes lie. Pure."""

from __future__ import annotations

import os

from blake3 import blake3


def of_file(digest: bytes) -> str:
    """`blake3:<hex>`, of the BLAKE3 of its content."""
    return f"blake3:{digest.hex()}"


class Tree:
    """The digest of a folder, of what is in it in the order of paths (`os.fsencode`)."""

    def __init__(self) -> None:
        self._hasher = blake3()

    def add(self, kind: bytes, name: str, content: bytes) -> None:
        """Something in it: its kind, its path, what counts of its content. Lengths keep the fields apart.

        `d` folder, `f` file and `x` executable one with the BLAKE3 of their bytes, `l` link with its text, `o` something outside.
        """
        path = os.fsencode(name)
        self._hasher.update(b"%b%d:%b%d:%b" % (kind, len(path), path, len(content), content))

    def text(self, *, linked: bool = False) -> str:
        """`blake3-tree:<hex>`, or `blake3-linked:<hex>` where links lead out."""
        return f"{'blake3-linked' if linked else 'blake3-tree'}:{self._hasher.hexdigest()}"
