"""The pages without a browser: what they say, what they are made of, and that they bring nothing inline."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from components.media import clip_of, decode
from components.scenery.presets import presets
from serving.orchestrator.application import create_app
from serving.orchestrator.database import Person, Photo, Reference, Run
from serving.orchestrator.pages import vendor
from serving.orchestrator.pages.live import message
from serving.orchestrator.pages.loops import draw_choreography, draw_preset
from serving.orchestrator.pages.notices import OF_MOVES, worth_saying
from serving.orchestrator.pages.people import leading, shapes, who
from serving.orchestrator.pages.rendering import ago, clock, left, named, number
from serving.orchestrator.pages.tiles import reference_name
from serving.orchestrator.runs.states import enter
from serving.orchestrator.settings import OrchestratorSettings
from tests.serving.api_samples import asking, project

TEMPLATES = sorted((vendor.HERE / "templates").glob("*.html"))


def test_lengths_and_times_as_people_say_them() -> None:
    assert [clock(s) for s in (0.8, 8.0, 59.96, 61.25, 600.0)] == ["0:00.8", "0:08", "1:00", "1:01.2", "10:00"]
    assert [number(v) for v in (30.0, 29.97, 0.5)] == ["30", "29.97", "0.5"]
    assert [left(s) for s in (None, 1.2, 12.0, 54.0, 61.0, 300.0, float("nan"))] == [
        "", "1 second", "10 seconds", "55 seconds", "1 minute", "5 minutes", "",
    ]  # fmt: skip
    assert [ago(1e9 - s, 1e9) for s in (5, 100, 7200, 3 * 86_400, 30 * 86_400)] == [
        "just now", "1 minute ago", "2 hours ago", "3 days ago", "10 August 2001",
    ]  # fmt: skip


def test_names_of_files_as_people_say_them() -> None:
    names = ("summer_party.jpg", "Ada__dances.final.MOV", "v1.25", "Mr. Smith", ".jpg", "")
    assert [named(n, "A photo") for n in names] == [
        "summer party", "Ada dances.final", "v1.25", "Mr. Smith", "A photo", "A photo",
    ]  # fmt: skip


def test_where_an_address_leads_names_a_clip_that_has_no_name() -> None:
    watch = Reference(source="url", url="https://www.example.com/watch?v=x1", title="watch?v=x1")
    clip = Reference(source="url", url="https://example.com/my_dance.mp4?key=1", title="my_dance.mp4?key=1")
    assert [reference_name(r) for r in (watch, clip)] == ["From example.com", "my dance"]


def test_a_warning_is_said_once_and_not_beside_what_says_it() -> None:
    codes = ("hidden_hand", "hidden_hand", "no_face_performer", "back_view", "no_beat")
    warnings = [{"code": code, "message": f"{code}."} for code in codes]
    assert worth_saying(warnings, OF_MOVES) == ["hidden_hand.", "back_view."]
    assert worth_saying(warnings[2:3]) == ["no_face_performer."]


def test_front_end_files_are_pinned_by_hash_and_name_no_address() -> None:
    lock = json.loads((vendor.HERE / "package-lock.json").read_text())
    wanted = json.loads((vendor.HERE / "package.json").read_text())
    pinned = {name.removeprefix("node_modules/"): p for name, p in lock["packages"].items() if name}
    assert set(pinned) == set(wanted["dependencies"]) | set(wanted["devDependencies"])
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert pinned[name]["version"] == version
        assert pinned[name]["integrity"].startswith("sha512-")
        assert "resolved" not in pinned[name]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.name)
def test_templates_bring_nothing_inline_and_nothing_from_elsewhere(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)


def test_a_piece_of_a_page_is_one_event_whatever_lines_it_has() -> None:
    event = message("<p>\n\n  one\r\n</p>", 7).decode()
    assert event == "id: 7\ndata: <p>\ndata:   one\ndata: </p>\n\n"


def _photo() -> Photo:
    face = {"landmarks": [[100, 30, 0], [120, 50, 0], [None, 1, 0]]}
    people = [
        Person(index=0, box=[10, 20, 60, 180], pose=[[float(i), 2.0, 0.0] for i in range(33)], face=None),
        Person(index=1, box=[70, 10, 150, 190], pose=[], face=face),
        Person(index=2, box=[160, 100, 170, 130], pose=[], face=None),
    ]
    return Photo(width=200, height=200, persons=people, status="ready")


def test_people_are_drawn_where_they_were_found() -> None:
    found = shapes(_photo(), "0,2")
    assert [(s.x, s.y, s.width, s.height) for s in found] == [(10, 20, 50, 160), (70, 10, 80, 180), (160, 100, 10, 30)]
    assert [s.chosen for s in found] == [True, False, True]
    assert [s.leading for s in found] == [False, True, False]
    assert [s.large for s in found] == [True, True, False]  # somebody far away does not dance in the group
    assert found[0].bones.startswith("M11.0 2.0L12.0 2.0") and found[0].landmarks == ""
    assert found[1].landmarks.count("M") == 2 and found[1].points == 3
    x, y, side, _ = (float(v) for v in found[1].crop.split())
    assert x < 100 and y < 30 and x + side > 120 and y + side > 50


def test_a_choice_of_people_reads_as_it_was_made() -> None:
    photo = _photo()
    assert leading(photo) == 1
    assert [who(photo, p) for p in ("auto", "1", "0", "0,1", "all")] == ["auto", "solo", "some", "some", "some"]


def test_a_loop_of_a_preset_runs_round(tmp_path: Path) -> None:
    preset = next(p for p in presets() if p.name == "urban_rooftop")
    loop, poster = draw_preset(preset, tmp_path)
    clip = clip_of(loop)
    assert (clip.width, clip.height) == (288, 512) and poster.stat().st_size > 5000
    frames = np.stack([f.astype(np.int16) for f in decode(clip)])
    steps = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3))
    assert len(frames) == 60
    assert np.abs(frames[-1] - frames[0]).mean() < 2 * steps.max()


def test_a_loop_of_a_choreography_moves(tmp_path: Path) -> None:
    loop, poster = draw_choreography("salsa", tmp_path)
    frames = np.stack([f.astype(np.int16) for f in decode(clip_of(loop))])
    assert frames.shape[1:3] == (360, 288) and poster.is_file()
    assert np.abs(np.diff(frames, axis=0)).max() > 100


def test_the_gallery_says_why_a_dance_cannot_be_deleted(tmp_path: Path) -> None:
    with asking(OrchestratorSettings(data=tmp_path, runs=0)) as client:
        made = project(client)
        client.post("/api/v1/runs", json={"project_id": made["id"]})
        assert isinstance(client.app, FastAPI)
        with client.app.state.context.database.writing() as session:
            for run in session.query(Run):
                enter(session, run, "running")
        answer = client.post(f"/projects/{made['id']}/delete", headers={"Origin": "http://127.0.0.1:8000"})
        assert answer.status_code == 409
        assert "cancel it first" in answer.text
        assert client.get(f"/api/v1/projects/{made['id']}").status_code == 200


def test_a_fault_of_ours_is_told_as_one(tmp_path: Path) -> None:
    app = create_app(OrchestratorSettings(data=tmp_path))

    def broken() -> None:
        raise ZeroDivisionError("of the test")

    app.add_api_route("/api/v1/broken", broken)
    app.add_api_route("/broken", broken)
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        told = client.get("/api/v1/broken")
        assert (told.status_code, told.json()["code"]) == (500, "internal_error")
        assert "ZeroDivision" not in told.text
        shown = client.get("/broken", headers={"Accept": "text/html"})
        assert shown.status_code == 500
        assert "<h1>That was our mistake</h1>" in shown.text
