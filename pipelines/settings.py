"""What a machine is told by its environment: `TROUPE_*` variables, read once at the edge and passed in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from components.core.errors import TroupeError

T = TypeVar("T", bound=BaseSettings)


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
        name = "TROUPE_" + "_".join(str(p) for p in first["loc"]).upper()
        raise TroupeError("invalid_setting", f"{name}: {first['msg']}.", setting=name) from error
