"""An attempt to its pod. Pure: this writes manifests, the runner sends them.

A pod has two containers. `keeper`, which is ours, starts first; it brings the inputs, opens the step's way, and sends on what the step leaves.
`main` is the user's image with the user's command, under a small program that a ConfigMap brings: any image will do, and any user.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from bakehouse.ir.execution import LaunchSpec
from bakehouse.ir.pods import POD_PATCH, RUN_NAME, SERVICE_ACCOUNT, WORKSPACE
from bakehouse.ir.policies import DEADLINE
from bakehouse.ir.values import Json, JsonObject
from bakehouse.pod import protocol
from bakehouse.runners.kubernetes import claims, containers, names, patches, placing, volumes
from bakehouse.runners.kubernetes.errors import BadPod
from bakehouse.runners.kubernetes.values import PULL_SECRETS, entries, mapping, name, named, text, texts, whole, without

KEEPER, MAIN = "keeper", "main"
#: Where the program is under which `main` runs its command.
PROGRAMS = "/bakehouse-bin"
#: The key of that program in its ConfigMap.
RUNNER = "runner"
#: The user of our own containers.
USER = 65532
#: Seconds after the end of the step, by which the keeper has to have sent what it left, before the kubelet ends it all.
_UPLOAD = 20
#: Seconds beyond the step's own limit: until then the engine has ended it, unless there is none any more.
_BACKSTOP = 3600
_FACTS = {"KFP_POD_NAME": "metadata.name", "KFP_POD_UID": "metadata.uid"}
#: The keeper holds the names of a folder that it sends: 60 MiB for 300,000 files. `BAKEHOUSE_POD_PATCH` gives it more.
_RESOURCES = {"requests": {"cpu": "10m", "memory": "24Mi"}, "limits": {"memory": "256Mi"}}
_READ_AND_RUN = 0o555


@dataclass(frozen=True)
class Installation:
    """What all pods of a home have in common.

    `home` is its id. `service_account`, `priority_class` and `queue` (Kueue's LocalQueue) count where a step or run says nothing else.
    `defaults` is a pod that each pod is merged into, `patch` is merged into each pod and has the last word.
    `architecture` is that of the nodes that steps run on which name none. `sidecars`: the cluster knows init containers that go on.
    """

    home: str
    namespace: str
    service_account: str = ""
    priority_class: str = ""
    queue: str = ""
    defaults: JsonObject = field(default_factory=dict)
    patch: JsonObject = field(default_factory=dict)
    architecture: str = "amd64"
    sidecars: bool = True


@dataclass(frozen=True)
class Inside:
    """Our own part of a pod: the keeper's image, command and variables, and the variables that the step is given beside those of its image.

    `runners` are the names of the ConfigMaps with the runner, by architecture. `kill_after`: seconds between TERM and KILL; `log_bytes`: what
    is kept of the step's output.
    """

    image: str
    keeper: tuple[str, ...]
    variables: Mapping[str, str]
    environment: Mapping[str, str]
    runners: Mapping[str, str]
    kill_after: float = 10.0
    log_bytes: int = 64 << 20


def pod(launch: LaunchSpec, inside: Inside, installation: Installation) -> JsonObject:
    """The pod of an attempt. Raises `BadPod` when what the step asks for makes none."""
    settings = launch.kubernetes
    own = _own(launch, inside, installation)
    patches.merged(own, installation.defaults, DEFAULTS)  # what does not fit is told as theirs, and nothing of ours with it
    made = patches.merged(patches.merged({}, installation.defaults, DEFAULTS), own, _STEP)
    for path, patch in (*entries(settings, POD_PATCH), (PATCH, installation.patch)):
        made = patches.merged(made, patch, path)
        _check(made.get("spec") or {}, path)
    metadata, spec = made.get("metadata") or {}, made["spec"]
    architecture = placing.architecture(spec) or installation.architecture
    if architecture not in inside.runners:
        raise BadPod(
            f"the step is to run on nodes of the architecture {architecture}, for which this Bakehouse has no runner",
            place=f"node selector {placing.ARCHITECTURE}",
            remedy=f"Choose one of {', '.join(sorted(inside.runners))}.",
        )
    spec["nodeSelector"] = {**(spec.get("nodeSelector") or {}), placing.ARCHITECTURE: architecture}
    spec["volumes"] = [one | _program(inside.runners[architecture]) if one["name"] == _PROGRAMS else one for one in spec["volumes"]]
    spec["containers"] = _ordered(spec["containers"])
    spec["restartPolicy"] = "Never"
    identity = {"name": names.pod(installation.home, launch.pipeline_name, launch.attempt), "namespace": installation.namespace}
    ours = _labels(launch, installation)
    marks = {
        kind: {**mapping(f"metadata.{kind}", metadata.get(kind)), **own} for kind, own in (("labels", ours), ("annotations", _annotations(launch)))
    }
    return {**made, "metadata": {**metadata, **identity, **marks}}


_SHARED, _PROGRAMS = "bakehouse", "bakehouse-bin"
#: Where the installation says what its pods have, and where the step does.
DEFAULTS, PATCH, _STEP = "BAKEHOUSE_POD_DEFAULTS", "BAKEHOUSE_POD_PATCH", "platforms.kubernetes"


def _check(spec: JsonObject, path: str) -> None:
    """See that what runs a step is still in its pod after a patch. Raises `BadPod`."""
    for kind, ours in (("containers", {KEEPER, MAIN}), ("volumes", {_SHARED, _PROGRAMS})):
        missing = ours - {one["name"] for one in spec.get(kind) or ()}
        if missing:
            raise BadPod(
                f"{path} leaves no {' and '.join(sorted(missing))} in spec.{kind}, without which no step runs",
                place=path,
                remedy="Lists are merged by name: leave `$patch: replace` out, and name what is to be changed or added.",
            )


def _program(config_map: str) -> JsonObject:
    return {"configMap": {"name": config_map, "defaultMode": _READ_AND_RUN}}


def _own(launch: LaunchSpec, inside: Inside, installation: Installation) -> JsonObject:
    """The pod as the step and we want it, before patches."""
    settings = launch.kubernetes
    mounted = volumes.read(settings, {_SHARED: {"emptyDir": {}}, _PROGRAMS: {}}, (protocol.SHARED, PROGRAMS))
    if launch.workspace:
        mounted.mount(mounted.add("kfp-workspace", volumes.claimed(names.workspace(installation.home, launch.attempt.run_id))), launch.workspace)
    said = mapping("podMetadata", settings.get("podMetadata"))
    labels = {names.ISTIO: "false", **({_KUEUE: installation.queue} if installation.queue else {})}
    spec = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": math.ceil(inside.kill_after) + _UPLOAD,
        "serviceAccountName": settings.get(SERVICE_ACCOUNT) or installation.service_account,
        "priorityClassName": installation.priority_class,
        "imagePullSecrets": [{"name": name(path, entry, "secretName")} for path, entry in named(settings, PULL_SECRETS, "secretName")],
        DEADLINE: _limit(settings) + _BACKSTOP if _limit(settings) else None,
        **placing.fields(settings),
        "volumes": mounted.written(),
        "initContainers": containers.before(settings, mounted, sidecars=installation.sidecars, taken=(KEEPER, MAIN)),
        "containers": [_keeper(inside), _main(launch, inside, mounted)],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "labels": {**labels, **texts("podMetadata.labels", said.get("labels"))},
            "annotations": {names.ISTIO: "false", **_called(settings), **texts("podMetadata.annotations", said.get("annotations"))},
        },
        "spec": without(spec),
    }


#: By this label Kueue knows whose turn a pod is: https://kueue.sigs.k8s.io/docs/tasks/run/plain_pods/
_KUEUE = "kueue.x-k8s.io/queue-name"


def _labels(launch: LaunchSpec, installation: Installation) -> dict[str, str]:
    run_id = names.label(launch.attempt.run_id)
    return {
        names.HOME: names.label(installation.home),
        names.RUN: run_id,
        names.KFP_RUN: run_id,
        names.KFP_COMPONENT: "true",
        names.MANAGED: "bakehouse",
    }


def _annotations(launch: LaunchSpec) -> dict[str, str]:
    attempt = launch.attempt
    return {names.RUN: attempt.run_id, names.TASK: attempt.task_id, names.ATTEMPT: str(attempt.number)}


def _called(settings: JsonObject) -> dict[str, str]:
    called = settings.get(RUN_NAME)
    return {names.KFP_RUN_NAME: text(RUN_NAME, called)} if called else {}


def _limit(settings: JsonObject) -> int:
    """For how many seconds the step may run; 0 is for ever."""
    given = settings.get(DEADLINE)
    return whole(DEADLINE, given) if given else 0


def _told(inside: Inside, limit: int) -> list[JsonObject]:
    """What the runner is told; it keeps it from the step."""
    said = {"BAKEHOUSE_KILL_AFTER": str(math.ceil(inside.kill_after)), "BAKEHOUSE_LOG_LIMIT": str(inside.log_bytes), "BAKEHOUSE_TIMEOUT": str(limit)}
    return [{"name": one, "value": value} for one, value in said.items()]


def _keeper(inside: Inside) -> JsonObject:
    """Our own container, which is as closed as Pod Security's profile "restricted" wants it."""
    return {
        "name": KEEPER,
        "image": inside.image,
        "command": list(inside.keeper),
        "env": [{"name": one, "value": value} for one, value in inside.variables.items()],
        "volumeMounts": [{"name": _SHARED, "mountPath": protocol.SHARED}],
        "resources": _RESOURCES,
        "securityContext": {
            "runAsUser": USER,
            "runAsGroup": USER,
            "runAsNonRoot": True,
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


def _main(launch: LaunchSpec, inside: Inside, mounted: volumes.Volumes) -> JsonObject:
    settings = launch.kubernetes
    policy = settings.get("imagePullPolicy")
    ours = [{"name": _SHARED, "mountPath": protocol.SHARED}, {"name": _PROGRAMS, "mountPath": PROGRAMS, "readOnly": True}]
    return without(
        {
            "name": MAIN,
            "image": text("image", launch.image),
            "imagePullPolicy": text("imagePullPolicy", policy) if policy else "",
            "command": [f"{PROGRAMS}/{RUNNER}"],  # the keeper brings the words, which may be more than a pod can have
            "env": [*containers.environment(inside.environment, settings, _FACTS), *_told(inside, _limit(settings))],
            "volumeMounts": [*ours, *mounted.mounts],
            "resources": containers.resources(launch, settings),
            "securityContext": containers.security(settings),
        }
    )


def _ordered(given: list[Json]) -> list[Json]:
    """Containers start one after another in this order: the keeper boots while the image of `main` is being made ready."""
    first = {KEEPER: 0, MAIN: 1}
    return sorted(given, key=lambda one: first.get(one["name"], len(first)))


# ---------------------------------------------------------------- what is there before a pod


def runner(program: bytes, digest: str, architecture: str, installation: Installation) -> JsonObject:
    """The ConfigMap with the runner, which nobody can change: another program gets another name."""
    metadata = {
        "name": names.runner(digest, architecture),
        "namespace": installation.namespace,
        "labels": {names.HOME: names.label(installation.home), names.MANAGED: "bakehouse"},
    }
    binary = {RUNNER: base64.b64encode(program).decode()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "immutable": True, "binaryData": binary}


def workspace(launch: LaunchSpec, installation: Installation) -> JsonObject:
    """The claim that all steps of a run share: as large as the pipeline says. Raises `BadPod`."""
    attempt = launch.attempt
    labels = {**_labels(launch, installation), names.WORKSPACE: "true"}
    metadata = {"name": names.workspace(installation.home, attempt.run_id), "namespace": installation.namespace, "labels": labels}
    return claims.workspace(mapping(WORKSPACE, launch.kubernetes.get(WORKSPACE)), {**metadata, "annotations": {names.RUN: attempt.run_id}})


def claim(launch: LaunchSpec, installation: Installation) -> JsonObject:
    """The claim that a step of `CreatePVC` makes. Raises `BadPod`."""
    attempt = launch.attempt
    named = claims.wanted_name(launch.parameters, lambda suffix: names.claim(installation.home, attempt, suffix))
    labels = {key: value for key, value in _labels(launch, installation).items() if key != names.KFP_COMPONENT}
    marks = {names.RUN: attempt.run_id, names.TASK: attempt.task_id}
    return claims.created(launch.parameters, {"name": named, "namespace": installation.namespace, "labels": labels, "annotations": marks})
