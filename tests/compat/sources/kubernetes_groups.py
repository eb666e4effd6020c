"""What tasks in groups and in called pipelines ask of Kubernetes, with values that come from outside of them."""

from kfp import dsl, kubernetes


@dsl.component
def name() -> str:
    return "x"


@dsl.component
def names() -> list:
    return ["a"]


@dsl.component
def step(text: str = "x"):
    pass


def ask(task, value):
    kubernetes.use_secret_as_env(task, secret_name=value, secret_key_to_env={"user": "DB_USER"})
    kubernetes.use_config_map_as_volume(task, config_map_name=value, mount_path="/settings")
    kubernetes.mount_pvc(task, pvc_name=value, mount_path="/data")
    kubernetes.set_image_pull_secrets(task, [value, "known"])


@dsl.pipeline
def in_groups(secret: str, number: int = 3, many: list = ["a"], selector: dict = {}, taints: list = []):
    given = name()
    with dsl.If(number == 3):
        ask(step(), secret)
        ask(step(text="y"), given.output)
        inside = name()
        ask(step(), inside.output)
        with dsl.ParallelFor(["a", "b"]) as item:
            ask(step(), item)
            ask(step(text=secret), secret)
    with dsl.Else():
        kubernetes.add_node_selector_json(step(), selector)
        kubernetes.add_toleration_json(step(), taints)
    with dsl.ParallelFor(many) as item:
        ask(step(), item)
    with dsl.ParallelFor(names().output) as item:
        ask(step(text="y"), item)
    with dsl.ExitHandler(step(text="last")):
        ask(step(), given.output)


@dsl.component
def other_step(text: str = "x"):
    pass


@dsl.component
def own_step():
    pass


@dsl.pipeline
def called(secret: str, other: str = "o"):
    ask(step(), secret)
    with dsl.If(other == "o"):
        ask(other_step(), other)


@dsl.pipeline(pipeline_config=dsl.PipelineConfig(ttl_seconds_after_finished=60))
def calling(secret: str = "s"):
    kubernetes.set_timeout(own_step(), 5)
    called(secret=name().output)
    called(secret=secret, other="x")
    with dsl.ParallelFor(["a"]) as item:
        called(secret=item)
