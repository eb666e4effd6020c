"""What all messages of our own API share: snake_case fields, no unknown ones, times in UTC."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer

from bakehouse.ir.scalars import json_number


def _is_unicode(text: str) -> str:
    """Half a character, which JSON can write and nothing can keep, is refused."""
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("half a character (a lone surrogate) stands in it")
    return text


#: Text of a client.
Text = Annotated[str, AfterValidator(_is_unicode)]


def _text(at: datetime) -> str:
    return at.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


#: A moment as RFC 3339 in UTC, to the millisecond.
Moment = Annotated[datetime, PlainSerializer(_text, return_type=str, when_used="json")]


def moment(seconds: float) -> datetime:
    """Seconds since the epoch as a moment."""
    return datetime.fromtimestamp(seconds, tz=timezone.utc)


#: A number; NaN and infinities, which JSON lacks, are texts.
Number = Annotated[float, PlainSerializer(json_number, return_type=float | Literal["NaN", "Infinity", "-Infinity"], when_used="json")]


class Message(BaseModel):
    """A message of our own API. What a client sends and we do not know is refused, not dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, json_schema_serialization_defaults_required=True)
