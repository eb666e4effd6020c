"""Object stores: their settings file and secrets become an `Objects`. obstore is loaded when the first bucket is opened, since few runs need one."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from bakehouse.app.settings import Settings
from bakehouse.errors import BadInput
from bakehouse.storage.addresses import PROVIDERS, Address
from bakehouse.storage.errors import NotInstalled
from bakehouse.storage.object_store import ObjectStore
from bakehouse.storage.objects import NoObjects, Objects
from bakehouse.storage.providers import Providers, Reached, Secrets

if TYPE_CHECKING:  # obstore is an extra
    from bakehouse.storage.buckets import Bucket

_OURS = "BAKEHOUSE_"
_REMEDY = "Write it as in KFP's `kfp-launcher`: `providers`, with `s3`, `minio`, `gs` or `az` in it."


def objects(settings: Settings) -> Objects:
    """The object stores that are set up. Raises `BadInput` for a settings file that cannot be meant."""
    if find_spec("obstore") is None:
        return NoObjects()
    return ObjectStore(Providers(_providers(settings), os.environ, secrets(settings.home, os.environ)), _opened)


def default_root(settings: Settings) -> str:
    """Where artifacts go if neither run nor pipeline says so; empty: below the home. Raises `BadInput` as `objects` does."""
    return settings.pipeline_root or str(_document(_file(settings)).get("defaultPipelineRoot") or "")


def secrets(home: Path, environ: Mapping[str, str]) -> Secrets:
    """Secrets by name and key: the variable `BAKEHOUSE_SECRET_NAME_KEY`, else the file `secrets/NAME/KEY` of the home."""

    def secret(name: str, key: str) -> str:
        variable = re.sub(r"\W", "_", f"{_OURS}SECRET_{name}_{key}").upper()
        if variable in environ:
            return environ[variable]
        file = home / "secrets" / name.replace("/", "_") / key.replace("/", "_")
        try:
            return file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"the secret {name} has no {key}", place=str(file), remedy=f"Write it to that file, or set {variable}.") from error

    return secret


def _opened(address: Address, reached: Reached) -> Bucket:
    """The bucket, through obstore."""
    try:
        found: Bucket = import_module("bakehouse.storage.buckets").opened(address, reached)
    except ImportError as error:
        raise NotInstalled(uri=str(address)) from error
    return found


def _file(settings: Settings) -> Path:
    return Path(settings.stores).absolute() if settings.stores else settings.home / "stores.yaml"


def _providers(settings: Settings) -> Mapping[str, Mapping[str, object]]:
    file = _file(settings)
    said = _document(file).get("providers") or {}
    if isinstance(said, str):
        said = _read(said, file)
    if not isinstance(said, Mapping) or not all(isinstance(one, Mapping) for one in said.values()):
        raise BadInput("its providers are no mapping of mappings", place=str(file), remedy=_REMEDY)
    if unknown := sorted(str(name) for name in said if name not in PROVIDERS.values()):
        raise BadInput(f"there is no provider {unknown[0]!r}", place=str(file), remedy=_REMEDY)
    return said


def _document(file: Path) -> Mapping[str, object]:
    """What the file says: of a whole ConfigMap, its data."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"it cannot be read: {error}", place=str(file), remedy=_REMEDY) from error
    found = _read(text, file)
    data = found.get("data")
    return data if isinstance(data, Mapping) else found


def _read(text: str, file: Path) -> Mapping[str, object]:
    try:
        found = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise BadInput(f"it is not YAML: {error}", place=str(file), remedy=_REMEDY) from error
    if not isinstance(found, Mapping):
        raise BadInput("it is no mapping", place=str(file), remedy=_REMEDY)
    return found
