"""The Kubernetes API, as far as a rollout needs it: read, server-side apply, watch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from components.core import TroupeError
from serving.rollout.inference_service import GROUP, PLURAL, VERSION

MANAGER = "troupe-rollout"
"""Owner of the fields that a rollout writes."""


class Conflict(Exception):
    """Somebody else wrote meanwhile, or owns a field; `held`: it is a field, by the sentence's owner."""

    def __init__(self, message: str, held: bool) -> None:
        super().__init__(message)
        self.held = held


class Gone(Exception):
    """The look that a watch should go on from is too old."""


class Cluster:
    """InferenceServices of a namespace.

    Args:
        namespace: where.
        client: a `kubernetes.client.ApiClient`; None: of the pod, or else of the kubeconfig.
        patience: seconds that an answer is waited for.
    """

    def __init__(self, namespace: str, client: Any = None, patience: float = 20.0) -> None:
        self.namespace = namespace
        self._client = client if client is not None else _connected()
        self._patience = patience
        self._path = f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/{PLURAL}"

    def get(self, name: str) -> dict[str, Any] | None:
        """An InferenceService, or None. Raises TroupeError: runner_unreachable."""
        found: dict[str, Any] | None = self._ask("GET", f"{self._path}/{name}")
        return found

    def apply(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Server-side apply: fields that were ours and are not given any more go away.

        Raises:
            Conflict: the given resourceVersion is not the newest any more, or somebody else owns a field.
            TroupeError: runner_unreachable.
        """
        path = f"{self._path}/{manifest['metadata']['name']}"
        query = [("fieldManager", MANAGER), ("force", "false")]
        header = {"Content-Type": "application/apply-patch+yaml"}
        written = self._ask("PATCH", path, query, header, manifest)
        assert written is not None
        return dict(written)

    def watch(self, resource_version: str, seconds: int) -> Iterator[dict[str, Any]]:
        """Events of the namespace's services after a look, until the server ends the connection.

        Raises:
            Gone: the look is too old.
            TroupeError: runner_unreachable.
        """
        from urllib3.exceptions import HTTPError

        query = [("watch", "true"), ("timeoutSeconds", str(seconds)), ("allowWatchBookmarks", "true")]
        if resource_version:
            query.append(("resourceVersion", resource_version))
        answer = self._call("GET", self._path, query, {}, None, stream=True, patience=seconds + self._patience)
        try:
            kept = b""
            for chunk in answer.stream(amt=None):
                *lines, kept = (kept + chunk).split(b"\n")
                for line in filter(None, lines):
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        raise Gone(event["object"].get("message", ""))
                    yield event
        except HTTPError:
            return  # cut off: whoever watches begins again
        finally:
            answer.release_conn()

    def newest(self) -> str:
        """The resourceVersion of now, to watch from. Raises TroupeError: runner_unreachable."""
        listed = self._ask("GET", self._path, [("limit", "1")])
        return str(((listed or {}).get("metadata") or {}).get("resourceVersion", ""))

    def _ask(
        self,
        method: str,
        path: str,
        query: list[tuple[str, str]] | None = None,
        header: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
    ) -> dict[str, Any] | None:
        answer = self._call(method, path, query or [], header or {}, body)
        return None if answer is None else dict(json.loads(answer.data))

    def _call(
        self,
        method: str,
        path: str,
        query: list[tuple[str, str]],
        header: dict[str, str],
        body: dict[str, Any] | None,
        *,
        stream: bool = False,
        patience: float = 0.0,
    ) -> Any:
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        try:
            return self._client.call_api(
                path,
                method,
                query_params=query,
                header_params={"Accept": "application/json"} | header,
                body=body,
                auth_settings=["BearerToken"],
                _preload_content=False,
                _return_http_data_only=True,
                _request_timeout=patience or self._patience,
            )
        except ApiException as error:
            said = _status(error)
            if error.status == 404 and method == "GET" and not stream:
                return None
            if error.status == 410:
                raise Gone(said.get("message", "")) from error
            if error.status == 409:
                causes = (said.get("details") or {}).get("causes") or []
                held = any(c.get("reason") == "FieldManagerConflict" for c in causes)
                raise Conflict(said.get("message", "conflict"), held) from error
            raise self._unreachable(f"{error.status}: {said.get('message', error.reason)}") from error
        except (HTTPError, OSError) as error:
            raise self._unreachable(str(error)) from error

    def _unreachable(self, why: str) -> TroupeError:
        return TroupeError(
            "runner_unreachable",
            f"The cluster refuses or does not answer ({why[:300]}).",
            namespace=self.namespace,
        )


def _status(error: Any) -> dict[str, Any]:
    try:
        return dict(json.loads(error.body))
    except (TypeError, ValueError):
        return {}


def _connected() -> Any:
    try:
        from kubernetes import client, config
    except ImportError as error:
        raise TroupeError(
            "extra_missing",
            "A rollout needs the extra `pipelines`: pip install 'troupe[pipelines]'.",
            extra="pipelines",
        ) from error
    try:
        config.load_config()
    except config.ConfigException as error:
        raise TroupeError(
            "runner_unreachable", f"No cluster is configured: {error}. Set KUBECONFIG, or run in a pod."
        ) from error
    return client.ApiClient()
