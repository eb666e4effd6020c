"""How buckets are reached: environment variables, the files of the providers' own tools, and settings in the form of KFP's `kfp-launcher`.

```yaml
defaultPipelineRoot: s3://results/team
providers:
  s3:
    default:
      endpoint: minio.example:9000
      region: eu-central-1
      disableSSL: false
      forcePathStyle: true
      credentials:
        fromEnv: false
        secretRef: {secretName: minio, accessKeyKey: user, secretKeyKey: password}
    overrides:
      - bucketName: other
        keyPrefix: some/folder
        credentials: {fromEnv: true}
  gs:
    default: {credentials: {secretRef: {secretName: google, tokenKey: key.json}}}
  az:
    default: {account: kitchen, credentials: {secretRef: {secretName: azure, secretKeyKey: key}}}
```

`az` is not KFP's: its stores are S3 and its likes, and Google's. What an `overrides` does not say, `default` does.
"""

from __future__ import annotations

import configparser
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from bakehouse.storage.addresses import Address

#: Looks up a key of a secret. Raises `BadInput` where there is none.
Secrets = Callable[[str, str], str]

_TRUE = frozenset({"1", "true", "yes", "on"})
_AMAZON = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
_AMAZON_KEYS = {"access_key_id": "AWS_ACCESS_KEY_ID", "secret_access_key": "AWS_SECRET_ACCESS_KEY", "session_token": "AWS_SESSION_TOKEN"}
_AZURE_KEYS = {"account_name": "AZURE_STORAGE_ACCOUNT_NAME", "account_key": "AZURE_STORAGE_ACCOUNT_KEY"}
_GOOGLE = (
    "STORAGE_EMULATOR_HOST",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_SERVICE_ACCOUNT_PATH",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
)
_AZURE = ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_USE_EMULATOR")
_EMULATED = "devstoreaccount1"


class Kind(Enum):
    """Whose protocol a bucket speaks."""

    S3 = "s3"
    GCS = "gs"
    AZURE = "az"


@dataclass(frozen=True)
class Reached:
    """The bucket by its own name, and obstore's configuration for it, with whatever secrets are in it. `retries`: `None` for the usual number."""

    kind: Kind
    bucket: str
    config: Mapping[str, str] = field(repr=False)
    allow_http: bool = False
    retries: int | None = None


