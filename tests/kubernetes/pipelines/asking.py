"""Steps that ask the cluster for all that the functions of `kfp.kubernetes` can say, and tell what they got of it, a line for each function."""

from typing import NamedTuple

from kfp import dsl, kubernetes

BUSYBOX = "busybox:1.36"
#: A resource and a label that a node is given for the time of the test.
OVEN, HOT = "bakehouse.example/oven", "bakehouse.example/hot"
_LOOK = """
echo "set_security_context $(id -u) $(id -g)"
echo "use_secret_as_env $FROM_SECRET$NOT_THERE"
echo "use_secret_as_volume $(cat /secret/key)"
echo "use_config_map_as_env $FROM_MAP"
echo "use_config_map_as_volume $(cat /config/key)$(cat /not-there/* 2>/dev/null)"
echo "use_field_path_as_env $NODE"
echo "add_pod_label $LABEL"
echo "add_pod_annotation $ANNOTATION"
echo "run_name $RUN"
echo "empty_dir_mount $(busybox grep -c ' /scratch tmpfs ' /proc/mounts)"
echo "enable_shared_memory $(busybox grep -c ' /dev/shm tmpfs ' /proc/mounts)"
echo "add_init_container $(cat /shared/word)"
echo "set_ephemeral_storage $DISK"
echo "patch_pod $(busybox touch /here 2>/dev/null || echo closed)"
echo "BAKEHOUSE_POD_PATCH $PATCHED"
echo "BAKEHOUSE_POD_SERVICE_ACCOUNT $ACCOUNT"
"""


@dsl.container_component
def look(said: dsl.OutputPath(str)):
    return dsl.ContainerSpec(BUSYBOX, ["sh", "-c", 'mkdir -p "$(busybox dirname "$1")"; sh -c "$0" 2>&1 | busybox tee "$1"', _LOOK, said])


@dsl.container_component
def write(path: str, word: str):
    return dsl.ContainerSpec(BUSYBOX, ["sh", "-c", 'echo -n "$1" > "$0"', path, word])


@dsl.container_component
def read(path: str, said: dsl.OutputPath(str)):
    wait = 'until [ -s "$0" ]; do sleep 1; done; mkdir -p "$(busybox dirname "$1")"; cat "$0" > "$1"'
    return dsl.ContainerSpec(BUSYBOX, ["sh", "-c", wait, path, said])


@dsl.container_component
def tell(said: dsl.OutputPath(str)):
    return dsl.ContainerSpec(BUSYBOX, ["sh", "-c", 'mkdir -p "$(busybox dirname "$0")"; echo -n "$ACCOUNT" > "$0"', said])


@dsl.component
def choose() -> NamedTuple("Chosen", [("name", str), ("labels", dict), ("taint", dict), ("taints", list), ("nodes", dict)]):
    hot = {"key": "bakehouse.example/hot", "operator": "Exists"}
    preferred = [{"weight": 1, "preference": {"matchExpressions": [hot]}}]
    return (
        "bakehouse-tests",
        {"bakehouse.example/hot": "yes"},
        {"key": "one", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30},
        [{"key": "several", "operator": "Equal", "value": "a"}, {"key": "several", "operator": "Equal", "value": "b"}],
        {"preferredDuringSchedulingIgnoredDuringExecution": preferred},
    )


@dsl.component
def keep(workspace: str) -> str:
    with open(workspace + "/word", "w") as file:
        file.write("kept")
    return workspace


@dsl.component
def find(workspace: str) -> str:
    with open(workspace + "/word") as file:
        return file.read()


def _environment(task, secret, made):
    kubernetes.use_secret_as_env(task, secret, {"key": "FROM_SECRET"})
    kubernetes.use_secret_as_env(task, "no-such-secret", {"key": "NOT_THERE"}, optional=True)
    kubernetes.use_config_map_as_env(task, made, {"key": "FROM_MAP"})
    kubernetes.use_field_path_as_env(task, "NODE", "spec.nodeName")
    kubernetes.use_field_path_as_env(task, "ACCOUNT", "spec.serviceAccountName")
    kubernetes.use_field_path_as_env(task, "RUN", "metadata.annotations['pipelines.kubeflow.org/run_name']")
    kubernetes.use_field_path_as_env(task, "LABEL", "metadata.labels['team']")
    kubernetes.use_field_path_as_env(task, "ANNOTATION", "metadata.annotations['why']")


