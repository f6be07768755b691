"""An upload becomes a photo, a reference or a background picture."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from components.core.errors import TroupeError
from serving.orchestrator.artifacts import check_quota, store
from serving.orchestrator.context import Context
from serving.orchestrator.database import Artifact, Photo, Reference
from serving.orchestrator.intake.content import Content
from serving.orchestrator.intake.receive import Received
from serving.orchestrator.services import photos, projects, references
from serving.orchestrator.services.owned import shown_name
from serving.orchestrator.services.stored import discard, keep

T = TypeVar("T")


def take_photo(context: Context, owner: str, received: Received) -> Photo:
    """Check and take in a photo; blocks, so call it in a thread. The received file is gone afterwards.

    Raises:
        TroupeError: invalid_request (no file), and as `Checker.check` and `photos.add`.
    """
    with _checked(context, "photo", received) as (file, name, content):
        preview = Path(content.preview) if content.preview else None
        return _once(
            context,
            lambda session: photos.add(session, context.storage, context.settings, owner, file, name, preview=preview),
        )


def take_reference(context: Context, owner: str, received: Received) -> Reference:
    """Check and take in a clip or BVH file; blocks, so call it in a thread. The received file is gone afterwards.

    Raises:
        TroupeError: invalid_request (no file), and as `Checker.check` and `references.add_file`.
    """
    with _checked(context, "reference", received) as (file, name, content):
        return _once(
            context,
            lambda session: references.add_file(
                session, context.storage, context.settings, owner, file, name, media_type=content.media_type
            ),
        )


def take_background(context: Context, owner: str, project_id: str, received: Received) -> Artifact:
    """Check a picture and make it a project's background; blocks, so call it in a thread.

    Raises:
        TroupeError: invalid_request (no file), not_found, and as `Checker.check`.
    """
    with _checked(context, "photo", received) as (file, name, content):
        media_type = content.media_type
        if content.preview:  # it is shown on the page, too
            file, media_type = Path(content.preview), "image/jpeg"

        def work(session: Session) -> Artifact:
            project = projects.project_of(session, owner, project_id)
            check_quota(session, context.settings, owner, file.stat().st_size)
            before = project.background_id
            artifact = store(
                context.storage, file, "background", owner,
                filename=shown_name(name), media_type=media_type, project_id=project_id,
            )  # fmt: skip
            keep(session, context.storage, artifact)
            session.add(artifact)
            session.flush()
            projects.update(session, owner, project_id, background_id=artifact.id, background_mode="picture")
            if before is not None:
                discard(session, context.storage, (Artifact.id == before) & (Artifact.project_id == project_id))
            return artifact

        with context.database.writing() as session:
            return work(session)


@contextlib.contextmanager
def _checked(context: Context, kind: str, received: Received) -> Iterator[tuple[Path, str, Content]]:
    """The received file under the ending that fits its content, its name, and what it was recognised as."""
    if received.file is None:
        raise TroupeError("invalid_request", "The form has no file in the field 'file'.", field="file")
    file = received.file
    preview = file.with_name(f"{file.name}.preview.jpg")
    try:
        content = context.checker.check(kind, file, shown_name(received.name))
        file = file.rename(file.with_suffix(content.suffix))
        yield file, received.name, content
    finally:
        file.unlink(missing_ok=True)
        preview.unlink(missing_ok=True)


def _once(context: Context, work: Callable[[Session], T]) -> T:
    """Run a transaction; again where the same bytes arrived twice at the same moment, and then the first one counts."""
    try:
        with context.database.writing() as session:
            return work(session)
    except IntegrityError:
        with context.database.writing() as session:
            return work(session)
