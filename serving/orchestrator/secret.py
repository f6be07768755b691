"""The server's secret: what cookies and share links are signed with."""

from __future__ import annotations

import os
import secrets

from components.core.errors import TroupeError
from serving.orchestrator.settings import OrchestratorSettings


def server_secret(settings: OrchestratorSettings) -> str:
    """The secret that is set, or one that is made once and kept in the data folder, readable by its owner alone.

    Raises:
        TroupeError: output_unwritable.
    """
    given = settings.secret.get_secret_value()
    if given:
        return given
    file = settings.data / "secret"
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        made = file.with_name(f".secret.{os.getpid()}")
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
            handle.write(secrets.token_urlsafe(48))
        try:
            os.link(made, file)  # fails where another process was first: then its secret counts
        except FileExistsError:
            pass
        finally:
            made.unlink()
        return file.read_text()
    except OSError as error:
        raise TroupeError(
            "output_unwritable", f"{file} cannot be written ({error.strerror}); set TROUPE_DATA or TROUPE_SECRET.",
            output=str(file),
        ) from error  # fmt: skip
