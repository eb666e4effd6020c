"""Every name of KFP 1 either works or says what to write today; none is merely missing."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest

from bakehouse import compiler, components, dsl, kubernetes
from bakehouse.dsl.errors import AuthoringError, AuthoringProblems, NoSuchSetting, OutsidePipeline
from bakehouse.ir.spec import ComponentInputParameter, Constant, PipelineFile
from bakehouse.legacy import NAMES, clouds
from bakehouse.legacy.errors import OldStyle
from bakehouse.legacy.gone import Gone
from tests.unit.legacy.written import typed

#: Untyped, as authors have them.
d: Any = dsl
MODULES: dict[str, Any] = {"bakehouse.dsl": dsl, "bakehouse.components": components, "bakehouse.compiler": compiler}
GONE = [(module, name) for module, names in NAMES.items() for name, value in names.items() if isinstance(value, Gone)]


@dsl.component
def step(n: int = 1) -> int:
    return n


def _compiled(function: Callable[..., Any]) -> PipelineFile:
    return compiler.compile_pipeline(dsl.pipeline(function, name="p")).file  # as kfp has it


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in NAMES.items() for name in names])
def test_every_name_is_handed_out(module: str, name: str) -> None:
    """By the module that had it, beside its names of today, which it does not hide."""
    assert getattr(MODULES[module], name) is NAMES[module][name]
    assert name not in MODULES[module].__all__


@pytest.mark.parametrize("module", MODULES)
def test_other_names_are_missing_as_ever(module: str) -> None:
    """An `AttributeError`, for whoever asks whether a name is there."""
    with pytest.raises(AttributeError, match=f"module '{module}' has no attribute 'nonsense'"):
        _ = MODULES[module].nonsense


@pytest.mark.parametrize(("module", "name"), GONE)
def test_what_is_gone_says_what_to_write(module: str, name: str) -> None:
    """At the author's line; in a pipeline beside all else that is wrong with it."""
    with pytest.raises(OldStyle) as raised:
        getattr(MODULES[module], name)("anything")
    assert f"{module.removeprefix('bakehouse.')}.{name} belongs to KFP 1" in raised.value.message
    assert raised.value.place is not None
    assert raised.value.place.startswith(__file__)
    assert raised.value.remedy

    def pipeline() -> None:
        getattr(MODULES[module], name)("anything").set_timeout(5).after(step(n="x"))

    with pytest.raises(AuthoringProblems) as told:
        _compiled(pipeline)
    assert len(told.value.problems) == 2


@pytest.mark.parametrize(("module", "name"), GONE)
def test_what_is_gone_is_no_base(module: str, name: str) -> None:
    """Nothing can stand for what a class would inherit."""
    base = getattr(MODULES[module], name)
    with pytest.raises(OldStyle, match=f"{name} belongs to KFP 1") as raised:
        types.new_class("Mine", (base,))
    assert raised.value.place is not None
    assert raised.value.place.startswith(__file__)


def test_a_claim_that_a_step_makes() -> None:
    """`VolumeOp` is `kubernetes.CreatePVC`; whoever mounts its volume waits, and so does what deletes it."""

    def old() -> None:
        claim = d.VolumeOp(resource_name="My_Data", size="1Gi", modes=d.VOLUME_MODE_RWO, storage_class="fast")
        step().set_caching_options(enable_caching=False)
        kubernetes.mount_pvc(step(), claim.volume.pvc, "/mnt")
        claim.delete()

    def new() -> None:
        claim = kubernetes.CreatePVC(access_modes=["ReadWriteOnce"], size="1Gi", pvc_name_suffix="-my-data", storage_class_name="fast")
        step().set_caching_options(enable_caching=False)
        kubernetes.mount_pvc(step(), claim.outputs["name"], "/mnt")
        kubernetes.DeletePVC(pvc_name=claim.outputs["name"])

    assert _compiled(old) == _compiled(new)

    def mounted() -> None:
        claim = d.VolumeOp("Make room", "My_Data", "1Gi", generate_unique_name=False)
        dsl.ContainerOp("Use", "image", "sh", pvolumes={"/mnt": claim.volume})

    dag = _compiled(mounted).spec.root.dag
    assert dag is not None
    assert dag.tasks["make-room"].inputs.parameters["pvc_name"] == Constant("my-data")
    assert dag.tasks["use"].dependent_tasks == ("make-room",)
    assert kubernetes.CreatePVC.name == "createpvc"


