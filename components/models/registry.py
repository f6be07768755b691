"""The registry of models: what is registered, which version an alias names, and a copy on this machine."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.core import Notice, TroupeError
from components.models.folder import read_contract
from components.models.tracking import answering, connect, default_registry

CHAMPION, CANDIDATE, PREVIOUS = "champion", "candidate", "previous"
"""Aliases: what is served, what may come to be, what served before."""


@dataclass(frozen=True)
class RegisteredVersion:
    """One version of a registered model.

    Attributes:
        name, version: of it.
        uri: the folder in storage where its files lie; it never changes.
        aliases: that name it now.
        tags: as `training.lifecycle.register` gives them: onnx_sha256, opset, data, revision, licence, ...
        created: Unix seconds.
    """

    name: str
    version: int
    uri: str
    aliases: tuple[str, ...]
    tags: Mapping[str, str]
    created: float


class Registry:
    """A registry in MLflow. Nothing is opened before it is asked.

    Args:
        uri: as for `connect`; empty: this machine's.
        cache: folder that copies are kept in; None: the user's.
    """

    def __init__(self, uri: str = "", cache: Path | None = None) -> None:
        self.uri = uri or default_registry()
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "troupe"
        place = hashlib.sha256(self.uri.encode()).hexdigest()[:12]
        self.copies = (cache or home) / "models" / place
        self._opened: Any = None

    @property
    def client(self) -> Any:
        """The `MlflowClient`. Raises TroupeError: extra_missing, registry_unreachable."""
        if self._opened is None:
            self._opened = connect(self.uri)
        return self._opened

    def versions(self, name: str = "") -> list[RegisteredVersion]:
        """All versions of a model, or of all models; by name, newest first.

        Raises:
            TroupeError: extra_missing, registry_unreachable.
        """
        client = self.client
        found = []
        with answering(self.uri):
            token = None
            while True:
                page = client.search_registered_models(page_token=token)
                for model in page:
                    if name in ("", model.name):
                        query = f"name = '{model.name}'"
                        found += [self._version(v, model.aliases) for v in client.search_model_versions(query)]
                token = page.token
                if not token:
                    break
        return sorted(found, key=lambda v: (v.name, -v.version))

    def aliases(self, name: str) -> dict[str, int]:
        """What a model's aliases name. Raises TroupeError: model_unknown, extra_missing, registry_unreachable."""
        client = self.client
        with answering(self.uri):
            return {alias: int(version) for alias, version in client.get_registered_model(name).aliases.items()}

    def find(self, name: str, *, alias: str | None = None, version: int | str | None = None) -> RegisteredVersion:
        """One version, by alias or number.

        Raises:
            TroupeError: model_unknown: no such name, alias or version; extra_missing, registry_unreachable.
        """
        aliases = self.aliases(name)
        if alias is not None:
            if alias not in aliases:
                known = ", ".join(sorted(aliases)) or "no alias yet"
                raise TroupeError(
                    "model_unknown", f"The model {name} has no {alias!r} (it has: {known}).", name=name, alias=alias
                )
            version = aliases[alias]
        client = self.client
        with answering(self.uri):
            return self._version(client.get_model_version(name, str(version)), aliases)

    def _version(self, found: Any, aliases: Mapping[str, Any]) -> RegisteredVersion:
        return RegisteredVersion(
            found.name,
            int(found.version),
            self.client.get_model_version_download_uri(found.name, str(found.version)),
            tuple(sorted(a for a, v in aliases.items() if int(v) == int(found.version))),
            dict(found.tags),
            found.creation_timestamp / 1000.0,
        )

    def point(self, name: str, alias: str, version: int) -> None:
        """Let an alias name a version. Raises TroupeError: model_unknown, registry_unreachable, disk_full."""
        client = self.client
        with answering(self.uri):
            client.set_registered_model_alias(name, alias, str(version))

    def unpoint(self, name: str, alias: str) -> None:
        """Take an alias away. Raises TroupeError: registry_unreachable, disk_full."""
        client = self.client
        with answering(self.uri):
            client.delete_registered_model_alias(name, alias)

    def tag(self, name: str, version: int, tags: Mapping[str, str]) -> None:
        """Set tags of a version. Raises TroupeError: model_unknown, registry_unreachable, disk_full."""
        client = self.client
        with answering(self.uri):
            for key, value in tags.items():
                client.set_model_version_tag(name, str(version), key, value)

    def bring(
        self,
        name: str,
        *,
        alias: str | None = None,
        version: int | str | None = None,
        notices: list[Notice] | None = None,
    ) -> Path:
        """A version's model folder on this machine; where the registry does not answer, the copy used last.

        Args:
            name, alias, version: as for `find`.
            notices: a warning registry_down is added where the copy was used unasked.

        Raises:
            TroupeError: model_unknown, model_broken: file, contract and registry disagree; extra_missing;
                registry_unreachable: and there is no copy.
        """
        try:
            found = self.find(name, alias=alias, version=version)
            folder = self._copy(found)
        except TroupeError as error:
            if error.code != "registry_unreachable":
                raise
            kept = self._kept(name, alias, version)
            if kept is None:
                raise
            if notices is not None:
                message = f"{error.message} Version {kept.name} of {name} is used, which this machine used last."
                notices.append(Notice("registry_down", message, {"name": name, "version": int(kept.name)}))
            return kept
        if alias is not None:
            self._remember(found, alias)
        return folder

    def _copy(self, found: RegisteredVersion) -> Path:
        folder = self.copies / found.name / str(found.version)
        if not (folder / "contract.json").exists():
            from mlflow.artifacts import download_artifacts

            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
                with answering(self.uri):
                    got = Path(download_artifacts(artifact_uri=found.uri, dst_path=beside, tracking_uri=self.uri))
                self._whole(found, got)
                shutil.rmtree(folder, ignore_errors=True)
                with contextlib.suppress(OSError):  # another process was quicker
                    got.rename(folder)
        self._agree(found, folder)
        return folder

    def _whole(self, found: RegisteredVersion, folder: Path) -> None:
        """Damaged files are never kept, nor remembered as what was used last."""
        weights = read_contract(folder).network.weights
        try:
            weights.verify(folder / weights.uri)
        except TroupeError as error:
            raise TroupeError(
                "model_broken",
                f"The files of version {found.version} of {found.name} at {found.uri} are damaged: register it anew.",
                name=found.name,
                version=found.version,
            ) from error

    def _agree(self, found: RegisteredVersion, folder: Path) -> None:
        contract = read_contract(folder)
        says = (found.name, found.tags.get("onnx_sha256", ""))
        has = (contract.name, contract.network.weights.sha256)
        if says != has:
            raise TroupeError(
                "model_broken",
                f"Version {found.version} of {found.name}: the registry says name and sha256 {says}, its files say "
                f"{has}. Delete {folder} and try again, or register the model anew.",
                name=found.name,
                version=found.version,
            )

    def _remember(self, found: RegisteredVersion, alias: str) -> None:
        target = self.copies / found.name / f"{alias}.json"
        part = target.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps({"version": found.version}))
        part.replace(target)

    def kept(self, alias: str) -> list[str]:
        """Names of the models of which this machine keeps a copy that was used under an alias."""
        return sorted(
            f.parent.name for f in self.copies.glob(f"*/{alias}.json") if self._kept(f.parent.name, alias, None)
        )

    def _kept(self, name: str, alias: str | None, version: int | str | None) -> Path | None:
        place = self.copies / name
        if alias is not None:
            try:
                version = json.loads((place / f"{alias}.json").read_text())["version"]
            except (OSError, ValueError):
                return None
        folder = place / str(version)
        return folder if (folder / "contract.json").exists() else None
