"""Three steps with parameters of any size, a folder of many files, and a container without Python."""

from kfp import dsl


@dsl.component
def make(n: int, files: dsl.Output[dsl.Artifact]) -> str:
    import os

    os.makedirs(files.path)
    for number in range(500):
        with open(os.path.join(files.path, str(number)), "w") as file:
            file.write("x" * number)
    return "y" * n


@dsl.component
def measure(files: dsl.Input[dsl.Artifact], text: str) -> str:
    import os

    total = sum(os.path.getsize(os.path.join(files.path, name)) for name in os.listdir(files.path))
    return f"{len(os.listdir(files.path))} files, {total} bytes, {len(text)} characters"


@dsl.container_component
def say(text: str, said: dsl.OutputPath(str)):
    return dsl.ContainerSpec("busybox:1.36", ["sh", "-c", 'mkdir -p "$(busybox dirname "$1")" && echo -n "$0" > "$1" && echo told'], [text, said])


@dsl.pipeline
def chain(n: int = 1000000):
    made = make(n=n)
    measured = measure(files=made.outputs["files"], text=made.outputs["Output"])
    say(text=measured.output)
