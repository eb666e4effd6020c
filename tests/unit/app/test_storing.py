"""The settings file of object stores, and secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.app import storing
from bakehouse.app.settings import Settings
from bakehouse.errors import BadInput

PROVIDERS = "providers:\n  minio:\n    default: {endpoint: 'h:9'}\n"
CONFIG_MAP = "kind: ConfigMap\ndata:\n  defaultPipelineRoot: minio://b/root\n  providers: |\n    minio:\n      default: {endpoint: 'h:9'}\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of a home."""
    return Settings(home=tmp_path, slots=1)


@pytest.mark.parametrize(("text", "root"), [(PROVIDERS, ""), (CONFIG_MAP, "minio://b/root"), ("", ""), ("defaultPipelineRoot: gs://b", "gs://b")])
def test_a_config_map_of_kfp_is_read_as_it_is(settings: Settings, text: str, root: str) -> None:
    """Or what is in it; a root that the environment names goes before it."""
    (settings.home / "stores.yaml").write_text(text)
    assert storing.objects(settings).serves("minio://b/k") is ("minio" in text)
    assert storing.default_root(settings) == root
    assert storing.default_root(Settings(home=settings.home, slots=1, pipeline_root="/data")) == "/data"


def test_the_file_may_lie_elsewhere(settings: Settings, tmp_path: Path) -> None:
    """Where the setting says so; none is fine."""
    (tmp_path / "mine.yaml").write_text(PROVIDERS)
    assert storing.objects(Settings(home=settings.home, slots=1, stores=str(tmp_path / "mine.yaml"))).serves("minio://b/k")
    assert not storing.objects(settings).serves("minio://b/k")


@pytest.mark.parametrize("text", ["- 1", "providers: [1]", "providers: {s3: 1}", "providers: {s4: {}}", "a: [", "data: {providers: '- 1'}"])
def test_a_file_that_cannot_be_meant_is_refused(settings: Settings, text: str) -> None:
    """It is named, and what it should be."""
    (settings.home / "stores.yaml").write_text(text)
    with pytest.raises(BadInput) as told:
        storing.objects(settings)
    assert told.value.place == str(settings.home / "stores.yaml")
    assert "kfp-launcher" in str(told.value.remedy)


def test_a_secret_is_a_variable_or_a_file(tmp_path: Path) -> None:
    """The variable first; a secret that is not there is named with both places."""
    (tmp_path / "secrets" / "my-store").mkdir(parents=True)
    (tmp_path / "secrets" / "my-store" / "key.json").write_text("of the file\n")
    assert storing.secrets(tmp_path, {})("my-store", "key.json") == "of the file"
    variable = "BAKEHOUSE_" + "SECRET_MY_STORE_KEY_JSON"
    assert storing.secrets(tmp_path, {variable: "of the environment"})("my-store", "key.json") == "of the environment"
    with pytest.raises(BadInput, match="the secret my-store has no other") as told:
        storing.secrets(tmp_path, {})("my-store", "other")
    assert "BAKEHOUSE_" + "SECRET_MY_STORE_OTHER" in str(told.value.remedy)
