"""A token opens what it is for, as long as it is for it, and nothing else."""

from __future__ import annotations

import base64
import json

import pytest

from bakehouse.api import attempt_ids, tokens
from bakehouse.api.errors import BadAttemptId, BadToken
from bakehouse.ir.execution import AttemptId, RunId, TaskId

KEY = b"k" * 32


def test_a_token_says_whose_it_is() -> None:
    """Until its time is over."""
    token = tokens.signed(KEY, "abc", 100.0)
    assert tokens.verified(KEY, token, 100.0) == "abc"
    with pytest.raises(BadToken, match="expired"):
        tokens.verified(KEY, token, 100.5)


def test_no_other_key_will_do() -> None:
    """A token of another home opens nothing here."""
    with pytest.raises(BadToken, match="not made by this home"):
        tokens.verified(b"x" * 32, tokens.signed(KEY, "abc", 100.0), 0.0)


def changed(token: str) -> list[str]:
    """What an attacker may make of a token."""
    version, payload, signature = token.split(".")
    other = base64.urlsafe_b64encode(json.dumps({"attempt": "other", "expires": 10**12}).encode()).decode().rstrip("=")
    return [
        f"{version}.{other}.{signature}",
        f"{version}.{payload}.",
        f"{version}.{payload}",
        f"v2.{payload}.{signature}",
        f"{token}A",
        f"{version}.{payload}.{signature[:-4]}",
        "",
        ".",
        "..",
        "ü.ü.ü",
        "\udcff",
        "A" * 100_000,
    ]


@pytest.mark.parametrize("number", range(12))
def test_a_changed_token_is_none(number: int) -> None:
    """Whatever part of it was changed, left out or added."""
    with pytest.raises(BadToken):
        tokens.verified(KEY, changed(tokens.signed(KEY, "abc", 100.0))[number], 0.0)


@pytest.mark.parametrize("task", ["train", "for-each[3].train", "ä/../b", "a b\n", "'\""])
def test_an_attempt_is_a_word_and_back(task: str) -> None:
    """Whatever its task is called."""
    attempt = AttemptId(RunId("run-1"), TaskId(task), 3)
    word = attempt_ids.encoded(attempt)
    assert set(word) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    assert attempt_ids.decoded(word) == attempt


def word(value: object) -> str:
    """Any JSON as a word."""
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "given",
    [
        "", "x", "....", "ü", word(1), word([]), word(["r", "t"]), word(["r", "t", 0]), word(["r", "t", "1"]), word(["r", "", 1]), word([1, "t", 1]),
        word(["r", "t", True]), word(["r", "t", 1, 2]), word(["r", "t", 1]) + "=", "WyAiciIsInQiLDFd", word(["r", "t" * 10_000, 1]),
    ],
)  # fmt: skip
def test_other_words_name_no_attempt(given: str) -> None:
    """Each attempt has one word, so that no two URLs are the same attempt."""
    with pytest.raises(BadAttemptId):
        attempt_ids.decoded(given)
