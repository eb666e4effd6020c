"""Steps that go on while the server is replaced, some of them before and some of them after it."""

from kfp import dsl


@dsl.container_component
def speak(lines: int):
    line = 'i=0; while [ $i -lt "$0" ]; do i=$((i + 1)); echo "line $i"; sleep 0.2; done'
    return dsl.ContainerSpec("busybox:1.36", ["sh", "-c", line, lines])


@dsl.pipeline
def restarted(lines: int = 100):
    with dsl.ParallelFor([1, 2]) as _:
        first = speak(lines=lines)
        speak(lines=5).after(first)
