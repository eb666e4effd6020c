"""Names and labels of what a run has in a cluster, made of nothing but the run: acting twice meets the same name. Pure.

https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
"""

from __future__ import annotations

import re

from bakehouse.ir.digests import digest_text
from bakehouse.ir.execution import AttemptId, RunId

#: What an object of the cluster must have to be ours: whose home, which run. Annotations name what a label cannot hold.
HOME, RUN = "bakehouse/home", "bakehouse/run"
TASK, ATTEMPT = "bakehouse/task", "bakehouse/attempt"
#: The label of a claim that goes with its run.
WORKSPACE = "bakehouse/workspace"
#: What KFP's pods have, and others look for.
KFP_RUN, KFP_COMPONENT = "pipeline/runid", "pipelines.kubeflow.org/v2_component"
#: Steps read it by `use_field_path_as_env`, as KFP's own example does.
KFP_RUN_NAME = "pipelines.kubeflow.org/run_name"
ISTIO = "sidecar.istio.io/inject"
MANAGED = "app.kubernetes.io/managed-by"
#: The longest DNS label, and so the longest name of a pod that is also its host's.
LONGEST = 63
#: The longest DNS subdomain, and so the longest name of anything else.
LONGEST_NAME = 253
_DIGITS = 12  # hexadecimal ones of a digest
_SAFE = re.compile(r"[^a-z0-9]+")
_SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_LABEL = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")


def pod(home: str, pipeline: str, attempt: AttemptId) -> str:
    """The name of an attempt's pod: pipeline and task for the reader, a digest of home, run and task, and the attempt's number."""
    ending = f"-{_digest(home, attempt.run_id, attempt.task_id)}-{attempt.number}"
    return _readable((pipeline, attempt.task_id), LONGEST - len(ending)) + ending


def runner(digest: str, architecture: str) -> str:
    """The name of the ConfigMap that holds the program under which steps run: another content has another name."""
    return f"bakehouse-runner-{architecture}-{digest[:_DIGITS]}"


def workspace(home: str, run_id: RunId) -> str:
    """The name of the claim that all steps of a run share."""
    return f"bakehouse-workspace-{_digest(home, run_id)}"


def claim(home: str, attempt: AttemptId, suffix: str) -> str:
    """The name of a claim of which the author gave the end: all attempts of the task mean the same claim."""
    return f"bh-{_digest(home, attempt.run_id, attempt.task_id)}-{suffix.lstrip('-')}"


def volume(name: str) -> str:
    """The name of a volume in a pod: that of what it holds where it may be, which is up to 63 letters, digits and hyphens."""
    readable = _readable((name,), LONGEST)
    if readable == name:
        return name
    ending = f"-{_digest(name)}"
    return _readable((name,), LONGEST - len(ending)) + ending


def label(value: str) -> str:
    """A value of a label: as it is where it may be, else with a digest in place of what a label cannot hold."""
    if _LABEL.fullmatch(value):
        return value
    ending = f"-{_digest(value)}"
    return _readable((value,), LONGEST - len(ending)) + ending


def is_valid(name: str) -> bool:
    """Whether something in a cluster may be called so: a DNS subdomain."""
    return len(name) <= LONGEST_NAME and _SUBDOMAIN.fullmatch(name) is not None


def _readable(parts: tuple[str, ...], longest: int) -> str:
    """Parts joined to a name of at most so many characters that begins with a letter and ends well."""
    joined = "-".join(filter(None, (_SAFE.sub("-", part.lower()).strip("-") for part in parts)))
    if not joined or not joined[0].isalpha():
        joined = f"bh-{joined}".rstrip("-")
    return joined[:longest].rstrip("-")


def _digest(*parts: str) -> str:
    return digest_text("\n".join(parts))[:_DIGITS]
