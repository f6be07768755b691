"""What the smaller commands answer."""

from __future__ import annotations

from pathlib import Path

import av

from tests.command import troupe
from tests.conftest import DrawnMedia


def test_choreographies_are_long_enough_and_presets_are_five(tmp_path: Path) -> None:
    dances = troupe("choreographies", "--json", cache=tmp_path).json
    assert len(dances) >= 4 and all(d["counts"] >= 32 for d in dances)
    assert len(troupe("presets", "--json", cache=tmp_path).json) == 5
    assert dances[0]["title"] in troupe("choreographies", cache=tmp_path).out


def test_doctor_finds_what_the_main_job_needs(tmp_path: Path) -> None:
    answer = troupe("doctor", "--json", cache=tmp_path)
    assert answer.code == 0
    assert all(part["ok"] for part in answer.json if part["needed"])
    licences = {p["part"].lower(): p["licence"] for p in troupe("doctor", "--licences", "--json", cache=tmp_path).json}
    assert "GPL" in licences["av"] and "AGPL" in licences["ultralytics"] and "Apache" in licences["mediapipe"]
    assert all(licences.values())


def test_inspect_tells_who_is_there_and_draws_it(drawn: DrawnMedia, tmp_path: Path) -> None:
    answer = troupe("inspect", drawn.photo, "-o", tmp_path / "seen.png", "--json", cache=tmp_path / "cache")
    assert answer.code == 0, answer.err
    (person,) = answer.json["people"]
    x0, y0, x1, y1 = person["box"]
    assert 0 <= x0 < x1 <= answer.json["width"] and y1 - y0 > answer.json["height"] / 2
    assert len(person["landmarks"]) == 33 and (tmp_path / "seen.png").stat().st_size > 1000
    again = troupe("inspect", drawn.photo, "-o", tmp_path / "seen.png", cache=tmp_path / "cache")
    assert again.code == 1 and "[output_exists]" in again.err

    moving = troupe("inspect", drawn.clip, "-o", tmp_path / "seen.mp4", "--json", cache=tmp_path / "cache")
    assert moving.code == 0, moving.err
    assert moving.json["frames"] == 40 and len(moving.json["dancers"]) == 1
    with av.open(str(tmp_path / "seen.mp4")) as container:
        assert sum(1 for p in container.demux(video=0) if p.size) == 40


def test_tables_show_what_to_type_in_full(drawn: DrawnMedia, tmp_path: Path) -> None:
    for preset in troupe("presets", "--json", cache=tmp_path).json:
        assert preset["name"] in troupe("presets", cache=tmp_path, env={"COLUMNS": "60"}).out
    people = troupe("inspect", drawn.photo, cache=tmp_path)
    assert people.code == 0 and "performer" in people.out and "yes" in people.out and "{" not in people.out
    dancers = troupe("inspect", drawn.clip, cache=tmp_path)
    assert dancers.code == 0 and "100%" in dancers.out and "[no_sound]" not in dancers.out


def test_a_video_judged_against_itself_reaches_the_noise_floor(drawn: DrawnMedia, tmp_path: Path) -> None:
    answer = troupe("judge", drawn.clip, "--reference", drawn.clip, "--json", cache=tmp_path)
    assert answer.code == 0, answer.err
    figures = {f["name"]: f["value"] for f in answer.json["figures"]}
    assert figures["presence"] == 1.0
    assert figures["pose_error_median"] < 0.02


def test_a_wrong_call_is_explained(tmp_path: Path) -> None:
    answer = troupe("dance", "only-a-photo.png", cache=tmp_path)
    assert answer.code == 2 and "Missing argument" in answer.err
    assert troupe("--help", cache=tmp_path).code == 0
