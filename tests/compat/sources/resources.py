"""Resources of tasks, in every unit, and the deprecated spellings."""

from kfp import dsl


@dsl.component
def step():
    pass


@dsl.pipeline
def resources():
    step().set_cpu_request("500m").set_cpu_limit("1").set_memory_request("512Mi").set_memory_limit("2G")
    for amount in ("0", "1500", "2E", "2Ei", "2P", "2Pi", "2T", "2Ti", "2Gi", "2M", "3K", "3Ki"):
        step().set_memory_limit(amount)
    for cpu in ("0.5", ".25", "2.0", "100m", "1.5"):
        step().set_cpu_limit(cpu)
    step().set_accelerator_type("nvidia.com/gpu")
    step().set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(2)
    step().set_accelerator_type("NVIDIA_TESLA_K80").set_accelerator_limit("4")
    step().set_accelerator_limit(1)
    step().set_accelerator_limit(0)
    step().set_accelerator_limit(8).set_accelerator_type("tpu")
    step().set_gpu_limit("1").add_node_selector_constraint("NVIDIA_TESLA_T4")
    step().set_memory_request("1Gi").set_cpu_request("2")
    step().set_cpu_limit("1").set_cpu_limit("2")
