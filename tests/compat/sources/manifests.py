"""Manifests for Kubernetes."""

from kfp import dsl

OPTIONS = {
    "kubernetes_manifest_format": True,
    "kubernetes_manifest_options": lambda compiler: compiler.KubernetesManifestOptions(
        pipeline_name="stored",
        pipeline_display_name="Stored",
        pipeline_version_name="stored-v1",
        pipeline_version_display_name="Stored, first",
        namespace="team",
        include_pipeline_manifest=True,
    ),
}


@dsl.component
def step():
    pass


@dsl.pipeline(name="manifests", description="Described.")
def manifests(n: int = 1):
    step()


@dsl.pipeline(pipeline_config=dsl.PipelineConfig(ttl_seconds_after_finished=60))
def with_settings():
    step()
