"""What a keeper is told."""

from __future__ import annotations

import pytest

from bakehouse.api import attempt_ids, tokens
from bakehouse.ir.execution import AttemptId, RunId, TaskId
from bakehouse.pod import keeper
from bakehouse.pod.settings import Settings

WORD = attempt_ids.encoded(AttemptId(RunId("run"), TaskId("für[1].x"), 2))
TOKEN = tokens.signed(b"key", WORD, 1e9)


def test_the_token_says_which_attempt() -> None:
    """A URL with a base path, however it ends."""
    settings = Settings({"BAKEHOUSE_SERVER": "http://bakehouse:8811/base/", "BAKEHOUSE_TOKEN": TOKEN})
    assert settings.url == f"http://bakehouse:8811/base/apis/bakehouse/v1/attempts/{WORD}"
    assert (settings.folder, settings.ca, settings.patience) == ("/bakehouse", "", 300.0)
    assert settings.runtime.endswith("/bakehouse/task")


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"BAKEHOUSE_SERVER": "http://x"},
        {"BAKEHOUSE_SERVER": "http://x", "BAKEHOUSE_TOKEN": "no token"},
        {"BAKEHOUSE_SERVER": "http://x", "BAKEHOUSE_TOKEN": "v1.ü.x"},
        {"BAKEHOUSE_SERVER": "http://x", "BAKEHOUSE_TOKEN": "v1.e30.x"},
        {"BAKEHOUSE_SERVER": "nowhere", "BAKEHOUSE_TOKEN": TOKEN},
        {"BAKEHOUSE_SERVER": "http://x", "BAKEHOUSE_TOKEN": TOKEN, "BAKEHOUSE_STORE_PATIENCE": "long"},
    ],
)
def test_what_makes_no_sense_is_told(told: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything else happens, in one line."""
    for name in ("BAKEHOUSE_SERVER", "BAKEHOUSE_TOKEN", "BAKEHOUSE_STORE_PATIENCE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert keeper.main() == 2
    assert capsys.readouterr().err.startswith("bakehouse: the keeper of a pod is started by Bakehouse")
