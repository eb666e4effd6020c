"""Settings whose values are computed: of pipeline parameters and of outputs of tasks."""

from kfp import dsl


@dsl.component
def cpu() -> str:
    return "1"


@dsl.component
def count() -> int:
    return 1


@dsl.component
def step(text: str = "x"):
    pass


@dsl.pipeline
def computed_settings(memory: str = "1Gi", accelerator: str = "nvidia.com/gpu", image: str = "python:3.12", number: int = 1):
    cores = cpu()
    gpus = count()
    step().set_cpu_request(cores.output).set_cpu_limit(cores.output).set_memory_request(memory).set_memory_limit(memory)
    step(text=memory).set_accelerator_type(accelerator).set_accelerator_limit(gpus.output)
    step().set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(number)
    step().set_container_image(image)
    step(text=cores.output).set_container_image(cores.output)
    step().set_cpu_limit("1").set_memory_limit(memory).set_container_image("python:3.10")
    step().set_accelerator_type(accelerator)
