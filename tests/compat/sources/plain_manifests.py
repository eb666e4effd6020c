"""Manifests with nothing chosen, or little."""

from kfp import dsl

OPTIONS = {"kubernetes_manifest_format": True}


@dsl.component
def step():
    pass


@dsl.pipeline(name="plain-manifest", display_name="Plain")
def plain_manifest():
    step()
