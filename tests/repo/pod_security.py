"""Pod Security's profile "restricted", rule by rule, "baseline" being a part of it.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_VOLUMES = frozenset({"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"})
_HOST = ("hostNetwork", "hostPID", "hostIPC")
_PROFILES = frozenset({"RuntimeDefault", "Localhost"})
#: Types of SELinux that a process may have.
_TYPES = frozenset({"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"})
_PROBES, _HOOKS = ("livenessProbe", "readinessProbe", "startupProbe"), ("postStart", "preStop")
_ACTIONS = ("httpGet", "tcpSocket")


def problems(spec: Mapping[str, Any]) -> list[str]:
    """What in the spec of a pod the profile forbids, each with where it is."""
    return [*_of_pod(spec), *(found for one in _containers(spec) for found in _of_container(one, spec.get("securityContext", {})))]


def _containers(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        yield from spec.get(kind, [])


def _of_pod(spec: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"pod: {name}" for name in _HOST if spec.get(name))
    yield from (f"volume {one['name']}: {kind}" for one in spec.get("volumes", []) for kind in set(one) - {"name"} - _VOLUMES)
    yield from (f"pod: sysctl {one['name']}" for one in spec.get("securityContext", {}).get("sysctls", []))
    yield from (f"pod: {name}" for name, is_wrong in _of_context(spec.get("securityContext", {})).items() if is_wrong)


def _of_context(context: Mapping[str, Any]) -> dict[str, bool]:
    """What pods and containers may not have alike."""
    labels = context.get("seLinuxOptions", {})
    return {
        "seLinuxOptions": labels.get("type", "") not in _TYPES or bool(labels.get("user") or labels.get("role")),
        "appArmorProfile": context.get("appArmorProfile", {}).get("type", "RuntimeDefault") not in _PROFILES,
        "hostProcess": context.get("windowsOptions", {}).get("hostProcess", False),
    }


def _asked_of(container: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The probes and hooks of a container."""
    yield from (container[one] for one in _PROBES if one in container)
    hooks = container.get("lifecycle", {})
    yield from (hooks[one] for one in _HOOKS if one in hooks)


def _of_container(container: Mapping[str, Any], shared: Mapping[str, Any]) -> Iterator[str]:
    own = container.get("securityContext", {})
    either = {**shared, **own}
    given = own.get("capabilities", {})
    wrong = {
        "privileged": own.get("privileged", False),
        "allowPrivilegeEscalation": own.get("allowPrivilegeEscalation") is not False,
        "capabilities": given.get("drop") != ["ALL"] or bool(set(given.get("add", [])) - {"NET_BIND_SERVICE"}),
        "runAsNonRoot": either.get("runAsNonRoot") is not True,
        "runAsUser": either.get("runAsUser") == 0,
        "seccompProfile": either.get("seccompProfile", {}).get("type") not in _PROFILES,
        "procMount": own.get("procMount", "Default") != "Default",
        "hostPort": any(one.get("hostPort") for one in container.get("ports", [])),
        "host": any(one.get(kind, {}).get("host") for one in _asked_of(container) for kind in _ACTIONS),
        **_of_context(own),
    }
    yield from (f"{container['name']}: {name}" for name, is_wrong in wrong.items() if is_wrong)
