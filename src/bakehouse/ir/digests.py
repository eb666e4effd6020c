"""Digests of texts and JSON values. Pure; bytes of artifacts are digested by `storage`."""

from __future__ import annotations

from blake3 import blake3

from bakehouse.ir.values import Json, canonical


def digest_text(text: str) -> str:
    """The hexadecimal BLAKE3 digest (64 characters) of a text in UTF-8 (lone surrogates kept apart)."""
    return blake3(text.encode("utf-8", "surrogatepass")).hexdigest()


def digest_value(value: Json) -> str:
    """The hexadecimal BLAKE3 digest of a JSON value's canonical text."""
    return digest_text(canonical(value))


def digest_bytes(data: bytes) -> str:
    """The hexadecimal BLAKE3 digest of bytes that are at hand."""
    return blake3(data).hexdigest()
