"""Settings, read once from the environment; they reach every station as values. docs/reference/settings.md lists them."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bakehouse.app import machines
from bakehouse.errors import BadInput
from bakehouse.ir import durations, quantities
from bakehouse.orchestrator.ports import RunnerKind
from bakehouse.orchestrator.scheduling import Capacity, Limits

#: Of all in a namespace, or one: names as Kubernetes has them, which have no capitals.
_ACCOUNT = re.compile(r"[a-z0-9-]+(/[a-z0-9.-]+)?")
_STEPS = "Set it to 1 or more, or unset it"


@dataclass(frozen=True)
class Settings:
    """`home`: the folder of records, artifacts and environments. `slots`: steps at a time on this machine that ask for no CPUs.

    `cpu` (cores), `memory` (bytes) and `accelerators` (pieces by kind): what steps may ask for. `limits`: steps at a time of what many runs
    belong to. `fetch_allow`: hosts from which pipelines are fetched though they are not public, or not by https.
    `database`: the URL of the PostgreSQL database that holds the records, with whatever password is in it; empty where they lie in the home.
    `cache_ttl`: how long results are reused (seconds). `code`: the folder of modules that travel to steps; empty: none does.
    `pipeline_root`: where artifacts go if neither run nor pipeline says so; empty: below the home. `stores`: the file that says how object
    stores are reached; empty: `stores.yaml` in the home, if it is there.
    `runner` is that of runs that name none.
    `token`: a file with the token that a server asks for; `None`: the home's own. `token_review`: a server lets service accounts of its cluster
    in, too: `service_accounts`, as `NAMESPACE` or `NAMESPACE/NAME`; none: those of its own namespace.
    `pod_key`: a file with the secret that servers of several homes share whose pods are the same; `None`: those of this home are its own.
    """

    home: Path
    slots: int
    fetch_allow: tuple[str, ...] = ()
    database: str = field(default="", repr=False)
    cpu: float = math.inf
    memory: float = math.inf
    accelerators: Mapping[str, int] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    cache_ttl: float = math.inf
    code: str = ""
    token: Path | None = None
    pod_key: Path | None = None
    pipeline_root: str = ""
    stores: str = ""
    runner: RunnerKind = RunnerKind.AUTO
    token_review: bool = False
    service_accounts: tuple[str, ...] = ()

    @property
    def token_file(self) -> Path:
        """Where the token lies that a server of this home asks for."""
        return self.token or self.home / "token"

    @property
    def capacity(self) -> Capacity:
        """What steps share."""
        return Capacity(self.slots, self.cpu, self.memory, self.accelerators)


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that the environment variables BAKEHOUSE_… give. Raises `BadInput` for a value that cannot be meant."""
    home = Path(environ.get("BAKEHOUSE_HOME") or Path(environ.get("HOME", "~")) / ".bakehouse").expanduser().absolute()
    return Settings(
        home=home,
        slots=_steps(environ, "BAKEHOUSE_SLOTS", f"{_STEPS}: then max(4, cores) steps run at a time.") or max(4, os.cpu_count() or 1),
        fetch_allow=tuple(one.lower() for one in _listed(environ, "BAKEHOUSE_FETCH_ALLOW")),
        cpu=_amount(environ, "BAKEHOUSE_CPUS", "cores", "4") or machines.cores(),
        memory=_amount(environ, "BAKEHOUSE_MEMORY", "memory", "16Gi") or machines.memory(),
        accelerators=_accelerators(environ),
        limits=Limits(
            pipeline=_steps(environ, "BAKEHOUSE_PIPELINE_LIMIT", f"{_STEPS}: then there is no such limit."),
            namespace=_steps(environ, "BAKEHOUSE_NAMESPACE_LIMIT", f"{_STEPS}: then there is no such limit."),
        ),
        database=environ.get("BAKEHOUSE_DATABASE", "").strip(),
        cache_ttl=_duration(environ, "BAKEHOUSE_CACHE_TTL"),
        code=environ.get("BAKEHOUSE_CODE", ""),
        runner=_runner(environ),
        token=_file(environ, "BAKEHOUSE_TOKEN_FILE"),
        pod_key=_file(environ, "BAKEHOUSE_POD_KEY_FILE"),
        pipeline_root=environ.get("BAKEHOUSE_PIPELINE_ROOT", "").strip(),
        stores=environ.get("BAKEHOUSE_STORES", ""),
        token_review=_switch(environ, "BAKEHOUSE_TOKEN_REVIEW"),
        service_accounts=_accounts(environ, "BAKEHOUSE_SERVICE_ACCOUNTS"),
    )


def _file(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(environ[name]).expanduser().absolute() if environ.get(name) else None


def _runner(environ: Mapping[str, str]) -> RunnerKind:
    text = environ.get("BAKEHOUSE_RUNNER") or RunnerKind.AUTO.value
    known = [one.value for one in RunnerKind]
    if text not in known:
        raise _bad("BAKEHOUSE_RUNNER", f"is {text!r}, not a runner", f"Write one of {', '.join(known)}, or unset it.")
    return RunnerKind(text)


def _listed(environ: Mapping[str, str], name: str) -> list[str]:
    return [one for one in (part.strip() for part in environ.get(name, "").split(",")) if one]


def _switch(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name, "")
    if text not in {"", "0", "1"}:
        raise _bad(name, f"is {text!r}, neither 1 nor 0", "Set it to 1, or unset it.")
    return text == "1"


def _accounts(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    given = _listed(environ, name)
    for one in given:
        if not _ACCOUNT.fullmatch(one):
            raise _bad(name, f"has {one!r}, no service account", 'Write "NAMESPACE", or "NAMESPACE/NAME", several separated by commas.')
    return tuple(given)


def _steps(environ: Mapping[str, str], name: str, remedy: str) -> int:
    text = environ.get(name, "")
    if text and not (text.isascii() and text.isdigit() and int(text) > 0):
        raise _bad(name, f"is {text!r}, not a number of steps", remedy)
    return int(text) if text else 0


def _duration(environ: Mapping[str, str], name: str) -> float:
    text = environ.get(name, "")
    found = durations.seconds(text) or durations.iso(text) if text else math.inf
    if not found:
        raise _bad(name, f"is {text!r}, not a duration", 'Write one such as "12h", "7d" or "P1DT12H", or unset it: then results are reused for ever.')
    return found


def _amount(environ: Mapping[str, str], name: str, what: str, example: str) -> float:
    text = environ.get(name, "")
    found = quantities.amount(text) if text else 0.0
    if found is None or (text and found <= 0):
        raise _bad(
            name, f"is {text!r}, not an amount of {what}", f'Write a quantity such as "{example}", or unset it: then it is what this machine has.'
        )
    return found


def _accelerators(environ: Mapping[str, str]) -> Mapping[str, int]:
    given = _listed(environ, "BAKEHOUSE_ACCELERATORS")
    if not given:
        return machines.accelerators()
    found = {}
    for one in given:
        kind, _, count = (part.strip() for part in one.partition("="))
        if not kind or not (count.isascii() and count.isdigit()):
            raise _bad("BAKEHOUSE_ACCELERATORS", f"has {one!r}, not a kind and a number", 'Write "nvidia.com/gpu=2", several separated by commas.')
        found[kind] = int(count)
    return found


def _bad(name: str, what: str, remedy: str) -> BadInput:
    return BadInput(f"{name} {what}", place=f"environment variable {name}", remedy=remedy)