@dataclass(frozen=True)
class Providers:
    """What is set up. `document` is the mapping under `providers`, by the names of KFP; `environ` the process's own environment."""

    document: Mapping[str, Mapping[str, object]]
    environ: Mapping[str, str] = field(repr=False)
    secrets: Secrets = field(repr=False)

    def serves(self, address: Address) -> bool:
        """Whether somebody has set up how such a bucket is reached."""
        if address.provider in self.document:
            return True
        if "endpoint" in address.options and address.provider in {"s3", "minio"}:
            return True
        names = {"s3": _AMAZON, "minio": _AMAZON, "gs": _GOOGLE, "az": _AZURE}[address.provider]
        if any(self.environ.get(name) for name in names):
            return address.provider != "minio" or bool(self._endpoint({}))
        return bool(self._of_files(address.provider)) and address.provider != "minio"

    def reached(self, address: Address) -> Reached:
        """How this bucket is reached. Raises `BadInput` for a secret that is not there."""
        said = {**self._said(address), **_asked(address)}
        match address.provider:
            case "gs":
                return self._google(address, said)
            case "az":
                return self._azure(address, said)
            case _:
                return self._amazon(address, said)

    def _said(self, address: Address) -> Mapping[str, object]:
        """What the settings say of a bucket: those of the longest prefix that fits, and beneath them the default."""
        provider = self.document.get(address.provider, {})
        overrides = provider.get("overrides") or provider.get("Overrides") or ()
        fitting = [one for one in overrides if isinstance(one, Mapping) and _fits(one, address)] if isinstance(overrides, (list, tuple)) else []
        default = provider.get("default")
        base = default if isinstance(default, Mapping) else {}
        fitting.sort(key=lambda one: len(str(one.get("keyPrefix") or "")))
        return {**base, **(fitting[-1] if fitting else {})}

    def _amazon(self, address: Address, said: Mapping[str, object]) -> Reached:
        config = {name: str(value) for name, value in (("region", said.get("region") or self._region()),) if value}
        config |= self._keys(said, "access_key_id", "secret_access_key") or self._own_keys()
        endpoint = self._endpoint(said)
        if _is_true(said.get("anonymous")):
            config["skip_signature"] = "true"
        if endpoint:
            plain = _is_true(said.get("disableSSL")) or _is_true(said.get("disable_https"))
            endpoint = endpoint if "://" in endpoint else f"{'http' if plain else 'https'}://{endpoint}"
            config["endpoint"] = endpoint.rstrip("/")
        path_style = next((said[name] for name in ("forcePathStyle", "s3ForcePathStyle", "use_path_style") if name in said), True)
        if not _is_true(path_style):
            config["virtual_hosted_style_request"] = "true"
            if endpoint:
                scheme, _, host = endpoint.partition("://")
                config["endpoint"] = f"{scheme}://{address.bucket}.{host}".rstrip("/")
        return Reached(Kind.S3, address.bucket, config, endpoint.startswith("http://"), _number(said.get("maxRetries")))

    def _google(self, address: Address, said: Mapping[str, object]) -> Reached:
        config: dict[str, str] = {}
        reference = _reference(said)
        if reference:
            config["service_account_key"] = self.secrets(reference["secretName"], reference.get("tokenKey", "token"))
        if _is_true(said.get("anonymous")):
            config["skip_signature"] = "true"
        endpoint = str(said.get("endpoint") or self.environ.get("STORAGE_EMULATOR_HOST") or "")
        if endpoint:
            endpoint = endpoint if "://" in endpoint else f"http://{endpoint}"
            config |= {"base_url": endpoint.rstrip("/")} if reference else {"service_account_key": _nobody(endpoint.rstrip("/"))}
        return Reached(Kind.GCS, address.bucket, config, endpoint.startswith("http://"), _number(said.get("maxRetries")))

    def _azure(self, address: Address, said: Mapping[str, object]) -> Reached:
        container, _, host = address.bucket.partition("@")
        account = host.partition(".")[0] or str(said.get("account") or "")
        config = {field: self.environ[name] for field, name in _AZURE_KEYS.items() if self.environ.get(name)}
        config |= {"account_name": account} if account else {}
        config |= self._keys(said, "account_name", "account_key")
        endpoint = str(said.get("endpoint") or self.environ.get("AZURE_STORAGE_ENDPOINT") or "")
        if endpoint:
            config["endpoint"] = endpoint
        emulated = _is_true(self.environ.get("AZURE_STORAGE_USE_EMULATOR")) or account == _EMULATED
        return Reached(Kind.AZURE, container, config, emulated or endpoint.startswith("http://"), _number(said.get("maxRetries")))

    def _keys(self, said: Mapping[str, object], name: str, secret: str) -> dict[str, str]:
        """The two halves of a key, out of the secret that the settings name."""
        reference = _reference(said)
        if not reference:
            return {}
        wanted = {name: reference.get("accessKeyKey", ""), secret: reference.get("secretKeyKey", "")}
        return {field: self.secrets(reference["secretName"], key) for field, key in wanted.items() if key}

    def _own_keys(self) -> dict[str, str]:
        """The keys in the environment; where it speaks of no other way to get some, those that the AWS tools keep in a file."""
        if any(self.environ.get(name) for name in _AMAZON):
            return {field: self.environ[name] for field, name in _AMAZON_KEYS.items() if self.environ.get(name)}
        return self._of_files("s3")

    def _of_files(self, provider: str) -> dict[str, str]:
        home = Path(self.environ.get("HOME") or "/")
        if provider == "gs":
            found = home / ".config" / "gcloud" / "application_default_credentials.json"
            return {"application_credentials": str(found)} if found.is_file() else {}
        if provider == "az":
            return {}
        section = self._profile("AWS_SHARED_CREDENTIALS_FILE", home / ".aws" / "credentials", "")
        return {field: section[name.lower()] for field, name in _AMAZON_KEYS.items() if section.get(name.lower())}

    def _region(self) -> str:
        if region := self.environ.get("AWS_REGION") or self.environ.get("AWS_DEFAULT_REGION"):
            return region
        home = Path(self.environ.get("HOME") or "/")
        return self._profile("AWS_CONFIG_FILE", home / ".aws" / "config", "profile ").get("region", "")

    def _profile(self, variable: str, usual: Path, prefix: str) -> Mapping[str, str]:
        """The section of the profile in a file of the AWS tools; empty where there is none, or it is no such file."""
        profile = self.environ.get("AWS_PROFILE") or "default"
        parser = configparser.RawConfigParser()
        try:
            parser.read(self.environ.get(variable) or usual)
        except (configparser.Error, UnicodeDecodeError):
            return {}
        name = profile if profile == "default" else f"{prefix}{profile}"
        return dict(parser[name]) if name in parser else {}

    def _endpoint(self, said: Mapping[str, object]) -> str:
        return str(said.get("endpoint") or self.environ.get("AWS_ENDPOINT_URL_S3") or self.environ.get("AWS_ENDPOINT_URL") or "")


def _nobody(endpoint: str) -> str:
    """The key of a service account that asks nobody for a token, as the emulators of Google's store want it."""
    return json.dumps({"gcs_base_url": endpoint, "disable_oauth": True, "client_email": "", "private_key": "", "private_key_id": ""})


def _asked(address: Address) -> Mapping[str, object]:
    """What the query of a URI says. Credentials stand in none: URIs are recorded and shown."""
    names = ("endpoint", "region", "disableSSL", "disable_https", "forcePathStyle", "s3ForcePathStyle", "use_path_style", "anonymous")
    return {name: address.options[name] for name in names if name in address.options}


def _fits(override: Mapping[str, object], address: Address) -> bool:
    prefix = str(override.get("keyPrefix") or "").strip("/")
    return override.get("bucketName") == address.bucket and (not prefix or f"{address.key}/".startswith(f"{prefix}/"))


def _reference(said: Mapping[str, object]) -> dict[str, str]:
    """The secret that the credentials are in; empty where they come from the environment."""
    credentials = said.get("credentials")
    if not isinstance(credentials, Mapping) or _is_true(credentials.get("fromEnv")):
        return {}
    reference = credentials.get("secretRef")
    return {str(name): str(value) for name, value in reference.items()} if isinstance(reference, Mapping) and reference.get("secretName") else {}


def _is_true(value: object) -> bool:
    return str(value).lower() in _TRUE


def _number(value: object) -> int | None:
    return int(str(value)) if value is not None and str(value).isdigit() else None
