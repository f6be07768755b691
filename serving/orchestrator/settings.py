"""What the orchestrator is told by its environment: `TROUPE_*` variables, read once at the edge and passed in."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from pipelines.settings import KubeflowSettings, Several


def _data_home() -> Path:
    import os

    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "troupe"


class OrchestratorSettings(KubeflowSettings):
    """Settings of `troupe serve`, and of the cluster that may work for it.

    Attributes:
        data: folder for the SQLite file, stored files and the server's secret, where no URL says otherwise.
        host, port: where the page and the API listen.
        database_url: SQLAlchemy URL; empty: SQLite in `data`.
        secret: signs cookies and share links; empty: made once and kept in `data` (several replicas need one).
        public_url: what the outside calls this server, for share links, OIDC and events of remote runs.
        authentication: none is permitted on loopback only.
        oidc_issuer, oidc_client_id, oidc_client_secret: who logs people in to the page.
        oidc_allowed: confirmed e-mail addresses, or @domains, that may log in; empty: everybody whom the issuer knows.
        session_hours: after which one logs in to the page again.
        trusted_proxies: addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed.
        cors_origins: other sites whose scripts may call the API.
        runner: where runs are worked: on this machine or on Kubeflow Pipelines.
        runs: how many runs this machine works at once; 0: this process only serves.
        lease: seconds after which a run whose worker fell silent is taken over.
        run_nice: how much lower than the server's own priority a run's processes are (0..19).
        max_upload_bytes, max_photo_pixels, max_reference_seconds: limits of uploads.
        fetch_ports, fetch_networks: ports that addresses of clips may name, and networks of one's own (as 10.2.0.0/16)
            from which clips may be fetched beside the public one.
        quota_bytes: stored bytes an owner may hold; 0: no limit.
        rate_per_minute: requests an owner may make a minute; 0: no limit. Loopback without login has none.
        retention_days: projects, references and their files untouched for longer are deleted; 0: never.
        signing_certificate, signing_key: PEM files that sign finished videos; empty: made once and kept in `data`.
        thumbnails: moving thumbnails of presets and choreographies are drawn at start where they are missing.
        visible_label: whether a new project marks its video visibly as AI-generated.
    """

    model_config = SettingsConfigDict(env_prefix="TROUPE_", extra="ignore")

    data: Path = Field(default_factory=_data_home)
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    database_url: str = ""
    secret: SecretStr = SecretStr("")
    public_url: str = ""
    authentication: Literal["none", "tokens", "oidc"] = "none"
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_allowed: Several = ()
    session_hours: float = Field(default=12.0, gt=0, le=8760)
    trusted_proxies: Several = ()
    cors_origins: Several = ()
    runner: Literal["local", "kubeflow"] = "local"
    runs: int = Field(default=1, ge=0, le=64)
    lease: float = Field(default=15.0, gt=0)
    run_nice: int = Field(default=10, ge=0, le=19)
    max_upload_bytes: int = Field(default=2_000_000_000, gt=0)
    max_photo_pixels: int = Field(default=60_000_000, gt=0)
    max_reference_seconds: float = Field(default=600.0, gt=0)
    fetch_ports: Several = ("80", "443")
    fetch_networks: Several = ()
    quota_bytes: int = Field(default=0, ge=0)
    rate_per_minute: int = Field(default=600, ge=0)
    retention_days: float = Field(default=0.0, ge=0)
    signing_certificate: str = ""
    signing_key: str = ""
    thumbnails: bool = True
    visible_label: bool = False

    @model_validator(mode="after")
    def _cluster(self) -> Self:
        if self.runner == "kubeflow" and not (self.kubeflow_host and self.kubeflow_image):
            raise ValueError("TROUPE_RUNNER=kubeflow needs TROUPE_KUBEFLOW_HOST and TROUPE_KUBEFLOW_IMAGE")
        return self

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data / 'troupe.db'}"

    @property
    def storage(self) -> str:
        """The storage URL in force."""
        return self.storage_url or str(self.data / "files")
