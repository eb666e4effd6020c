"""A step whose first attempt counts, and tells the time of each number."""

from kfp import dsl

CODE = """
import itertools, os, time
for number in itertools.count() if os.environ["BAKEHOUSE_ATTEMPT"] == "1" else ():
    print(number, time.time(), flush=True)
    time.sleep(0.1)
"""


@dsl.container_component
def count():
    return dsl.ContainerSpec("python:3.11", ["python3", "-c", CODE])


@dsl.pipeline
def logs():
    count()
