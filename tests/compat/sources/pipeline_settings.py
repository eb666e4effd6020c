"""Settings of the pipeline for Kubernetes."""

from kfp import dsl


@dsl.component
def step(path: str = "") -> str:
    return path


@dsl.pipeline(
    pipeline_config=dsl.PipelineConfig(
        workspace=dsl.WorkspaceConfig(
            size="10Gi", kubernetes=dsl.KubernetesWorkspaceConfig(pvcSpecPatch={"storageClassName": "fast", "accessModes": ["ReadWriteOnce"]})
        ),
        ttl_seconds_after_finished=60,
        ttl_seconds_after_success=120,
        ttl_seconds_after_failure=180,
        active_deadline_seconds=3600,
    )
)
def whole():
    step(path=dsl.WORKSPACE_PATH_PLACEHOLDER)
    step(path=f"{dsl.WORKSPACE_PATH_PLACEHOLDER}/data")


@dsl.pipeline(pipeline_config=dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="500Mi")))
def only_size():
    step()


@dsl.pipeline(pipeline_config=dsl.PipelineConfig(ttl_seconds_after_finished=0, active_deadline_seconds=5))
def zero():
    step()


@dsl.pipeline(pipeline_config=dsl.PipelineConfig())
def empty():
    step()


set_later = dsl.WorkspaceConfig("1Gi")
set_later.set_size(size="2Gi")
later = dsl.KubernetesWorkspaceConfig()
later.set_pvcSpecPatch(patch={"storageClassName": "slow"})
set_later.set_kubernetes_config(kubernetes_config=later)
assert set_later.get_workspace()["size"] == "2Gi"


@dsl.pipeline(pipeline_config=dsl.PipelineConfig(workspace=set_later))
def changed_before():
    step()
