"""References whose choreography is like another's: pgvector where PostgreSQL has it, numpy else."""

from __future__ import annotations

from sqlalchemy import exists, func, literal_column, select, text
from sqlalchemy.orm import Session

from components.core.errors import TroupeError
from serving.orchestrator.analysis.embedding import WIDTH, from_bytes, likeness
from serving.orchestrator.database import Database, Reference
from serving.orchestrator.services.references import reference_of

TABLE = "reference_windows"


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
                    f"create table if not exists {TABLE} (reference_id varchar(26) references reference_videos (id)"
                    f" on delete cascade, position integer, embedding vector({WIDTH}) not null,"
                    " primary key (reference_id, position))"
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
        References and their likeness (up to 1), the most alike first.

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
    )
    vectors = from_bytes(wanted.embedding or b"")
    scores = [
        (name, likeness(vectors, others))
        for name, stored in rows
        if len(vectors) and len(others := from_bytes(stored or b""))
    ]
    return sorted(scores, key=lambda entry: (-entry[1], entry[0]))[:limit]


def _by_vector(session: Session, owner: str, wanted: Reference, limit: int) -> list[tuple[str, float]]:
    copied = exists(select(literal_column("1")).select_from(text(TABLE)).where(text(f"{TABLE}.reference_id = id")))
    new = select(Reference.id, Reference.embedding).where(
        Reference.owner == owner, Reference.embedding.is_not(None), ~copied
    )
    for reference, stored in session.execute(new).all():
        rows = [
            {"id": reference, "position": i, "v": "[" + ",".join(f"{x:.7g}" for x in vector) + "]"}
            for i, vector in enumerate(from_bytes(stored or b""))
        ]
        if rows:
            insert = f"insert into {TABLE} values (:id, :position, cast(:v as vector)) on conflict do nothing"
            session.execute(text(insert), rows)
    found = session.execute(text(_LIKENESS), {"owner": owner, "name": wanted.id, "limit": limit})
    return [(str(name), float(score)) for name, score in found]


_LIKENESS = f"""
with pairs as materialized (
  select o.reference_id, o.position as other, w.position as mine, -(o.embedding <#> w.embedding) as cosine
  from {TABLE} o join reference_videos r on r.id = o.reference_id cross join {TABLE} w
  where w.reference_id = :name and r.owner = :owner and o.reference_id <> :name
), by_mine as (
  select reference_id, avg(best) as score, count(*) as parts
  from (select reference_id, mine, max(cosine) as best from pairs group by 1, 2) x group by 1
), by_other as (
  select reference_id, avg(best) as score, count(*) as parts
  from (select reference_id, other, max(cosine) as best from pairs group by 1, 2) x group by 1
)
select m.reference_id, case when m.parts <= o.parts then m.score else o.score end as score
from by_mine m join by_other o using (reference_id) order by score desc, m.reference_id limit :limit
"""
"""`likeness` in SQL."""
