"""A pipeline in the style of KFP 1, and the forms of today that its warning shows, put together as its author would."""

from __future__ import annotations

from bakehouse import dsl
from bakehouse.dsl.graph import GraphComponent

QUOTES = 'it\'s a "brace" {x} \\n %s'


#: Quotes, braces, values in texts, files of every kind; names that Python keeps for itself. A docstring would describe the pipeline.
def pipeline(rate: float, name: str) -> None:
    first = dsl.ContainerOp(
        "1st", f"image:{name}", ["sh", "-c"], [f"a {rate} {{{name}}}\nb '{rate}'", rate, QUOTES], file_outputs={"Model Path": "/a b"}
    )
    again = dsl.ContainerOp(
        "class", "i", "sh", ["x", first.output, dsl.InputArgumentPath(name)], file_outputs={"from": "/from"}, output_artifact_paths={"model": "/m"}
    )
    dsl.ContainerOp("class", "i", None, [again.output])


def modern(old: GraphComponent) -> str:
    """The forms of all steps as one source."""
    forms = [one.modern_form.rpartition("\n\n") for one in old.recording.components]
    calls = "\n".join(f"    {call}" for _, _, call in forms)
    components = "\n\n".join(component for component, _, _ in forms)
    return f"{components}\n\n\n@dsl.pipeline\ndef pipeline(rate: float, name: str):\n{calls}\n"
