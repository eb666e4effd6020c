"""`dsl.ContainerOp` of KFP 1: an image, a command, and files that the container writes. It becomes a task of today's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bakehouse.dsl import blocks
from bakehouse.dsl.channels import PipelineChannel
from bakehouse.dsl.task import Outputs
from bakehouse.kubernetes import checks
from bakehouse.legacy.component import Asked, ContainerOpComponent
from bakehouse.legacy.errors import OldStyle
from bakehouse.legacy.paths import InputArgumentPath
from bakehouse.legacy.setters import Op

#: Of `container_kwargs`, what a setter takes, and whether it is a list of them.
_KWARGS: Mapping[str, tuple[Callable[[Op, Any], Op], bool]] = {
    "env": (Op.add_env_variable, True),
    "volume_mounts": (Op.add_volume_mount, True),
    "image_pull_policy": (Op.set_image_pull_policy, False),
    "security_context": (Op.set_security_context, False),
}


class NamedOutputs(Outputs):
    """Outputs by the names that they had in KFP 1 too; `output` is the only one of them, whatever it is called."""

    def __init__(self, task: Op, given: Mapping[str, PipelineChannel], names: Mapping[str, str]) -> None:
        super().__init__(task)
        self.update(given)
        self._names = names

    def __getitem__(self, name: str) -> PipelineChannel:
        return super().__getitem__(self._names.get(name, name))

    def __missing__(self, name: str) -> PipelineChannel:
        return next(iter(self.values())) if name == "output" and len(self) == 1 else super().__missing__(name)


class ContainerOp(Op):
    """A step that runs a container. `file_outputs` maps outputs to the files that the program writes.

    What is wrong with it is told when the pipeline is built. Raises `OutsidePipeline` where none is being built.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # kfp's signature
        self,
        name: str,
        image: str,
        command: Any = None,
        arguments: Any = None,
        init_containers: Sequence[Any] | None = None,
        sidecars: Sequence[Any] | None = None,
        container_kwargs: Mapping[str, Any] | None = None,
        artifact_argument_paths: Sequence[InputArgumentPath] | None = None,
        file_outputs: Mapping[str, str] | None = None,
        output_artifact_paths: Mapping[str, str] | None = None,
        is_exit_handler: bool = False,  # noqa: ARG002, FBT001, FBT002  # dsl.ExitHandler says it, in KFP 1 too
        pvolumes: Mapping[str, Any] | None = None,
    ) -> None:
        building = blocks.current(f"the ContainerOp {name!r}")
        component = ContainerOpComponent(
            Asked(
                name,
                image,
                command,
                arguments,
                tuple(artifact_argument_paths or ()),
                file_outputs,
                output_artifact_paths,
            ),
            building,
        )
        super().__init__(component, component.given, building)
        component.task_name = self.name
        component.pending.append(self.volumes.left)
        component.gives = {name: self._outputs[name] for name in component.names.values()}
        for channel in component.gives.values():
            channel.kind = None  # until it is known what it is used as
        self._outputs = NamedOutputs(self, component.gives, component.names)
        with building.reporting():
            self._tell(checks.fields("container_kwargs", container_kwargs or {}))
        for container in init_containers or ():
            self.add_init_container(container)
        for container in sidecars or ():
            self.add_sidecar(container)
        self.add_pvolumes(pvolumes)

    def _tell(self, container_kwargs: Mapping[str, Any]) -> None:
        for name, value in container_kwargs.items():
            with self.recording.reporting():
                if name not in _KWARGS:
                    raise OldStyle(
                        f"container_kwargs of the task {self.name} has {name!r}", remedy=f"Give it {', '.join(_KWARGS)}, or call a setter."
                    )
                setter, is_list = _KWARGS[name]
                for one in checks.items(f"{name} of container_kwargs", value) if is_list else [value]:
                    setter(self, one)
