"""The API of Kubeflow Pipelines: how it is reached, and its failures as ours."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from components.core.errors import TroupeError


@dataclass(frozen=True)
class Address:
    """Where the API is, and who asks.

    Attributes:
        host: its address, as http://ml-pipeline.kubeflow:8888.
        namespace: of the runs, where the installation has several users.
        token: for the API, where it asks for one.
        token_file: of a token that is renewed, as Kubernetes projects it into a pod; read anew when it has run out.
    """

    host: str
    namespace: str = "kubeflow"
    token: str = ""
    token_file: str = ""


def connect(address: Address) -> Any:
    """A client of kfp; needs the extra `pipelines`.

    Raises:
        TroupeError: extra_missing, invalid_setting: there is no address; runner_unreachable.
    """
    try:
        from kfp.client import Client, ServiceAccountTokenVolumeCredentials
    except ImportError as error:
        raise TroupeError("extra_missing", "Runs on Kubeflow need the extra `pipelines`.", extra="pipelines") from error
    if not address.host:
        raise TroupeError(
            "invalid_setting",
            "The address of Kubeflow Pipelines is missing: give --host or set TROUPE_KUBEFLOW_HOST.",
            setting="TROUPE_KUBEFLOW_HOST",
        )
    renewed = ServiceAccountTokenVolumeCredentials(path=address.token_file) if address.token_file else None
    with reached(address.host), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the client is of version 2
        return Client(
            host=address.host,
            namespace=address.namespace,
            existing_token=address.token or None,
            credentials=renewed,
        )


@contextlib.contextmanager
def reached(host: str) -> Iterator[None]:
    """Failures of the API as ours; what kfp prints for notebooks is dropped.

    Raises:
        TroupeError: runner_unreachable.
    """
    import urllib3.exceptions
    from kfp_server_api.exceptions import ApiException

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    except (ApiException, urllib3.exceptions.HTTPError, OSError, RuntimeError, TimeoutError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        status = getattr(error, "status", None)
        raise TroupeError(
            "runner_unreachable",
            f"Kubeflow Pipelines at {host} does not answer as it should: {first}.",
            host=host,
            **({"status": status} if status else {}),
        ) from error
