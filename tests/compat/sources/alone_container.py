"""A container component compiled alone."""

from kfp import dsl
from kfp.dsl import Model, Output, OutputPath


@dsl.container_component
def train(rate: float, model: Output[Model], log: OutputPath(str), name: str = "m"):
    """Trains in a container.

    Args:
        rate: How fast.
    """
    return dsl.ContainerSpec(image="alpine", command=["train", rate], args=[name, model.path, log])
