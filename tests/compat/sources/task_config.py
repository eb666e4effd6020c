"""Components that are handed their own settings."""

from kfp import dsl


@dsl.component(
    task_config_passthroughs=[
        dsl.TaskConfigField.RESOURCES,
        dsl.TaskConfigPassthrough(field=dsl.TaskConfigField.ENV, apply_to_task=True),
        dsl.TaskConfigPassthrough(field=dsl.TaskConfigField.KUBERNETES_VOLUMES),
        dsl.TaskConfigField.KUBERNETES_AFFINITY,
        dsl.TaskConfigField.KUBERNETES_TOLERATIONS,
        dsl.TaskConfigField.KUBERNETES_NODE_SELECTOR,
    ]
)
def configured(n: int, config: dsl.TaskConfig) -> str:
    return str(config)


@dsl.component
def listens(status: dsl.PipelineTaskFinalStatus, n: int = 1):
    print(status)


@dsl.pipeline
def task_config():
    configured(n=1).set_cpu_limit("1").set_env_variable("A", "b")
