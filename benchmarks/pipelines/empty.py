"""The runtime alone: a step that does nothing."""

from kfp import dsl


@dsl.component
def nothing():
    pass


@dsl.pipeline(name="empty")
def pipeline():
    nothing()
