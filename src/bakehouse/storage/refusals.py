"""What obstore raises, as errors that say what to do: a store that is away, and one that refuses. Pure."""

from __future__ import annotations

import re

from obstore import exceptions

from bakehouse.errors import Unavailable, short
from bakehouse.storage.addresses import Address
from bakehouse.storage.errors import Away, Refused

_CODE = re.compile(r"<Code>\s*(\w+)\s*</Code>")
_MESSAGE = re.compile(r"<Message>\s*(.*?)\s*</Message>|\"message\"\s*:\s*\"([^\"]*)\"", re.DOTALL)
_STATUS = re.compile(r"status code: (\d{3}) ?([\w ]*)")
#: Answers after which the same may go well later: too many requests, and what the server itself is to blame for but what it never can.
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_TRANSPORT = re.compile(r"HTTP error|error sending request|timed? ?out|connection|dns|request or response body", re.IGNORECASE)
_METADATA_SERVICES = ("169.254.169.254", "169.254.170.2", "metadata.google.internal", "fd00:ec2")
_NO_BUCKET = frozenset({"NoSuchBucket", "ContainerNotFound", "NotFound"})
_CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "minio": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}


def is_missing_object(error: Exception) -> bool:
    """Whether the object is not there, while its bucket may be."""
    return isinstance(error, (FileNotFoundError, exceptions.NotFoundError)) and _reason(str(error)) not in {"NoSuchBucket", "ContainerNotFound"}


def fault(error: Exception, operation: str, address: Address) -> Unavailable:
    """What an operation on a bucket failed of, for the reader."""
    said = str(error).partition("Debug source")[0].strip()
    bucket = f"{address.scheme}://{address.bucket}"
    if any(service in said for service in _METADATA_SERVICES):
        return Refused(bucket=bucket, operation=operation, reason="no credentials", why="none are set up", remedy=_set_up(address))
    status = _STATUS.search(said)
    if status is None and _TRANSPORT.search(said):
        return Away(bucket=bucket, operation=operation, why=_transport(said))
    if status is not None and int(status[1]) in _BUSY:
        return Away(bucket=bucket, operation=operation, why=f"it answers {status[1]} {status[2].strip()}".rstrip())
    reason = _reason(said) or type(error).__name__
    return Refused(bucket=bucket, operation=operation, reason=reason, why=_why(said), remedy=_remedy(reason, address))


def _reason(said: str) -> str:
    """The store's own code, or the HTTP status where it gave none."""
    if code := _CODE.search(said):
        return code[1]
    status = _STATUS.search(said)
    return f"{status[1]} {status[2].strip()}".rstrip() if status is not None else ""


def _why(said: str) -> str:
    message = _MESSAGE.search(said)
    if message is not None:
        return short(message[1] or message[2] or "")
    return "" if _STATUS.search(said) else short(said)


def _transport(said: str) -> str:
    """The end of the message: what comes before tells of retries."""
    return short(said.rpartition(" - ")[2].strip() or said, 200)


def _remedy(reason: str, address: Address) -> str:
    if reason.partition(" ")[0] in {*_NO_BUCKET, "404"}:
        return f"Make the bucket {address.bucket}, or name another one as pipeline root."
    if reason.startswith(("PermanentRedirect", "AuthorizationHeaderMalformed", "301", "IllegalLocationConstraint")):
        return "Name the bucket's region: AWS_REGION, or `?region=…` behind the pipeline root."
    return f"{_set_up(address)} They must be right, and allow reading, writing, listing and deleting in {address.bucket}."


def _set_up(address: Address) -> str:
    return f"Set {_CREDENTIALS[address.provider]}, or give the credentials of {address.provider} in the file that BAKEHOUSE_STORES names."