def test_a_claim_may_be_named_by_the_run() -> None:
    """A value of the run is no name that could be put right now."""

    def pipeline(data: str) -> None:
        d.VolumeOp(resource_name=data, size="1Gi", generate_unique_name=False)
        d.VolumeOp(resource_name=f"{data}-X", size="1Gi")

    dag = _compiled(pipeline).spec.root.dag
    assert dag is not None
    assert dag.tasks["createpvc"].inputs.parameters["pvc_name"] == ComponentInputParameter("data")
    assert "pipelinechannel--data" in dag.tasks["createpvc-2"].inputs.parameters


def test_a_claim_is_made_in_a_pipeline() -> None:
    """And is told no more than today's can say."""
    with pytest.raises(OutsidePipeline, match="the VolumeOp 'data' is used outside a pipeline"):
        d.VolumeOp(resource_name="data", size="1Gi")
    with pytest.raises(OldStyle, match="a VolumeOp is given data_source"):

        @dsl.pipeline
        def pipeline() -> None:
            d.VolumeOp(resource_name="data", size="1Gi", data_source="x")


def test_modes_of_the_compiler() -> None:
    """Are taken, with a warning."""
    with pytest.warns(FutureWarning, match="there is one mode today"):
        compiler.Compiler(mode=d.PipelineExecutionMode.V2_COMPATIBLE)


def test_types_by_name() -> None:
    """`Integer()`, `GCSPath()`, … annotate what they always meant."""
    kinds: Any = typed.interface.kinds
    assert [kind.value for kind in kinds.values()] == ["NUMBER_INTEGER", "STRING", "NUMBER_DOUBLE", "BOOLEAN", "LIST", "STRUCT"]


def test_functions_for_apply() -> None:
    """Those of `kfp.onprem`, `aws`, `azure` and `gcp` set what can be set by hand, on tasks of today too."""

    def old() -> None:
        task = step()
        for applied in (
            clouds.mount_pvc("claim", "name", "/mnt"),
            clouds.use_k8s_secret("s", {"k": "V"}),
            clouds.use_aws_secret(aws_region="r"),
            clouds.use_azure_secret(),
            clouds.use_gcp_secret(),
            clouds.add_gpu_toleration(),
            clouds.use_preemptible_nodepool(),
            clouds.add_default_resource_spec(memory_limit="1G", cpu_request="1"),
            clouds.add_default_resource_spec(memory_limit="2G", memory_request="2G"),
        ):
            applied(task)

    def new() -> None:
        task = step()
        kubernetes.mount_pvc(task, "claim", "/mnt")
        kubernetes.use_secret_as_env(task, "s", {"k": "V"})
        aws = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        kubernetes.use_secret_as_env(task.set_env_variable("AWS_REGION", "r"), "aws-secret", {name: name for name in aws})
        azure = ("AZ_SUBSCRIPTION_ID", "AZ_TENANT_ID", "AZ_CLIENT_ID", "AZ_CLIENT_SECRET")
        kubernetes.use_secret_as_env(task, "azcreds", {name: name for name in azure})
        for variable in ("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"):
            task.set_env_variable(variable, "/secret/gcp-credentials/user-gcp-sa.json")
        kubernetes.use_secret_as_volume(task, "user-gcp-sa", "/secret/gcp-credentials")
        kubernetes.add_toleration(task, "nvidia.com/gpu", "Equal", "true", "NoSchedule")
        kubernetes.add_toleration(task, "preemptible", "Equal", "true", "NoSchedule")
        preemptible = {"key": "cloud.google.com/gke-preemptible", "operator": "In", "values": ["true"]}
        kubernetes.add_node_affinity(task, [preemptible], weight=50)
        task.set_memory_limit("1G").set_memory_request("1G").set_cpu_request("1")

    assert _compiled(old) == _compiled(new)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("apply", "Call the function with the task"),
        ("container", "Set it on the task itself"),
        ("add_volume", "kubernetes.mount_pvc"),
        ("set_liveness_probe", "Limit how long"),
    ],
)
def test_tasks_of_today_name_what_took_its_place(name: str, remedy: str) -> None:
    """An `AttributeError` with the author's line."""
    with pytest.raises(NoSuchSetting) as raised:
        _compiled(lambda: getattr(step(), name))
    assert isinstance(raised.value, AuthoringError)
    assert f"the task step is asked for .{name}" in raised.value.message
    assert remedy in (raised.value.remedy or "")
    assert raised.value.place is not None


def test_whoever_asks_first_gets_an_answer() -> None:
    """As authors of functions for `apply` do."""

    def pipeline() -> None:
        assert not hasattr(step(), "add_volume")

    _compiled(pipeline)
