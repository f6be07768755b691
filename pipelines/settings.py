"""What a machine is told by its environment: `TROUPE_*` variables, read once at the edge and passed in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from components.core.errors import TroupeError
from pipelines.kubeflow.connection import Address
from pipelines.kubeflow.placement import Placement, pinned
from pipelines.kubeflow.version import pipeline_version

T = TypeVar("T", bound=BaseSettings)


def _parts(value: Any) -> Any:
    """A text as its parts between commas and spaces."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _pinned(image: str) -> str:
    """An image by its digest, or none. Raises ValueError."""
    try:
        return pinned(image) if image else ""
    except TroupeError as error:
        raise ValueError(error.message.rstrip(".")) from error


Several = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parts)]
"""Several values in one variable, with commas between."""
PinnedImage = Annotated[str, AfterValidator(_pinned)]
"""An image that is named by its digest; empty: none."""


def _cache_home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "troupe"


class Settings(BaseSettings):
    """Settings of the command.

    Attributes:
        cache: where finished steps are kept, so that a killed run continues and an unchanged step is not redone.
        cache_bytes: the oldest steps are deleted beyond this size.
        workers: processes that a step may keep busy; 0: as many as cores.
        registry: of models, as MLflow's tracking URI; empty: SQLite in the user's data folder.
    """

    model_config = SettingsConfigDict(env_prefix="TROUPE_", extra="ignore")

    cache: Path = Field(default_factory=_cache_home)
    cache_bytes: int = 5_000_000_000
    workers: int = Field(default=0, ge=0, le=256)
    registry: str = ""


class KubeflowSettings(Settings):
    """Settings of what runs on a cluster.

    Attributes:
        kubeflow_host, kubeflow_token: address of the Kubeflow Pipelines API, and the token that it may ask for.
        kubeflow_token_file: of a token that is renewed, as Kubernetes projects it into a pod.
        kubeflow_namespace, kubeflow_experiment: where runs are listed.
        kubeflow_image: image of all steps, by digest.
        kubeflow_gpu_image: image of steps that train or need a GPU, by digest; empty: the same.
        kubeflow_gpu_nodes: labels of the nodes on which such steps run, as key=value.
        kubeflow_secret: Kubernetes secret with the storage's AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
        kubeflow_pull_secret: Kubernetes secret by which images are fetched.
        storage_url: a folder, file:// or s3://bucket/prefix; empty: of the server's data folder.
        storage_endpoint: address of an S3 that is not Amazon's.
    """

    kubeflow_host: str = ""
    kubeflow_token: SecretStr = SecretStr("")
    kubeflow_token_file: str = ""
    kubeflow_namespace: str = "kubeflow"
    kubeflow_experiment: str = "troupe"
    kubeflow_image: PinnedImage = ""
    kubeflow_gpu_image: PinnedImage = ""
    kubeflow_gpu_nodes: Several = ()
    kubeflow_secret: str = ""
    kubeflow_pull_secret: str = ""
    storage_url: str = ""
    storage_endpoint: str = ""

    @field_validator("kubeflow_gpu_nodes")
    @classmethod
    def _labels(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        if any(not label.partition("=")[2] for label in labels):
            raise ValueError("labels are written key=value, with commas between")
        return labels

    @property
    def address(self) -> Address:
        """Of the Kubeflow Pipelines API."""
        token = self.kubeflow_token.get_secret_value()
        return Address(self.kubeflow_host, self.kubeflow_namespace, token, self.kubeflow_token_file)

    def placement(self) -> Placement:
        """How steps are run there.

        Raises:
            TroupeError: invalid_setting: no image is named.
        """
        if not self.kubeflow_image:
            raise TroupeError(
                "invalid_setting",
                "The image of the steps is missing: set TROUPE_KUBEFLOW_IMAGE to registry.example.com/NAME@sha256:...",
                setting="TROUPE_KUBEFLOW_IMAGE",
            )
        labels = dict(label.split("=", 1) for label in self.kubeflow_gpu_nodes)
        return Placement(
            self.kubeflow_image,
            self.kubeflow_gpu_image,
            labels,
            self.kubeflow_secret,
            self.kubeflow_pull_secret,
            pipeline_version(),
        )


def read_settings(kind: type[T], **given: Any) -> T:
    """Settings from the environment, and what the command line says instead.

    Args:
        kind: which settings.
        given: values that count before the environment's.

    Raises:
        TroupeError: invalid_setting.
    """
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = "TROUPE_" + "_".join(str(p) for p in first["loc"]).upper() if first["loc"] else "settings"
        raise TroupeError("invalid_setting", f"{name}: {first['msg']}.", setting=name) from error
