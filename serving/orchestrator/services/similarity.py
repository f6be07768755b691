"""References whose choreography is like another's: pgvector where PostgreSQL has it, numpy else."""

from __future__ import annotations

import numpy as np
from sqlalchemy import exists, func, literal_column, select, text
from sqlalchemy.orm import Session

from components.core.errors import TroupeError
from serving.orchestrator.analysis.embedding import WIDTH, from_bytes
from serving.orchestrator.database import Database, Reference
from serving.orchestrator.services.references import reference_of

TABLE = "reference_vectors"


def prepare(database: Database) -> bool:
    """Make the table of vectors on a PostgreSQL that has, or may be given, the extension `vector`.

    It is a copy that can be made again at any time, so no migration knows it. It has no approximate index: one owner
    has few references, and such an index would lose some of them behind other owners'.

    Returns:
        Whether pgvector is used.
    """
    if database.engine.dialect.name != "postgresql":
        return False
    with database.writing() as session:
        session.execute(text("select pg_advisory_xact_lock(7261001)"))
        if not session.scalar(text("select count(*) from pg_available_extensions where name = 'vector'")):
            return False
    try:
        with database.writing() as session:
            session.execute(text("select pg_advisory_xact_lock(7261001)"))
            session.execute(text("create extension if not exists vector"))
            session.execute(
                text(
                    f"create table if not exists {TABLE} (reference_id varchar(26) primary key references"
                    f" reference_videos (id) on delete cascade, embedding vector({WIDTH}) not null)"
                )
            )
    except Exception:  # whoever runs the database does not permit extensions: numpy does it
        return False
    return True


def similar(session: Session, owner: str, name: str, limit: int = 10) -> list[tuple[Reference, float]]:
    """An owner's references by how much their movements are like those of one of them.

    Args:
        session: of a writing transaction (PostgreSQL copies vectors that are new).
        owner: who asks.
        name: the reference.
        limit: how many at most.

    Returns:
        References and cosines, the most similar first.

    Raises:
        TroupeError: not_found; not_ready: it is not analysed, or shows too little movement.
    """
    wanted = reference_of(session, owner, name)
    if wanted.embedding is None:
        raise TroupeError(
            "not_ready", "This reference is not analysed yet, or shows too little movement to compare.", reference=name
        )
    found = _by_vector if _has_vectors(session) else _by_numpy
    scores = found(session, owner, wanted, limit)
    rows = {r.id: r for r in session.scalars(select(Reference).where(Reference.id.in_(n for n, _ in scores)))}
    return [(rows[n], score) for n, score in scores]


def _has_vectors(session: Session) -> bool:
    if session.get_bind().dialect.name != "postgresql":
        return False
    return session.scalar(select(func.to_regclass(TABLE))) is not None


def _by_numpy(session: Session, owner: str, wanted: Reference, limit: int) -> list[tuple[str, float]]:
    rows = session.execute(
        select(Reference.id, Reference.embedding).where(
            Reference.owner == owner, Reference.embedding.is_not(None), Reference.id != wanted.id
        )
    ).all()
    if not rows or wanted.embedding is None:
        return []
    vector = from_bytes(wanted.embedding)
    kept = [(n, from_bytes(b)) for n, b in rows if b is not None and len(b) == 4 * len(vector)]
    if not kept:
        return []
    scores = np.stack([v for _, v in kept]) @ vector
    order = np.argsort(-scores, kind="stable")[:limit]
    return [(kept[i][0], float(scores[i])) for i in order]


def _by_vector(session: Session, owner: str, wanted: Reference, limit: int) -> list[tuple[str, float]]:
    copied = exists(select(literal_column("1")).select_from(text(TABLE)).where(text(f"{TABLE}.reference_id = id")))
    new = select(Reference.id, Reference.embedding).where(
        Reference.owner == owner, Reference.embedding.is_not(None), ~copied
    )
    for reference, stored in session.execute(new).all():
        if stored is not None and len(stored) == 4 * WIDTH:
            session.execute(
                text(f"insert into {TABLE} values (:id, cast(:v as vector)) on conflict do nothing"),
                {"id": reference, "v": _literal(stored)},
            )
    rows = session.execute(
        text(
            f"select v.reference_id, -(v.embedding <#> cast(:v as vector)) from {TABLE} v join reference_videos r"
            " on r.id = v.reference_id where r.owner = :owner and r.id <> :name"
            " order by v.embedding <#> cast(:v as vector) limit :limit"
        ),
        {"v": _literal(wanted.embedding or b""), "owner": owner, "name": wanted.id, "limit": limit},
    )
    return [(str(name), float(score)) for name, score in rows]


def _literal(stored: bytes) -> str:
    return "[" + ",".join(f"{v:.7g}" for v in from_bytes(stored)) + "]"
