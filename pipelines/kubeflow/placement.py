"""Where the steps of a pipeline run on a cluster, and what reaches them there: image, GPU, memory, secrets, time."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.core.errors import TroupeError
from pipelines.wiring import Step

_PINNED = re.compile(r"[a-z0-9]([a-z0-9._/:-]*[a-z0-9])?@sha256:[0-9a-f]{64}")
PLACEHOLDER_IMAGE = "registry.invalid/troupe@sha256:" + "0" * 64
"""Stands for the image in the checked-in compiled pipelines."""
PLACEHOLDER_VERSION = "0.0.0+placeholder"
"""The same for the version: what is uploaded has the real one, and a test refuses an image that is not pinned."""
GPU = "nvidia.com/gpu"
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
"""Keys of the storage's secret, and the variables that they become."""


def pinned(image: str) -> str:
    """An image that is named by its digest.

    Kubeflow caches by the text of the image, so a moved tag would return stale results.

    Raises:
        TroupeError: invalid_setting: it is not.
    """
    if not _PINNED.fullmatch(image):
        raise TroupeError(
            "invalid_setting",
            f"The image {image!r} must be named by its digest, as registry.example.com/troupe@sha256:<64 hex digits>.",
            image=image,
        )
    return image


@dataclass(frozen=True)
class Placement:
    """What a cluster needs to know to run the steps of a pipeline.

    Attributes:
        image: of all steps, by digest.
        gpu_image: of steps that train or need a GPU, by digest (the target stage-gpu); empty: the same.
        gpu_nodes: labels of the nodes on which such steps run.
        secret: Kubernetes secret with the storage's credentials (KEYS); empty: none is needed.
        pull_secret: Kubernetes secret by which images are fetched; empty: none is needed.
        version: of the pipeline, noted on every pod.
        environment: variables of all steps: where events are posted and files stored.
        deliver: key under which the last step's video is stored; empty: it stays where Kubeflow keeps artifacts.

    Raises:
        TroupeError: invalid_setting: an image is not named by its digest.
    """

    image: str = PLACEHOLDER_IMAGE
    gpu_image: str = ""
    gpu_nodes: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""
    pull_secret: str = ""
    version: str = PLACEHOLDER_VERSION
    environment: Mapping[str, str] = field(default_factory=dict)
    deliver: str = ""

    def __post_init__(self) -> None:
        pinned(self.image)
        if self.gpu_image:
            pinned(self.gpu_image)


def place(task: Any, step: Step, placement: Placement, last: bool) -> Any:
    """Say to a task of a pipeline how it is run.

    Args:
        task: of kfp.
        step: whose task it is.
        placement: see there.
        last: whether it gives the pipeline's result.
    """
    from kfp import kubernetes

    asked = step.resources
    task.set_display_name(step.name)
    task.set_container_image((placement.gpu_image if _learns(step) else "") or placement.image)
    task.set_cpu_request(str(asked.cpu)).set_memory_request(f"{asked.memory}Gi")
    task.set_memory_limit(f"{asked.memory * 2}Gi")
    task.set_caching_options(step.cache and not (last and placement.deliver))  # a cached video is delivered to nobody
    if step.retries:
        task.set_retry(step.retries, backoff_duration="30s")
    kubernetes.set_timeout(task, step.timeout)
    if asked.shm:
        kubernetes.empty_dir_mount(task, "shm", "/dev/shm", "Memory", f"{asked.shm}Gi")
    if asked.gpu:
        task.set_accelerator_type(GPU).set_accelerator_limit(asked.gpu)
        kubernetes.add_toleration(task, GPU, "Exists", effect="NoSchedule")
        for label, value in sorted(placement.gpu_nodes.items()):
            kubernetes.add_node_selector(task, label, value)
    kubernetes.add_pod_label(task, "app.kubernetes.io/part-of", "troupe")
    kubernetes.add_pod_label(task, "app.kubernetes.io/component", f"step-{step.name}")
    kubernetes.add_pod_annotation(task, "troupe/version", placement.version)
    if placement.pull_secret:
        kubernetes.set_image_pull_secrets(task, [placement.pull_secret])
    if placement.secret:
        kubernetes.use_secret_as_env(task, placement.secret, {key: key for key in KEYS})
    # A pod sees all cores of its node, of which only those that it asked for are its own.
    variables = {**placement.environment, "TROUPE_STEP": step.name, "TROUPE_WORKERS": str(math.ceil(asked.cpu))}
    if last and placement.deliver:
        variables["TROUPE_DELIVER"] = placement.deliver
    for name, value in variables.items():
        task.set_env_variable(name, value)
    return task


def _learns(step: Step) -> bool:
    return bool(step.resources.gpu) or step.stage.startswith("training.")
