"""Files that travel inside a component."""

from pathlib import Path

from kfp import dsl
from kfp.dsl import Dataset, Output

_ASSETS = Path(__file__).parents[1] / "assets"


@dsl.component(embedded_artifact_path=str(_ASSETS / "folder"))
def folder(files: dsl.EmbeddedInput[Dataset], out: Output[Dataset]) -> str:
    import os

    return ",".join(sorted(os.listdir(files.path)))


@dsl.component(embedded_artifact_path=str(_ASSETS / "alone.txt"), packages_to_install=["pandas"])
def single(file: dsl.EmbeddedInput[dsl.Artifact], n: int = 1) -> str:
    with open(file.path) as opened:
        return opened.read()


@dsl.pipeline
def embedded():
    folder()
    single(n=2)
