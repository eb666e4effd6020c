"""Compiled pipelines that are called in a pipeline."""

import os

from kfp import components, dsl, kubernetes

whole = components.load_component_from_file(os.path.join(os.path.dirname(os.path.abspath(__file__)), "loaded", "whole_thing.yaml"))


@dsl.component
def say(n: int = 1) -> str:
    return "x"


@dsl.component
def read(rows: dsl.Input[dsl.Dataset]):
    pass


@dsl.pipeline
def calling(number: int = 3):
    kubernetes.set_timeout(say(), 5)
    first = whole(n=number)
    read(rows=first.outputs["Output"])
    whole(n=2, secret=say(n=number).output).set_caching_options(False).after(first)
    with dsl.ParallelFor([1, 2]) as item:
        read(rows=whole(n=item).outputs["Output"]).set_display_name("taking")
