"""Clips by their address on the server: fetched once, no more than may be stored, never two references of one clip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from components.core import TroupeError
from components.media import digest
from serving.orchestrator.artifacts import store
from serving.orchestrator.database import Artifact, Project, Reference, Run
from serving.orchestrator.runs import queue, results
from serving.orchestrator.runs.order import address_order
from serving.orchestrator.services import projects, references, runs
from tests.conftest import DrawnMedia
from tests.serving.run_samples import ask, photo_of, project_of, reference_of
from tests.serving.worker_samples import Place, ended, place_in, working
from tests.web_site import Site, body

LIMIT = 3_000_000


@pytest.fixture(scope="module")
def site(drawn: DrawnMedia) -> Iterator[Site]:
    with Site() as made:
        clip = drawn.clip.read_bytes()
        assert len(clip) < LIMIT
        made.answers |= {"/one.mp4": body(clip), "/other/two.mp4": body(clip), "/large.mp4": body(clip + bytes(LIMIT))}
        yield made


def own(site: Site) -> dict[str, Any]:
    """Settings by which this machine's own site may be fetched from, as that of a company's network."""
    return {"fetch_ports": (str(urlsplit(site.base).port),), "fetch_networks": ("127.0.0.0/8",)}


@pytest.fixture(scope="module")
def place(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place_in(tmp_path_factory.mktemp("place"), max_upload_bytes=LIMIT, **own(site)) as made:
        yield made


def add(place: Place, url: str) -> str:
    with place.database.writing() as session:
        return references.add_url(session, place.settings, "local", url).id


def analysis(place: Place, reference: str) -> Run:
    with place.database.reading() as session:
        return next(r for r in runs.listing(session, "local", kind="reference") if r.reference_id == reference)


def test_two_addresses_of_one_clip_are_one_reference_that_is_looked_at_once(
    place: Place, site: Site, drawn: DrawnMedia
) -> None:
    first, second = add(place, f"{site.base}/one.mp4"), add(place, f"{site.base}/other/two.mp4")
    assert first != second
    photo = photo_of(place.database, place.storage, drawn.photo)
    project = project_of(place.database, photo, second, size="128x128", quality="draft", start=0.4, duration=0.4)
    with working(place):
        looked_at = ended(place, analysis(place, first).id)
        assert looked_at.state == "succeeded", looked_at.error
        known = ended(place, analysis(place, second).id)
        danced = ended(place, ask(place.database, project).id)
    assert known.state == "succeeded" and known.result == {"dancers": 1, "same_as": first}
    assert [s["name"] for s in looked_at.stages][:3] == ["fetch", "clip", "perceive"]
    assert [s["name"] for s in known.stages] == ["fetch"], "the clip was looked at once more"
    assert danced.state == "succeeded", danced.error
    reused = {s["name"] for s in danced.stages if s["state"] == "reused"}
    assert {"clip", "perceive"} <= reused, "the dance looked at what had been fetched once more"
    with place.database.reading() as session:
        row = session.get(Project, project)
        assert row is not None and row.reference_id == first, "the project does not follow to the known one"
        assert references.reference_of(session, "local", second).id == first
        assert [r.id for r in references.listing(session, "local")] == [first]
        found = references.reference_of(session, "local", first)
        assert found.sha256 == digest(drawn.clip) and found.title == "one.mp4"
        files = session.query(Artifact).where(Artifact.kind == "reference").all()
        assert len(files) == 1 and files[0].reference_id == first
    # A third program knows the clip by the second name only.
    with place.database.writing() as session:
        again = references.add_url(session, place.settings, "local", f"{site.base}/other/two.mp4")
        assert again.id == first
        other = projects.create(session, "local", photo_id=photo, reference_id=second)
        assert other.reference_id == first


def test_a_failed_twin_gives_way(place: Place, site: Site, drawn: DrawnMedia, tmp_path: Path) -> None:
    """An upload whose analysis broke off, then an address of the same bytes."""
    with place_in(tmp_path, max_upload_bytes=LIMIT, cache=place.settings.cache, **own(site)) as fresh:
        broken = reference_of(fresh.database, fresh.storage, drawn.clip, status="failed")
        with fresh.database.writing() as session:
            row = session.get(Reference, broken)
            assert row is not None
            row.sha256 = digest(drawn.clip)
        project = project_of(fresh.database, photo_of(fresh.database, fresh.storage, drawn.photo), broken)
        name = add(fresh, f"{site.base}/one.mp4")
        with working(fresh):
            done = ended(fresh, analysis(fresh, name).id)
        assert done.state == "succeeded", done.error
        with fresh.database.reading() as session:
            assert references.reference_of(session, "local", broken).id == name
            assert session.get(Project, project).reference_id == name  # type: ignore[union-attr]


def test_a_run_that_was_asked_for_before_its_reference_was_joined_changes_nothing(
    drawn: DrawnMedia, tmp_path: Path
) -> None:
    """As where the failed analysis of an upload is tried again after its address was analysed."""
    with place_in(tmp_path) as fresh:
        kept = reference_of(fresh.database, fresh.storage, drawn.clip)
        with fresh.database.writing() as session:
            session.add(Reference(id="0" * 26, owner="local", source="upload", same_as_id=kept))
            session.flush()
            session.add(Run(id="1" * 26, owner="local", kind="reference", reference_id="0" * 26))
        claimed = queue.claim(fresh.database, "test", 60.0)
        assert claimed is not None and claimed[0].run == "1" * 26
        file = store(fresh.storage, drawn.clip, "preview", "local", reference_id="0" * 26)
        row = {c.key: getattr(file, c.key) for c in Artifact.__table__.columns if c.key != "created"}
        found = {"result": {"dancers": 7}, "columns": {"dancers": [1], "preview_id": file.id}, "artifacts": [row]}
        results.succeed(fresh.database, claimed[0], (), found)
        with fresh.database.reading() as session:
            run = session.get_one(Run, "1" * 26)
            assert run.state == "succeeded" and run.result == {"dancers": 0, "same_as": kept}
            assert session.query(Artifact).count() == 1
            assert session.get_one(Reference, kept).preview_id is None


def test_no_more_is_fetched_than_may_be_uploaded(place: Place, site: Site) -> None:
    name = add(place, f"{site.base}/large.mp4")
    with working(place):
        refused = ended(place, analysis(place, name).id)
    assert refused.state == "failed" and refused.error is not None and refused.error["code"] == "file_too_large"


def test_no_more_is_fetched_than_fits_into_the_quota(site: Site, drawn: DrawnMedia, tmp_path: Path) -> None:
    clip = drawn.clip.stat().st_size
    with place_in(tmp_path, quota_bytes=clip + 1000, **own(site)) as small:
        name = add(small, f"{site.base}/one.mp4")
        ballast = tmp_path / "ballast"
        ballast.write_bytes(bytes(2000))
        with small.database.writing() as session:
            session.add(store(small.storage, ballast, "background", "local"))
        with working(small):
            refused = ended(small, analysis(small, name).id)
        assert refused.state == "failed" and refused.error is not None
        assert refused.error["code"] == "quota_exceeded"
        ballast.write_bytes(bytes(clip))
        with small.database.writing() as session:
            session.add(store(small.storage, ballast, "background", "local"))
        with pytest.raises(TroupeError) as full:
            add(small, f"{site.base}/other/two.mp4")
        assert full.value.code == "quota_exceeded"


def test_deleting_by_a_second_name_deletes_the_reference_and_all_its_names(drawn: DrawnMedia, tmp_path: Path) -> None:
    with place_in(tmp_path) as fresh:
        kept = reference_of(fresh.database, fresh.storage, drawn.clip)
        with fresh.database.writing() as session:
            session.add(Reference(id="0" * 26, owner="local", source="url", same_as_id=kept))
        with fresh.database.writing() as session:
            references.delete(session, fresh.storage, "local", "0" * 26)
        with fresh.database.reading() as session:
            assert session.query(Reference).count() == 0 and session.query(Artifact).count() == 0
        assert not list(fresh.storage.keys("artifacts/"))


def test_what_a_child_may_fetch_is_what_the_server_was_told(site: Site, tmp_path: Path) -> None:
    run = Run(owner="local", arguments={"reference": {"url": "http://a.example/b.mp4"}})
    with place_in(tmp_path / "a") as closed, closed.database.reading() as session:
        told = address_order(session, run, closed.settings)
        assert told["fetch"]["private_networks"] == [] and told["fetch"]["ports"] == [80, 443]
        assert told["room"] is None and told["known"] == []
        built_in = Run(owner="local", arguments={"reference": {"name": "disco"}})
        assert address_order(session, built_in, closed.settings) == {}
    with place_in(tmp_path / "b", quota_bytes=9, **own(site)) as opened, opened.database.reading() as session:
        told = address_order(session, run, opened.settings)
        assert told["fetch"]["private_networks"] == ["127.0.0.0/8"] and told["room"] == 9
