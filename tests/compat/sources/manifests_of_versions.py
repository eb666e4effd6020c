"""Manifests with a version's name alone."""

from kfp import dsl

OPTIONS = {
    "kubernetes_manifest_format": True,
    "pipeline_display_name": "Given",
    "kubernetes_manifest_options": lambda compiler: compiler.KubernetesManifestOptions(
        pipeline_version_name="v1", include_pipeline_manifest=True
    ),
}


@dsl.component
def step():
    pass


@dsl.pipeline(display_name="Own")
def version_alone():
    step()
