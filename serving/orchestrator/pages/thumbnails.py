"""Fills the store with moving thumbnails, once: `python -m serving.orchestrator.pages.thumbnails`.

A server starts this beside itself where some are missing: drawing takes about half a minute of one core.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from components.core.errors import TroupeError
from components.core.processes import die_with_parent
from components.media import Storage, open_storage
from components.repertoire.choreographies import catalogue
from components.scenery.presets import find_preset
from serving.orchestrator.artifacts import store
from serving.orchestrator.database import Artifact, Database, Preset
from serving.orchestrator.pages.loops import draw_choreography, draw_preset
from serving.orchestrator.services import presets as preset_rows
from serving.orchestrator.settings import OrchestratorSettings

_PARENT = "TROUPE_THUMBNAILS_PARENT"
KIND = "choreography"
"""Of the files of a choreography's loop and poster, which are called after it."""


def missing(database: Database) -> tuple[list[str], list[str]]:
    """Names of the presets and of the choreographies that have no thumbnail yet."""
    with database.reading() as session:
        presets = list(
            session.scalars(select(Preset.name).where(Preset.thumbnail_id.is_(None)).order_by(Preset.position))
        )
        drawn = set(
            session.scalars(
                select(Artifact.filename).where(
                    Artifact.kind == KIND, Artifact.owner.is_(None), Artifact.media_type == "video/mp4"
                )
            )
        )
    return presets, [c.name for c in catalogue() if f"{c.name}.mp4" not in drawn]


def fill(database: Database, storage: Storage, told: Callable[[str], None] = lambda name: None) -> int:
    """Draw what is missing and put it into the store, belonging to everybody.

    Several processes may do so at once: what another one was first with is thrown away.

    Args:
        database, storage: of the server, migrated.
        told: called with each name as it is done.

    Returns:
        How many loops were drawn.

    Raises:
        TroupeError: disk_full, storage_unreachable.
    """
    with database.writing() as session:
        preset_rows.seed(session)
    presets, choreographies = missing(database)
    with tempfile.TemporaryDirectory(prefix="troupe-loops-") as place:
        folder = Path(place)
        for name in choreographies:
            _keep_choreography(database, storage, name, draw_choreography(name, folder))
            told(name)
        for name in presets:
            preset = find_preset(name)
            if preset is not None:
                _keep_preset(database, storage, name, draw_preset(preset, folder))
                told(name)
    return len(presets) + len(choreographies)


def _keep_preset(database: Database, storage: Storage, name: str, files: tuple[Path, Path]) -> None:
    loop, poster = (store(storage, file, kind, None) for file, kind in zip(files, ("thumbnail", "poster"), strict=True))
    with database.writing() as session:
        row = session.get(Preset, name, with_for_update=True)
        taken = row is not None and row.thumbnail_id is None
        if row is not None and taken:
            session.add_all((loop, poster))
            row.thumbnail_id, row.poster_id = loop.id, poster.id
    if not taken:
        storage.delete(loop.key)
        storage.delete(poster.key)


def _keep_choreography(database: Database, storage: Storage, name: str, files: tuple[Path, Path]) -> None:
    rows = [store(storage, file, KIND, None, filename=file.name) for file in files]
    with database.writing() as session:
        session.add_all(rows)


def start(settings: OrchestratorSettings, database: Database) -> subprocess.Popen[bytes] | None:
    """Fill the store in a process of lower priority, which ends with this one; None where nothing is missing or wanted.

    Args:
        settings: of the server; the process is told them by its environment, where others do not read passwords.
        database: of the server, migrated.
    """
    if not settings.thumbnails or not any(missing(database)):
        return None
    told = {
        "TROUPE_DATABASE_URL": settings.database,
        "TROUPE_STORAGE_URL": settings.storage,
        "TROUPE_STORAGE_ENDPOINT": settings.storage_endpoint,
        "TROUPE_RUN_NICE": str(settings.run_nice),
        _PARENT: str(os.getpid()),
    }
    command = [sys.executable, "-m", "serving.orchestrator.pages.thumbnails"]
    return subprocess.Popen(command, env={**os.environ, **told}, stdin=subprocess.DEVNULL)


def main() -> None:
    """Fill the store that the environment names."""
    settings = OrchestratorSettings()
    if _PARENT in os.environ:
        die_with_parent(int(os.environ[_PARENT]))
        os.nice(settings.run_nice)
    database = Database(settings.database)
    try:
        fill(database, open_storage(settings.storage, settings.storage_endpoint))
    finally:
        database.close()


if __name__ == "__main__":
    try:
        main()
    except TroupeError as refusal:
        sys.exit(f"troupe: {refusal.message} [{refusal.code}]")
