"""What stores answer, as errors that say what to do."""

from __future__ import annotations

import pytest
from obstore import exceptions

from bakehouse.storage import refusals
from bakehouse.storage.addresses import Address
from bakehouse.storage.errors import Away, Refused

BUCKET = Address("s3", "bucket")
_ANSWER = "Error performing PUT http://h/bucket/x in 1ms - Server returned non-2xx status code: {}: {}\n\nDebug source:\nGeneric {{}}"


@pytest.mark.parametrize(
    "said",
    [
        "Generic S3 error: Error performing PUT http://h/b in 200ms, after 2 retries - HTTP error: error sending request\n\nDebug source:\nX",
        "Generic S3 error: HTTP error: request or response body error",
        _ANSWER.format("503 Service Unavailable", "<Error><Code>SlowDown</Code></Error>"),
        _ANSWER.format("429 Too Many Requests", ""),
        _ANSWER.format("500 Internal Server Error", ""),
    ],
)
def test_what_may_go_well_later_is_away(said: str) -> None:
    """It is waited for; what the reader is told names bucket and operation, and nothing of obstore's."""
    found = refusals.fault(exceptions.GenericError(said), "write x", BUCKET)
    assert isinstance(found, Away)
    assert found.message.startswith("the store of s3://bucket cannot be reached (write x): ")
    assert "Debug" not in found.message


@pytest.mark.parametrize(
    ("status", "body", "reason", "remedy"),
    [
        ("403 Forbidden", "<Error><Code>InvalidAccessKeyId</Code><Message>No such key.</Message></Error>", "InvalidAccessKeyId", "AWS_ACCESS_KEY_ID"),
        ("403 Forbidden", "", "403 Forbidden", "AWS_ACCESS_KEY_ID"),
        ("404 Not Found", "<Error>\n <Code>NoSuchBucket</Code></Error>", "NoSuchBucket", "Make the bucket bucket"),
        ("404 Not Found", "", "404 Not Found", "Make the bucket bucket"),
        ("301 Moved Permanently", "<Error><Code>PermanentRedirect</Code></Error>", "PermanentRedirect", "region"),
        ("403 Forbidden", '{"error": {"code": 403, "message": "no access"}}', "403 Forbidden", "AWS_ACCESS_KEY_ID"),
    ],
)
def test_what_will_not_go_well_is_refused(status: str, body: str, reason: str, remedy: str) -> None:
    """With the store's own code, and what to do about it."""
    found = refusals.fault(exceptions.PermissionDeniedError(_ANSWER.format(status, body)), "write x", BUCKET)
    assert isinstance(found, Refused)
    assert (found.bucket, found.operation, found.reason) == ("s3://bucket", "write x", reason)
    assert remedy in str(found.remedy)


def test_nobody_waits_for_credentials_that_nobody_gave() -> None:
    """Obstore asks the machine's provider then, who is not there on most machines."""
    said = "Generic S3 error: Error performing PUT http://169.254.169.254/latest/api/token in 2s - HTTP error: error sending request"
    found = refusals.fault(exceptions.GenericError(said), "write x", BUCKET)
    assert isinstance(found, Refused)
    assert found.reason == "no credentials"


def test_an_answer_that_nobody_understands_is_shown() -> None:
    """It is the store's fault, or ours: waiting would not help."""
    found = refusals.fault(exceptions.GenericError("Generic S3 error: a surprise"), "read x", BUCKET)
    assert isinstance(found, Refused)
    assert "a surprise" in found.message
