"""COMPILE: from the recording of a pipeline to IR. Importing it connects the compiler to the components of `bakehouse.dsl`."""

from pathlib import Path

from bakehouse.compiler import descriptions, files, parts
from bakehouse.compiler.files import Compiler
from bakehouse.compiler.manifests import KubernetesManifestOptions
from bakehouse.compiler.pipelines import Compiled, Overrides, compile_pipeline
from bakehouse.dsl import hooks, older

__all__ = ["Compiled", "Compiler", "KubernetesManifestOptions", "Overrides", "compile_pipeline"]

hooks.connect_compiler(
    compile_=lambda component: files.whole(compile_pipeline(component)),
    interface=parts.interface,
    describe=lambda component: descriptions.of(component).whole,
    write=lambda component, path: files.write(files.whole(compile_pipeline(component)), Path(path)),
)


def __getattr__(name: str) -> object:
    return older.name(__name__, name)
