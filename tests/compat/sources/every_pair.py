"""Every setting of a task, every kind of call and of joining, in every block of control flow and in every pair of them."""

import contextlib

from kfp import components, dsl, kubernetes
from kfp.dsl import Dataset, Input, Output


@dsl.component
def say(text: str = "") -> str:
    return text


@dsl.component
def table(rows: Output[Dataset]):
    pass


@dsl.component
def use(texts: list = [], tables: Input[dsl.Artifact] = None) -> str:
    return ""


@dsl.component
def gather(tables: Input[list[Dataset]]) -> str:
    return ""


@dsl.component
def tell(status: dsl.PipelineTaskFinalStatus):
    pass


@dsl.container_component
def contained(text: str = ""):
    return dsl.ContainerSpec(image="alpine", command=["echo"], args=[text])


loaded = components.load_component_from_text("""
name: Loaded
inputs: [{name: text, type: String, default: x}]
implementation: {container: {image: alpine, command: [echo, {inputValue: text}]}}
""")


@dsl.pipeline
def called(text: str = "called") -> str:
    return say(text=text).output


@dsl.pipeline
def tables() -> list[Dataset]:
    with dsl.ParallelFor([1, 2]) as _:
        made = table()
    return dsl.Collected(made.outputs["rows"])


@contextlib.contextmanager
def entered(kind, flag, number):
    """A block of a kind, with what has to be before it; gives something that can be used in it."""
    if kind is None:
        yield flag
    elif kind == "If":
        with dsl.If(flag == "a", name=f"if-{number}"):
            yield flag
    elif kind == "Condition":
        with dsl.Condition(flag == "b", name=f"condition-{number}"):
            yield flag
    elif kind == "Elif":
        with dsl.If(flag == "c"):
            say()
        with dsl.Elif(flag == "d", name=f"elif-{number}"):
            yield flag
    elif kind == "Else":
        with dsl.If(flag == "e"):
            say()
        with dsl.Else(name=f"else-{number}"):
            yield flag
    elif kind == "ParallelFor":
        with dsl.ParallelFor(items=["f", "g"], name=f"loop-{number}", parallelism=2) as item:
            yield item
    elif kind == "ParallelFor of artifacts":
        with dsl.ParallelFor(items=tables().output) as item:
            use(tables=item)
            yield flag
    else:
        with dsl.ExitHandler(exit_task=tell(), name=f"handler-{number}"):
            yield flag


def set_all(task, text):
    """Every method of a task, with every parameter."""
    task.set_caching_options(enable_caching=True, cache_key="key")
    task.set_cpu_request(cpu="1").set_cpu_limit(cpu="2").set_memory_request(memory="1G").set_memory_limit(memory="2G")
    task.set_accelerator_type(accelerator="nvidia.com/gpu").set_accelerator_limit(limit=1)
    task.set_retry(num_retries=2, backoff_duration="1s", backoff_factor=2.0, backoff_max_duration="10s")
    task.set_env_variable(name="NAME", value="value").set_display_name(name="shown")
    task.set_debug_pause(before=True, after=True, on_error=True).set_container_image(name="registry.example.org/image:1")
    task.ignore_upstream_failure()


