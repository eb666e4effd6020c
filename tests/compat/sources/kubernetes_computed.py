"""What tasks ask of Kubernetes, with names and values of the run."""

from kfp import dsl, kubernetes


@dsl.component
def name() -> str:
    return "x"


@dsl.component
def labels() -> dict:
    return {}


@dsl.component
def tolerations() -> list:
    return []


@dsl.component
def step(text: str = "x"):
    pass


@dsl.pipeline
def inputs_of_the_pipeline(secret: str, config: str = "c", claim: str = "p", selector: dict = {}, taints: list = [], affinity: dict = {}):
    task = step(text=secret)
    kubernetes.use_secret_as_env(task, secret_name=secret, secret_key_to_env={"user": "DB_USER"})
    kubernetes.use_secret_as_volume(task, secret_name=secret, mount_path="/secrets")
    kubernetes.use_config_map_as_env(task, config_map_name=config, config_map_key_to_env={"level": "LEVEL"})
    kubernetes.use_config_map_as_volume(task, config_map_name=config, mount_path="/settings")
    kubernetes.mount_pvc(task, pvc_name=claim, mount_path="/data")
    kubernetes.set_image_pull_secrets(task, [secret, "known", config])
    other = step()
    kubernetes.add_node_selector_json(other, node_selector_json=selector)
    kubernetes.add_toleration_json(other, toleration_json=taints)
    kubernetes.add_toleration_json(other, toleration_json=selector)
    kubernetes.add_node_affinity_json(other, node_affinity_json=affinity)


@dsl.pipeline
def outputs_of_tasks():
    named = name()
    task = step()
    kubernetes.use_secret_as_env(task, secret_name=named.output, secret_key_to_env={"user": "DB_USER"})
    kubernetes.use_config_map_as_volume(task, config_map_name=name().output, mount_path="/settings")
    kubernetes.mount_pvc(task, pvc_name=named.output, mount_path="/data", sub_path="part")
    kubernetes.set_image_pull_secrets(task, [named.output])
    other = step(text=named.output).after(task)
    kubernetes.add_node_selector_json(other, labels().output)
    kubernetes.add_toleration_json(other, tolerations().output)
    kubernetes.add_node_affinity_json(other, labels().output)
