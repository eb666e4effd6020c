"""What a step's settings for Kubernetes mean where there is none: secrets and config maps out of folders, volumes that live as long as the container.

The values of a secret are files, as in a pod that mounts it: `secrets/NAME/KEY` in the home; those of a config map `config-maps/NAME/KEY`.
What needs a cluster, such as a claim or a node selector, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bakehouse.errors import short
from bakehouse.ir import quantities
from bakehouse.ir.execution import StepError, folder_name
from bakehouse.ir.values import JsonObject
from bakehouse.runners import reading
from bakehouse.runners.containers import Mount
from bakehouse.runners.errors import NotBuilt
from bakehouse.runners.kubernetes.values import entries, mapping, name, named, text

_LARGEST = 1 << 20  # bytes of a value, as in Kubernetes


@dataclass(frozen=True)
class _Kind:
    """Secrets or config maps: what a step calls them, the fields of its settings, and their folder in the home."""

    said: str
    named: str
    key: str
    folder: str


_ENV = {
    "secretAsEnv": _Kind("secret", "secretName", "secretKey", "secrets"),
    "configMapAsEnv": _Kind("config map", "configMapName", "configMapKey", "config-maps"),
}
_VOLUMES = {"secretAsVolume": _ENV["secretAsEnv"], "configMapAsVolume": _ENV["configMapAsEnv"]}


@dataclass(frozen=True)
class Asked:
    """What a container gets by its step's settings.

    `tmpfs`: options of file systems in memory, by path; `scratch`: paths of empty volumes; `shm` in bytes, 0: the engine's own.
    """

    environment: Mapping[str, str]
    mounts: tuple[Mount, ...]
    tmpfs: Mapping[str, str]
    scratch: tuple[str, ...]
    shm: int


def asked(settings: JsonObject, home: Path) -> Asked:
    """What these settings ask for. Raises `NotBuilt` for what is not in the home, `BadPod` for what cannot be read, `OSError`."""
    memory: dict[str, str] = {}
    scratch: list[str] = []
    for path, entry in entries(settings, "emptyDirMounts"):
        target = text(f"{path}.mountPath", entry.get("mountPath"))
        if entry.get("medium") == "Memory":
            size = _bytes(f"{path}.sizeLimit", entry)
            memory[target] = f"size={size}" if size else ""
        else:
            scratch.append(target)
    shared = mapping("enabledSharedMemory", settings.get("enabledSharedMemory"))
    return Asked(
        environment=dict(_variables(settings, home)),
        mounts=tuple(_mounts(settings, home)),
        tmpfs=memory,
        scratch=tuple(scratch),
        shm=_bytes("enabledSharedMemory.size", {"sizeLimit": shared.get("size")}),
    )


def _variables(settings: JsonObject, home: Path) -> Iterator[tuple[str, str]]:
    for field, kind in _ENV.items():
        for path, entry in named(settings, field, kind.named):
            folder = home / kind.folder / folder_name(name(path, entry, kind.named))
            for place, pair in entries(entry, "keyToEnv"):
                key = text(f"{path}.{place}.{kind.key}", pair.get(kind.key))
                value = reading.small(folder / folder_name(key), _LARGEST)
                if value is not None:
                    yield text(f"{path}.{place}.envVar", pair.get("envVar")), value.decode(errors="surrogateescape").rstrip("\n")
                elif entry.get("optional") is not True:
                    raise NotBuilt(_missing(kind, folder, key))


def _mounts(settings: JsonObject, home: Path) -> Iterator[Mount]:
    for field, kind in _VOLUMES.items():
        for path, entry in named(settings, field, kind.named):
            folder = home / kind.folder / folder_name(name(path, entry, kind.named))
            target = text(f"{path}.mountPath", entry.get("mountPath"))
            if folder.is_dir():
                yield Mount(str(folder), read_only=True, target=target)
            elif entry.get("optional") is not True:
                raise NotBuilt(_missing(kind, folder, "KEY"))


def _missing(kind: _Kind, folder: Path, key: str) -> StepError:
    return StepError(
        message=f"the step asks for the {kind.said} {short(folder.name)}, which is not there: no file {folder / folder_name(key)}",
        type="SecretMissing",
        remedy=f"Write each value to a file of its key: mkdir -p {folder}, then {folder}/KEY.",
    )


def _bytes(path: str, entry: JsonObject) -> int:
    given = text(path, entry.get("sizeLimit"), empty=True)
    return int(quantities.amount(given) or 0) if given else 0