def ask_all(task):
    """Every function of `kfp.kubernetes` that is given a task, with every parameter."""
    kubernetes.use_secret_as_env(task=task, secret_name="s", secret_key_to_env={"key": "KEY"}, optional=True)
    kubernetes.use_secret_as_volume(task=task, secret_name="s", mount_path="/s", optional=False)
    kubernetes.use_config_map_as_env(task=task, config_map_name="m", config_map_key_to_env={"key": "MAPPED"}, optional=True)
    kubernetes.use_config_map_as_volume(task=task, config_map_name="m", mount_path="/m", optional=True)
    kubernetes.use_field_path_as_env(task=task, env_name="NODE", field_path="spec.nodeName")
    kubernetes.mount_pvc(task=task, pvc_name="claim", mount_path="/data", sub_path="part")
    kubernetes.add_ephemeral_volume(
        task=task, volume_name="e", mount_path="/e", access_modes=["ReadWriteOnce"], size="1Gi", storage_class_name="fast", labels={"a": "b"}, annotations={"c": "d"}
    )
    kubernetes.empty_dir_mount(task=task, volume_name="d", mount_path="/d", medium="Memory", size_limit="1Gi")
    kubernetes.add_node_selector(task=task, label_key="disk", label_value="ssd")
    kubernetes.add_node_affinity(
        task=task, match_expressions=[{"key": "a", "operator": "Exists"}], match_fields=[{"key": "metadata.name", "operator": "NotIn", "values": ["n"]}], weight=5
    )
    kubernetes.add_pod_annotation(task=task, annotation_key="a", annotation_value="b")
    kubernetes.add_pod_label(task=task, label_key="c", label_value="d")
    kubernetes.add_toleration(task=task, key="k", operator="Equal", value="v", effect="NoExecute", toleration_seconds=5)
    kubernetes.set_image_pull_policy(task=task, policy="Always")
    kubernetes.set_image_pull_secrets(task=task, secret_names=["pull"])
    kubernetes.set_security_context(task=task, run_as_user=1, run_as_group=2, run_as_non_root=True)
    kubernetes.set_timeout(task=task, seconds=60)


def ask_in_json(task):
    """Those that give a part of a pod whole."""
    kubernetes.add_node_selector_json(task=task, node_selector_json={"disk": "hdd"})
    kubernetes.add_node_affinity_json(task=task, node_affinity_json={"preferredDuringSchedulingIgnoredDuringExecution": []})
    kubernetes.add_toleration_json(task=task, toleration_json=[{"key": "two", "operator": "Exists"}])


def everything(text):
    """All that can be done in a block."""
    first = say(text=text)
    set_all(first, text)
    ask_all(first)
    second = contained(text=first.output).after(first)
    ask_in_json(second)
    second.set_gpu_limit(gpu=1).add_node_selector_constraint(accelerator="nvidia.com/gpu")
    loaded(text=text)
    inner = called(text=f"so {first.output}").set_display_name("nested").set_caching_options(False)
    fetched = dsl.importer(artifact_uri="gs://bucket/rows", artifact_class=Dataset, reimport=True, metadata={"a": "b"}, download_to_workspace=False)
    use(texts=[inner.output], tables=fetched.output)
    with dsl.If(text == "x"):
        one = say(text="1")
    with dsl.Else():
        other = say(text="2")
    say(text=dsl.OneOf(one.output, other.output))
    with dsl.ParallelFor([1, 2]) as _:
        each, made = say(text=text), table()
    use(texts=dsl.Collected(output=each.output))
    gather(tables=dsl.Collected(made.outputs["rows"]))
    claim = kubernetes.CreatePVC(
        access_modes=["ReadWriteOnce"], size="1Gi", pvc_name="whole", storage_class_name="standard", volume_name="v", annotations={"a": "b"}, data_source={"kind": "x"}
    )
    kubernetes.DeletePVC(pvc_name=claim.outputs["name"]).after(first)


BLOCKS = [None, "If", "Elif", "Else", "Condition", "ParallelFor", "ParallelFor of artifacts", "ExitHandler"]
#: What kfp does not compile: its exit handlers are outermost, and it loses the artifacts of one loop in another.
NOT_IN_KFP = [(outer, "ExitHandler") for outer in BLOCKS if outer] + [("ParallelFor of artifacts", "ParallelFor of artifacts")]


def pair(outer, inner):
    """A pipeline that does everything in one block in another."""

    def both(flag: str = "a"):
        with entered(outer, flag, 1) as given:
            with entered(inner, given, 2) as text:
                everything(text)

    both.__name__ = f"{outer or 'nothing'} with {inner or 'nothing'}".replace(" ", "_").lower()
    return both


PIPELINES = [pair(outer, inner) for outer in BLOCKS for inner in BLOCKS if (outer, inner) not in NOT_IN_KFP and (inner or not outer)]
