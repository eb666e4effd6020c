"""Caching, environment variables, display names, images, pauses."""

from kfp import dsl


@dsl.component
def step(text: str = "") -> str:
    return text


@dsl.container_component
def container():
    return dsl.ContainerSpec(image="alpine", command=["true"])


@dsl.pipeline(name="task-settings")
def task_settings():
    step().set_caching_options(False)
    step().set_caching_options(True)
    step().set_caching_options(enable_caching=True, cache_key="my key")
    step().set_caching_options(enable_caching=False, cache_key="my key")
    step().set_env_variable("B", "1").set_env_variable(name="A", value="two words = 'x'").set_env_variable("B", "3")
    step().set_env_variable("EMPTY", "")
    step().set_display_name("A name for people: ä/ö")
    step().set_display_name("first").set_display_name("second")
    step().set_container_image("registry.example.org/team/image@sha256:abc")
    container().set_container_image("busybox").set_env_variable("X", "y").set_memory_limit("1G")
    step().set_debug_pause()
    step().set_debug_pause(before=True, after=False)
    step().set_debug_pause(on_error=True)
    step(text="x").ignore_upstream_failure()
