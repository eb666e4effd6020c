"""Pipelines: uploaded as files, or out of the function that defines them."""

from __future__ import annotations

from bakehouse.client import needed, noting, packages
from bakehouse.client.answers import Pipeline
from bakehouse.client.base import Base
from bakehouse.compiler import files
from bakehouse.dsl.component import BaseComponent

_UPLOAD = "/pipelines/upload"


class Pipelines(Base):
    """The methods of a client that are about pipelines."""

    @noting.asks
    def upload_pipeline(
        self, pipeline_package_path: str, pipeline_name: str | None = None, description: str | None = None, namespace: str | None = None
    ) -> Pipeline:
        """Make a pipeline and its first version of a compiled file, or of an archive with one.

        Without a name it is called as the file says; an archive as itself. Raises what `client.errors` lists, `ServerConflict` among
        them where there is a pipeline of the name, and `InvalidPipeline` for a file that is none.
        """
        path = packages.checked(pipeline_package_path, argument="pipeline_package_path", archives=True)
        if pipeline_name is None and path.suffix in packages.READ:
            pipeline_name = packages.read(path, argument="pipeline_package_path").spec.info.name
        return self._uploaded((path.name, path.read_bytes()), pipeline_name, description, namespace)

    @noting.asks
    def upload_pipeline_from_pipeline_func(
        self, pipeline_func: BaseComponent, pipeline_name: str | None = None, description: str | None = None, namespace: str | None = None
    ) -> Pipeline:
        """Compile a pipeline and upload it. Raises what is wrong with it, and what `client.errors` lists."""
        file = files.compiled(pipeline_func, stacklevel=noting.AUTHOR)
        name = pipeline_name or file.spec.info.name
        return self._uploaded((f"{file.spec.info.name}.yaml", needed.ir_text().write(file).encode()), name, description, namespace)

    def _uploaded(self, file: tuple[str, bytes], name: str | None, description: str | None, namespace: str | None) -> Pipeline:
        said = self._connection.upload(_UPLOAD, file, name=name, description=description, namespace=namespace or self._namespace)
        return Pipeline(said)
