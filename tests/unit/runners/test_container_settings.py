"""Settings for Kubernetes where there are only containers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bakehouse.runners import container_settings
from bakehouse.runners.container_settings import Asked
from bakehouse.runners.containers import Mount
from bakehouse.runners.errors import NotBuilt
from bakehouse.runners.kubernetes.errors import BadPod

KEYS = [{"secretKey": "user", "envVar": "DB_USER"}, {"secretKey": "pass.txt", "envVar": "DB_PASS"}]


def write(home: Path, *parts: str, value: str = "") -> Path:
    """A value in the home."""
    path = home.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value)
    return path


def test_nothing_asked_is_nothing_given(tmp_path: Path) -> None:
    """What needs a cluster is left out."""
    nothing = Asked({}, (), {}, (), 0)
    assert container_settings.asked({}, tmp_path) == nothing
    assert (
        container_settings.asked({"nodeSelector": {"labels": {"a": "b"}}, "pvcMount": [{"mountPath": "/d", "constant": "mine"}]}, tmp_path) == nothing
    )


def test_secrets_are_files_of_the_home(tmp_path: Path) -> None:
    """As variables, without the end of the last line, and as a folder; the name may be a value of the run. Config maps likewise."""
    write(tmp_path, "secrets", "db", "user", value="ann\n")
    write(tmp_path, "secrets", "db", "pass%2Etxt", value="a b")
    settings = write(tmp_path, "config-maps", "app", "mode", value="fast").parent
    found = container_settings.asked(
        {
            "secretAsEnv": [{"secretName": "", "secretNameParameter": "db", "keyToEnv": KEYS}],
            "configMapAsEnv": [{"configMapName": "app", "keyToEnv": [{"configMapKey": "mode", "envVar": "MODE"}]}],
            "configMapAsVolume": [{"configMapName": "app", "mountPath": "/etc/app"}],
        },
        tmp_path,
    )
    assert found.environment == {"DB_USER": "ann", "DB_PASS": "a b", "MODE": "fast"}
    assert found.mounts == (Mount(str(settings), read_only=True, target="/etc/app"),)


@pytest.mark.parametrize(
    "entry", [{"secretAsEnv": [{"secretName": "db", "keyToEnv": KEYS}]}, {"secretAsVolume": [{"secretName": "db", "mountPath": "/s"}]}]
)
def test_a_secret_that_is_not_there(tmp_path: Path, entry: dict[str, Any]) -> None:
    """The file to write is named; an optional one is left out."""
    with pytest.raises(NotBuilt, match=r"asks for the secret db, which is not there: no file .*/secrets/db/"):
        container_settings.asked(entry, tmp_path)
    [(_, [one])] = entry.items()
    assert container_settings.asked({field: [{**one, "optional": True}] for field in entry}, tmp_path) == Asked({}, (), {}, (), 0)


def test_an_optional_secret_that_nobody_names(tmp_path: Path) -> None:
    """Its name is a parameter that was not given."""
    entry = {"secretNameParameter": None, "optional": True, "keyToEnv": KEYS, "mountPath": "/s"}
    assert container_settings.asked({"secretAsEnv": [entry], "secretAsVolume": [entry]}, tmp_path) == Asked({}, (), {}, (), 0)


def test_volumes_that_live_as_long_as_the_container(tmp_path: Path) -> None:
    """In memory with their size, or on the engine's disk; shared memory of the size that is asked for."""
    settings = {
        "emptyDirMounts": [
            {"volumeName": "a", "mountPath": "/fast", "medium": "Memory", "sizeLimit": "64Mi"},
            {"volumeName": "b", "mountPath": "/any", "medium": "Memory"},
            {"volumeName": "c", "mountPath": "/scratch"},
        ],
        "enabledSharedMemory": {"volumeName": "shm", "size": "1Gi"},
    }
    assert container_settings.asked(settings, tmp_path) == Asked({}, (), {"/fast": "size=67108864", "/any": ""}, ("/scratch",), 1 << 30)


def test_settings_that_nobody_can_mean(tmp_path: Path) -> None:
    """They are named with their place."""
    with pytest.raises(BadPod, match=r"emptyDirMounts\[0\].mountPath"):
        container_settings.asked({"emptyDirMounts": [{"volumeName": "a"}]}, tmp_path)
