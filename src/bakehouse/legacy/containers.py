"""Containers that run before or beside a step in the style of KFP 1: `UserContainer`, `Sidecar`."""

from __future__ import annotations

from typing import Any

from bakehouse import kubernetes
from bakehouse.dsl.task import PipelineTask
from bakehouse.legacy import models
from bakehouse.legacy.errors import OldStyle


class UserContainer:
    """A container of its own: name, image, command and arguments (a text or a list), `env` as models of the kubernetes package or mappings."""

    def __init__(
        self,
        name: str,
        image: str,
        command: Any = None,
        args: Any = None,
        mirror_volume_mounts: bool | None = None,  # noqa: FBT001  # kfp's signature
        **kwargs: Any,
    ) -> None:
        self.name, self.image, self.command, self.args = name, image, _texts(command), _texts(args)
        self.env: list[Any] = list(kwargs.pop("env", ()))
        #: What else it was told, which has no place today.
        self.more = [*kwargs, *(["mirror_volume_mounts"] if mirror_volume_mounts else [])]

    def add_env_variable(self, env_variable: Any) -> UserContainer:
        """Give it an environment variable: a `V1EnvVar`."""
        self.env.append(env_variable)
        return self

    def __getattr__(self, name: str) -> Any:
        if not name.startswith(("set_", "add_")):
            raise AttributeError(name)

        def noted(*_arguments: object, **_named: object) -> UserContainer:
            self.more.append(name)
            return self

        return noted


def _texts(given: Any) -> list[Any] | None:
    return None if given is None else list(given) if isinstance(given, list | tuple) else [given]


def add(task: PipelineTask, container: Any, *, beside: bool) -> None:
    """Let a container run before a step, or beside it. What is wrong is reported."""
    what = "Sidecar" if beside else "UserContainer"
    with task.recording.reporting():
        if not isinstance(container, UserContainer):
            raise OldStyle(f"a dsl.{what} is expected, but is {container!r}", remedy=f"Pass dsl.{what}(name, image, command, args).")
        if container.more:
            raise OldStyle(
                f"the dsl.{what} {container.name} is told {', '.join(container.more)}, which has no place today",
                remedy=f"Leave it out, or write kubernetes.add_init_container(task, {container.name!r}, {container.image!r}, …).",
            )
        env = [models.read("an environment variable", one) for one in container.env]
        unknown = next((one for one in env if "valueFrom" in one), None)
        if unknown is not None:
            raise OldStyle(
                f"the variable {unknown.get('name')} of the dsl.{what} {container.name} comes from elsewhere, which has no place today",
                remedy="Give it a text, or let the step itself read what the container needs.",
            )
        kubernetes.add_init_container(
            task,
            container.name,
            container.image,
            container.command,
            container.args,
            {one.get("name", ""): one.get("value", "") for one in env},
            restart_policy="Always" if beside else None,
        )
