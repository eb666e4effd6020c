"""A pipeline whose steps make artifacts of every kind, with links that lead out of one."""

from __future__ import annotations

PIPELINE = """
from kfp import dsl


@dsl.component
def make(
    data: dsl.Output[dsl.Dataset],
    page: dsl.Output[dsl.HTML],
    notes: dsl.Output[dsl.Markdown],
    picture: dsl.Output[dsl.Artifact],
    drawing: dsl.Output[dsl.Artifact],
    model: dsl.Output[dsl.Model],
    nothing: dsl.Output[dsl.Metrics],
    remote: dsl.Output[dsl.Model],
    large: dsl.Output[dsl.Artifact],
):
    import os

    with open(data.path, "w") as file:
        file.write("a,b\\n1,2\\n")
    with open(page.path, "w") as file:
        file.write("<script>document.title = 'x'</script><p>hello")
    with open(notes.path, "w") as file:
        file.write("# Notes")
    with open(picture.path, "wb") as file:
        file.write(b"\\x89PNG\\r\\n\\x1a\\n" + bytes(100))
    with open(drawing.path, "w") as file:
        file.write("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    os.makedirs(os.path.join(model.path, "weights"))
    with open(os.path.join(model.path, "config.json"), "w") as file:
        file.write('{"layers": 3}')
    with open(os.path.join(model.path, "weights", "grüße 1+2.txt"), "w") as file:
        file.write("weights")
    os.symlink("config.json", os.path.join(model.path, "inside.json"))
    os.symlink("/etc/hosts", os.path.join(model.path, "outside"))
    os.symlink("..", os.path.join(model.path, "up"))
    os.symlink("circle", os.path.join(model.path, "circle"))
    nothing.log_metric("accuracy", 1)
    remote.uri = "s3://bucket/model"
    with open(large.path, "wb") as file:
        file.write(b"0123456789" * 100_000)


@dsl.component
def take(data: dsl.Input[dsl.Dataset]) -> int:
    return len(open(data.path).read())


@dsl.pipeline(name="sample")
def sample():
    take(data=make().outputs["data"])
"""
