"""How buckets are reached, from variables, files, and KFP's form of settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bakehouse.storage import addresses
from bakehouse.storage.providers import Kind, Providers, Reached

KEYS = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key"}
MINIO = {
    "minio": {
        "default": {
            "endpoint": "minio.example:9000",
            "region": "somewhere",
            "disableSSL": True,
            "credentials": {"fromEnv": False, "secretRef": {"secretName": "s", "accessKeyKey": "a", "secretKeyKey": "b"}},
        },
        "Overrides": [
            {"bucketName": "other", "endpoint": "all.example"},
            {"bucketName": "other", "keyPrefix": "in/deep", "credentials": {"fromEnv": True}, "maxRetries": 7},
        ],
    }
}


def secret(name: str, key: str) -> str:
    """A secret that tells where it is from."""
    return f"{name}/{key}"


def reached(uri: str, *, document: Mapping[str, Mapping[str, object]] | None = None, environ: Mapping[str, str] | None = None) -> Reached:
    """How a bucket is reached; nothing of this machine is looked at."""
    address = addresses.parsed(uri)
    assert address is not None
    return Providers(document or {}, {"HOME": "/nowhere", **(environ or {})}, secret).reached(address)


def serves(uri: str, *, document: Mapping[str, Mapping[str, object]] | None = None, environ: Mapping[str, str] | None = None) -> bool:
    """Whether anything is set up for it."""
    address = addresses.parsed(uri)
    assert address is not None
    return Providers(document or {}, {"HOME": "/nowhere", **(environ or {})}, secret).serves(address)


def test_the_usual_variables_are_enough() -> None:
    """For Amazon's own."""
    found = reached("s3://b/k", environ={**KEYS, "AWS_SESSION_TOKEN": "t", "AWS_DEFAULT_REGION": "r"})
    assert found == Reached(Kind.S3, "b", {"region": "r", "access_key_id": "id", "secret_access_key": "key", "session_token": "t"})


def test_a_profile_is_read_where_the_environment_has_no_keys(tmp_path: Path) -> None:
    """The files of the AWS tools, each by its own names of sections."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[default]\naws_access_key_id = x\n[work]\naws_access_key_id = id\naws_secret_access_key = k%y\n")
    (tmp_path / ".aws" / "config").write_text("[profile work]\nregion = r\n")
    environ = {"HOME": str(tmp_path), "AWS_PROFILE": "work"}
    assert reached("s3://b", environ=environ).config == {"region": "r", "access_key_id": "id", "secret_access_key": "k%y"}
    assert serves("s3://b", environ=environ)
    assert "access_key_id" not in reached("s3://b", environ={**environ, "AWS_PROFILE": "none"}).config
    (tmp_path / ".aws" / "credentials").write_text("no ini file")
    assert not serves("s3://b", environ=environ)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("minio://b/k", {}),
        ("minio://other/k", {"endpoint": "http://all.example"}),
        ("minio://other/in/deep/k", {"access_key_id": "id", "secret_access_key": "key"}),
        ("minio://b/k?endpoint=https://asked.example/&region=r&disableSSL=false", {"region": "r", "endpoint": "https://asked.example"}),
    ],
)
def test_settings_are_those_of_kfp(uri: str, expected: Mapping[str, str]) -> None:
    """The longest prefix wins over the default, and what the URI says over both."""
    default = {"region": "somewhere", "access_key_id": "s/a", "secret_access_key": "s/b", "endpoint": "http://minio.example:9000"}
    assert reached(uri, document=MINIO, environ=KEYS).config == {**default, **expected}


def test_retries_and_http_are_taken_over() -> None:
    """A number of retries, and that a store is not reached by https."""
    found = reached("minio://other/in/deep/k", document=MINIO, environ=KEYS)
    assert (found.retries, found.allow_http) == (7, True)
    assert not reached("s3://b?endpoint=h:9").allow_http


def test_a_bucket_may_be_part_of_the_host() -> None:
    """Where the path is not to hold it."""
    config = reached("s3://b?endpoint=https://s3.example&forcePathStyle=false").config
    assert (config["endpoint"], config["virtual_hosted_style_request"]) == ("https://b.s3.example", "true")


def test_google_takes_a_file_or_a_secret() -> None:
    """The file is found by obstore itself; an emulator wants no credentials."""
    document = {"gs": {"default": {"credentials": {"secretRef": {"secretName": "g", "tokenKey": "key.json"}}}}}
    assert reached("gs://b/k", document=document) == Reached(Kind.GCS, "b", {"service_account_key": "g/key.json"})
    emulated = reached("gs://b/k", environ={"STORAGE_EMULATOR_HOST": "127.0.0.1:9"})
    assert json.loads(emulated.config["service_account_key"])["gcs_base_url"] == "http://127.0.0.1:9"
    assert json.loads(emulated.config["service_account_key"])["disable_oauth"]
    assert emulated.allow_http


def test_azure_is_told_by_account() -> None:
    """In the URI, in the settings, or in the environment."""
    environ = {"AZURE_STORAGE_ACCOUNT_NAME": "a", "AZURE_STORAGE_ACCOUNT_KEY": "k"}
    assert reached("az://c/k", environ=environ) == Reached(Kind.AZURE, "c", {"account_name": "a", "account_key": "k"})
    document = {"az": {"default": {"account": "b", "credentials": {"secretRef": {"secretName": "s", "secretKeyKey": "k"}}}}}
    assert reached("az://c/k", document=document).config == {"account_name": "b", "account_key": "s/k"}
    assert reached("abfss://c@d.dfs.core.windows.net/k", document=document).config["account_name"] == "d"


@pytest.mark.parametrize(
    ("uri", "environ"),
    [
        ("s3://b", KEYS),
        ("minio://b", {**KEYS, "AWS_ENDPOINT_URL": "http://h"}),
        ("gs://b", {"GOOGLE_APPLICATION_CREDENTIALS": "/key.json"}),
        ("az://c", {"AZURE_STORAGE_ACCOUNT_NAME": "a"}),
        ("s3://b?endpoint=http://h", {}),
    ],
)
def test_a_store_is_served_where_it_is_set_up(uri: str, environ: Mapping[str, str]) -> None:
    """And only there; what settings say counts too."""
    assert serves(uri, environ=environ)
    assert serves(uri, document={"s3": {}, "minio": {}, "gs": {}, "az": {}})
    assert not serves(uri.partition("?")[0])


def test_a_name_in_minios_protocol_needs_an_endpoint() -> None:
    """There is no usual one."""
    assert not serves("minio://b", environ=KEYS)
