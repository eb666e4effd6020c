"""Artifacts of pods in a bucket: steps that wait until somebody makes a file in their pod, and steps that pass gigabytes on."""

from kfp import dsl

HOLD = 'until [ -e /bakehouse/go ]; do sleep 0.2; done; mkdir -p "$(busybox dirname "$0")"; echo rows > "$0"'
WRITE = """
import hashlib, os, sys
path, left, digest = sys.argv[1], int(float(sys.argv[2]) * 2**30), hashlib.sha256()
os.makedirs(os.path.dirname(path), exist_ok=True)
os.makedirs(os.path.dirname(sys.argv[3]), exist_ok=True)
block = os.urandom(1 << 20)
with open(path, "wb") as file:
    while left:
        piece = block[:left]
        file.write(piece)
        digest.update(piece)
        left -= len(piece)
open(sys.argv[3], "w").write(digest.hexdigest())
"""
READ = """
import hashlib, os, sys
digest = hashlib.sha256()
os.makedirs(os.path.dirname(sys.argv[2]), exist_ok=True)
with open(sys.argv[1], "rb") as file:
    while piece := file.read(1 << 20):
        digest.update(piece)
open(sys.argv[2], "w").write(digest.hexdigest())
"""


@dsl.container_component
def hold(data: dsl.Output[dsl.Dataset]):
    return dsl.ContainerSpec("busybox:1.36", ["sh", "-c", HOLD, data.path])


@dsl.container_component
def pause():
    return dsl.ContainerSpec("busybox:1.36", ["sh", "-c", "until [ -e /bakehouse/go ]; do sleep 0.2; done"])


@dsl.container_component
def write(gigabytes: float, data: dsl.Output[dsl.Dataset], digest: dsl.OutputPath(str)):
    return dsl.ContainerSpec("python:3.11", ["python3", "-c", WRITE, data.path, gigabytes, digest])


@dsl.container_component
def read(data: dsl.Input[dsl.Dataset], digest: dsl.OutputPath(str)):
    return dsl.ContainerSpec("python:3.11", ["python3", "-c", READ, data.path, digest])


@dsl.pipeline
def held():
    made = hold()
    paused = pause().after(made)
    read(data=made.outputs["data"]).after(paused)


@dsl.pipeline
def large(gigabytes: float = 0.5):
    made = write(gigabytes=gigabytes)
    read(data=made.outputs["data"])
