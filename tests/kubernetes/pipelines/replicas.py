"""A step that leaves an artifact, and one after it that takes its time and reads it."""

from kfp import dsl


@dsl.component(base_image="python:3.11")
def write(text: str, made: dsl.Output[dsl.Artifact]):
    with open(made.path, "w") as file:
        file.write(text)


@dsl.component(base_image="python:3.11")
def read(given: dsl.Input[dsl.Artifact], seconds: int) -> str:
    import time

    print("begun", flush=True)
    time.sleep(seconds)
    print("done")
    with open(given.path) as file:
        return file.read()


@dsl.pipeline
def replicas(text: str = "through a bucket", seconds: int = 0) -> str:
    return read(given=write(text=text).output, seconds=seconds).output
