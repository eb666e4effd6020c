"""Images: of components, of containerized components, of tasks."""

from kfp import dsl


@dsl.component(base_image="registry.example.org/base:1")
def with_base() -> str:
    return ""


@dsl.component(base_image="python:3.12", target_image="registry.example.org/mine:2", packages_to_install=["pandas"])
def containerized(text: str) -> str:
    return text


@dsl.component(target_image="registry.example.org/mine:2")
def containerized_without_base():
    pass


@dsl.pipeline
def images():
    containerized(text=with_base().output)
    containerized_without_base()
    with_base().set_container_image("other")
