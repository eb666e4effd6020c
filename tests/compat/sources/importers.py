"""Importers: of URIs that are written out or given, with metadata that take keys and values from elsewhere."""

from typing import List

from kfp import dsl
from kfp.dsl import Artifact, Dataset, Input, Model


@dsl.component
def say(text: str = "") -> str:
    """Say it."""
    return text


@dsl.component
def use(rows: Input[Dataset]) -> str:
    """Use a table."""
    return rows.uri


@dsl.pipeline
def importing(uri: str = "gs://x", key: str = "k", rows: int = 3) -> Dataset:
    """Of each kind."""
    a = say()
    first = dsl.importer(
        artifact_uri="gs://a/b",
        artifact_class=Dataset,
        reimport=True,
        metadata={"a": 1, "b": [1, {"c": key}], key: "v", "f": f"{a.output}-{key}", f"x{key}": a.output, "n": rows},
    )
    use(rows=first.output)
    dsl.importer(artifact_uri=uri, artifact_class=Model).set_display_name("a model")
    dsl.importer(artifact_uri=a.output, artifact_class=Artifact, reimport=False, download_to_workspace=False).set_caching_options(False)
    use(rows=first.outputs["artifact"]).after(first)
    with dsl.If(key == "k"):
        dsl.importer(uri, Dataset, False, {key: key, "z": 1.5, "t": True, "n": {"deep": [f"{uri}{key}"]}}).after(first)
    return first.output


@dsl.pipeline
def in_loops(uris: List[str] = ["gs://x"]) -> None:
    """Of the items of a loop."""
    with dsl.ParallelFor(uris) as uri:
        use(rows=dsl.importer(artifact_uri=uri, artifact_class=Dataset).output)
