"""What tasks ask of Kubernetes, with names and values that are known now."""

from kfp import dsl, kubernetes


@dsl.component
def step(text: str = "x"):
    pass


@dsl.pipeline
def environment():
    task = step()
    kubernetes.use_secret_as_env(task, secret_name="db", secret_key_to_env={"user": "DB_USER", "password": "DB_PASSWORD"})
    kubernetes.use_secret_as_env(task, "other", {"key": "KEY"}, optional=True)
    kubernetes.use_secret_as_volume(task, secret_name="db", mount_path="/secrets")
    kubernetes.use_secret_as_volume(task, "db", "/more", optional=True)
    kubernetes.use_config_map_as_env(task, config_map_name="settings", config_map_key_to_env={"level": "LEVEL"})
    kubernetes.use_config_map_as_volume(task, "settings", "/settings", True)
    kubernetes.use_field_path_as_env(task, env_name="NODE", field_path="spec.nodeName")
    returned = kubernetes.use_field_path_as_env(step(), "RUN", "metadata.annotations['pipelines.kubeflow.org/run_name']")
    returned.set_display_name("shown")


@dsl.pipeline
def volumes():
    claim = kubernetes.CreatePVC(access_modes=["ReadWriteOnce"], size="5Gi", pvc_name_suffix="-mine", storage_class_name="standard")
    snapshot = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "one"}
    kubernetes.CreatePVC(access_modes=["ReadWriteMany"], size="1Gi", pvc_name="whole", annotations={"a": "b"}, data_source=snapshot, volume_name="v")
    task = step()
    kubernetes.mount_pvc(task, pvc_name=claim.outputs["name"], mount_path="/data")
    kubernetes.mount_pvc(task, pvc_name="whole", mount_path="/whole", sub_path="part")
    kubernetes.DeletePVC(pvc_name=claim.outputs["name"]).after(task)
    kubernetes.DeletePVC(pvc_name="whole").after(task)
    scratch = step()
    kubernetes.add_ephemeral_volume(scratch, volume_name="a", mount_path="/a", access_modes=["ReadWriteOnce"], size="5Gi")
    kubernetes.add_ephemeral_volume(scratch, "b", "/b", ["ReadWriteOnce", "ReadOnlyMany"], "1Ti", "fast", {"team": "x"}, {"why": "y"})
    kubernetes.add_ephemeral_volume(scratch, "c", "/c", ["ReadWriteOncePod"], "1Gi", storage_class_name="")
    kubernetes.empty_dir_mount(scratch, volume_name="d", mount_path="/d")
    kubernetes.empty_dir_mount(scratch, "e", "/e", "Memory", "1Gi")


@dsl.pipeline
def places():
    task = step()
    kubernetes.add_node_selector(task, label_key="disk", label_value="ssd")
    kubernetes.add_node_selector(task, "zone", "a")
    kubernetes.add_node_selector_json(task, {"disk": "hdd"})
    kubernetes.add_node_selector_json(task, {"disk": "tape", "number": "1"})
    kubernetes.add_toleration(task, key="gpu", operator="Equal", value="yes", effect="NoSchedule")
    kubernetes.add_toleration(task, key="gpu", operator="Exists", effect="NoExecute", toleration_seconds=0)
    kubernetes.add_toleration(task, operator="Exists", toleration_seconds=3600)
    kubernetes.add_toleration_json(task, {"key": "one", "operator": "Equal", "value": "v"})
    kubernetes.add_toleration_json(task, [{"key": "two", "operator": "Exists", "toleration_seconds": 10}, {"key": "three", "effect": "PreferNoSchedule"}])
    affine = step()
    kubernetes.add_node_affinity(affine, match_expressions=[{"key": "disk", "operator": "In", "values": ["ssd", "nvme"]}])
    kubernetes.add_node_affinity_json(affine, {"preferredDuringSchedulingIgnoredDuringExecution": []})
    kubernetes.add_node_affinity(
        affine, match_fields=[{"key": "metadata.name", "operator": "NotIn", "values": ["n"]}, {"key": "a", "operator": "Exists"}], weight=100
    )
    kubernetes.add_node_affinity_json(
        affine,
        {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 1, "preference": {"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}}
            ]
        },
    )


@dsl.pipeline(pipeline_config=dsl.PipelineConfig(ttl_seconds_after_finished=60))
def pods():
    task = step()
    kubernetes.add_pod_label(task, label_key="team", label_value="a")
    kubernetes.add_pod_label(task, "empty", "")
    kubernetes.add_pod_annotation(task, "run", dsl.PIPELINE_JOB_NAME_PLACEHOLDER)
    kubernetes.add_pod_annotation(task, annotation_key="run", annotation_value="twice")
    kubernetes.set_image_pull_policy(task, "Always")
    kubernetes.set_image_pull_policy(task, policy="Never")
    kubernetes.set_image_pull_secrets(task, ["a", "b"])
    kubernetes.set_image_pull_secrets(task, secret_names=["c"])
    kubernetes.set_timeout(task, 20)
    kubernetes.set_timeout(task, seconds=30)
    kubernetes.set_security_context(task, run_as_user=0)
    kubernetes.set_security_context(task, run_as_group=1000, run_as_non_root=False)
    lifted = step()
    kubernetes.add_pod_label(lifted, "a", "b")
    kubernetes.set_timeout(lifted, 20)
    kubernetes.set_timeout(lifted, 0)
    by_hand = step()
    by_hand.platform_config["kubernetes"] = {"imagePullPolicy": "IfNotPresent"}
    kubernetes.set_timeout(by_hand, 5)
