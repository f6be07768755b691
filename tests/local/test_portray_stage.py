"""The whole stage on rendered dancers: mattes and rooms are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.core import Cast, Progress, StageContext, Still, TroupeError, UInt8, Uri, load, save
from components.figure.scene import draw_photo
from components.media import read_picture, write_picture
from components.portray.draw import contact_sheet
from components.portray.stage import PortraySettings, run


def still(picture: UInt8, file: Path) -> Still:
    write_picture(file, picture)
    return Still(Uri(str(file)), picture.shape[1], picture.shape[0], "0" * 64)


def portray(picture: UInt8, folder: Path, **settings: int) -> Cast:
    work = folder / "work"
    work.mkdir()
    return run(still(picture, folder / "photo.png"), settings=PortraySettings(**settings), context=StageContext(work))


def test_two_rendered_dancers_come_out_whole(tmp_path: Path) -> None:
    picture, truth = draw_photo(["ada", "kofi"], ["standing", "hands_on_hips"], (640, 480), threads=1)
    cast = portray(picture, tmp_path)
    assert [p.index for p in cast.performers] == [0, 1]
    assert truth.mattes is not None
    for performer in cast.performers:
        a, b = performer.matte > 127, truth.mattes[performer.index, 0] > 127
        assert (a & b).sum() / (a | b).sum() > 0.93
        assert len(performer.parts) == 6
        off = np.hypot(*(performer.landmarks[11:, :2] - truth.joints2d[performer.index, 0, 11:]).T)
        assert np.median(off) < 0.06 * (performer.box[3] - performer.box[1])
    plate = read_picture(cast.plate.uri)
    people = (truth.mattes[:, 0] > 0).any(axis=0)
    same = (plate == picture).all(axis=-1)
    assert same[:20].all() and not same[people].all()
    save(cast, tmp_path / "work")
    again = load(Cast, tmp_path / "work")
    assert np.array_equal(again.performers[1].parts[0].texture, cast.performers[1].parts[0].texture)
    assert contact_sheet(again).shape[2] == 3


def test_the_edge_of_a_small_person_lies_between_the_pixels(tmp_path: Path) -> None:
    picture, truth = draw_photo("ada", "standing", (240, 320), threads=1)
    assert truth.mattes is not None
    matte = portray(picture, tmp_path).performers[0].matte.astype(float) / 255
    true = truth.mattes[0, 0].astype(float) / 255
    rim = (true > 0.02) & (true < 0.98)
    assert np.abs(matte - true)[rim].mean() < 0.23, "a matte without half transparent pixels is 0.28 off here"
    assert ((matte > 0.5) & (true > 0.5)).sum() / ((matte > 0.5) | (true > 0.5)).sum() > 0.955


def test_a_photo_with_alpha_is_cut_along_it(tmp_path: Path) -> None:
    picture, truth = draw_photo("mei", "standing", (360, 540), threads=1)
    assert truth.mattes is not None
    matte = truth.mattes[0, 0]
    cast = portray(np.dstack([picture, matte]), tmp_path)
    assert np.abs(cast.performers[0].matte.astype(int) - matte).max() <= 1


def test_a_photo_with_a_clear_strip_is_no_cut_out(tmp_path: Path) -> None:
    picture, truth = draw_photo("mei", "standing", (360, 540), threads=1)
    assert truth.mattes is not None
    opacity = np.full(picture.shape[:2], 255, np.uint8)
    opacity[:25] = 0
    a, b = portray(np.dstack([picture, opacity]), tmp_path).performers[0].matte > 127, truth.mattes[0, 0] > 127
    assert (a & b).sum() / (a | b).sum() > 0.9


def test_an_empty_room_is_refused_and_work_can_be_stopped(tmp_path: Path) -> None:
    wall = np.full((480, 360, 3), 180, np.uint8)
    with pytest.raises(TroupeError) as refusal:
        portray(wall, tmp_path)
    assert refusal.value.code == "no_person_found"

    def stop(_: Progress) -> None:
        raise TroupeError("cancelled", "Stopped.")

    with pytest.raises(TroupeError) as refusal:
        run(still(wall, tmp_path / "b.png"), settings=PortraySettings(), context=StageContext(tmp_path, stop))
    assert refusal.value.code == "cancelled"
    assert not (tmp_path / "plate.png").exists()