def _files(task, secret, made):
    kubernetes.use_secret_as_volume(task, secret, "/secret")
    kubernetes.use_config_map_as_volume(task, made, "/config")
    kubernetes.use_config_map_as_volume(task, "no-such-map", "/not-there", optional=True)
    kubernetes.empty_dir_mount(task, "scratch", "/scratch", "Memory", "1Mi")
    kubernetes.empty_dir_mount(task, "bakehouse", "/shared")
    kubernetes.enable_shared_memory(task, "1Mi")
    kubernetes.add_init_container(
        task, "fetch", BUSYBOX, ["sh", "-c", "echo $WORD > /s/word"], env={"WORD": "fetched"}, volume_mounts={"bakehouse": "/s"}
    )


def _place(task, chosen):
    kubernetes.add_node_selector_json(task, chosen.outputs["labels"])
    kubernetes.add_node_affinity(task, [{"key": HOT, "operator": "In", "values": ["yes"]}])
    kubernetes.add_node_affinity_json(task, chosen.outputs["nodes"])
    kubernetes.add_pod_affinity(task, "kubernetes.io/hostname", match_pod_labels={"team": "bakers"})
    kubernetes.add_pod_affinity(task, "kubernetes.io/hostname", match_pod_labels={"team": "nobody"}, anti=True)
    kubernetes.add_toleration(task, "static", "Exists", effect="NoSchedule")
    kubernetes.add_toleration_json(task, chosen.outputs["taint"])
    kubernetes.add_toleration_json(task, chosen.outputs["taints"])


@dsl.pipeline
def asking(secret: str = "bakehouse-tests"):
    chosen = choose()
    kubernetes.add_node_selector(chosen, HOT, "yes")
    task = look()
    task.set_accelerator_type(OVEN).set_accelerator_limit(1).set_memory_limit("64M").set_cpu_request("10m")
    _environment(task, secret, chosen.outputs["name"])
    _files(task, secret, chosen.outputs["name"])
    _place(task, chosen)
    kubernetes.add_pod_label(task, "team", "bakers")
    kubernetes.add_pod_annotation(task, "why", "a test")
    kubernetes.set_security_context(task, run_as_user=1000, run_as_group=1001, run_as_non_root=True)
    kubernetes.set_image_pull_policy(task, "Never")
    kubernetes.set_image_pull_secrets(task, [secret, chosen.outputs["name"], "no-such-secret"])
    kubernetes.set_timeout(task, 300)
    kubernetes.set_ephemeral_storage(task, "1Mi", "1Gi")
    disk = {"name": "DISK", "valueFrom": {"resourceFieldRef": {"resource": "limits.ephemeral-storage"}}}
    main = {"name": "main", "securityContext": {"readOnlyRootFilesystem": True}, "env": [disk]}
    kubernetes.patch_pod(task, {"spec": {"containers": [main]}})


@dsl.pipeline
def account():
    kubernetes.use_field_path_as_env(tell(), "ACCOUNT", "spec.serviceAccountName")


@dsl.pipeline
def newer():
    volume = write(path="/ephemeral/word", word="kept")
    kubernetes.add_ephemeral_volume(volume, "scratch", "/ephemeral", ["ReadWriteOnce"], "1Mi")
    beside = read(path="/shared/word")
    kubernetes.empty_dir_mount(beside, "shared", "/shared")
    kubernetes.add_init_container(
        beside, "beside", BUSYBOX, ["sh", "-c", "echo -n served > /s/word; sleep 600"], None, None, {"shared": "/s"}, "Always"
    )


@dsl.pipeline
def claims():
    made = kubernetes.CreatePVC(access_modes=["ReadWriteOnce"], size="1Mi", pvc_name_suffix="-tests", annotations={"why": "a test"})
    written = write(path="/data/word", word="through a claim")
    kubernetes.mount_pvc(written, made.outputs["name"], "/data", sub_path="folder")
    found = read(path="/data/folder/word").after(written)
    kubernetes.mount_pvc(found, made.outputs["name"], "/data")
    kubernetes.DeletePVC(pvc_name=made.outputs["name"]).after(found)


@dsl.pipeline(pipeline_config=dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="1Mi")))
def workspace():
    kept = keep(workspace=dsl.WORKSPACE_PATH_PLACEHOLDER)
    find(workspace=dsl.WORKSPACE_PATH_PLACEHOLDER).after(kept)
