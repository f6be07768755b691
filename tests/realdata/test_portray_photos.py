"""Real photographs: everybody is found, put together again as they were, or refused with a reason."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from components.core import Cast, StageContext, Still, TroupeError, Uri
from components.media import read_picture
from components.models.face_mesh import LIPS_INNER
from components.portray.draw import over
from components.portray.stage import PortraySettings, run


def portray(file: Path, folder: Path) -> tuple[np.ndarray, Cast]:  # type: ignore[type-arg]
    picture = np.asarray(cv2.imread(str(file)))
    scale = min(1.0, 1280 / max(picture.shape[:2]))
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = folder / "photo.png"
    cv2.imwrite(str(small), picture)
    photo = Still(Uri(str(small)), picture.shape[1], picture.shape[0], "0" * 64)
    return picture[..., ::-1], run(photo, settings=PortraySettings(), context=StageContext(folder))


@pytest.mark.parametrize(
    ("name", "least", "warnings"),
    [
        ("frame_fullbody_pexels_4838220.png", 1, set()),
        ("frame_pexels_2795750.png", 1, set()),
        ("pexels_4793258_lunge.jpg", 1, {"back_view"}),
        ("frame_group_pexels_8688465.png", 4, set()),
    ],
)
def test_the_parts_put_together_are_the_photo(
    data: Path, tmp_path: Path, name: str, least: int, warnings: set[str]
) -> None:
    rgb, cast = portray(data / "photos" / name, tmp_path)
    assert len(cast.performers) >= least
    plate = read_picture(cast.plate.uri)
    for performer in cast.performers:
        assert warnings <= {n.code for n in performer.notices}
        again = plate.copy()
        for part in sorted(performer.parts, key=lambda p: p.depth):
            over(again, part, *np.round(part.origin).astype(int).tolist())
        sure = performer.matte > 250
        off = np.abs(again.astype(int) - rgb).max(axis=-1)[sure]
        assert np.median(off) < 6 and (off > 60).mean() < 0.06
    shown = np.max([p.matte for p in cast.performers], axis=0) > 127
    changed = (plate != rgb).any(axis=-1)
    assert changed[shown].mean() > 0.9 and not changed[:8].all()


def test_a_face_gets_a_mesh_whose_mouth_can_open(data: Path, tmp_path: Path) -> None:
    _, cast = portray(data / "photos" / "frame_fullbody_pexels_4838220.png", tmp_path)
    head = next(p for p in cast.performers[0].parts if p.name == "head")
    assert head.face is not None and (head.face >= 0).sum() > 350
    ring = head.face[list(LIPS_INNER)]
    assert (ring >= 0).all()
    assert not np.isin(head.triangles, ring).all(axis=1).any()


@pytest.mark.parametrize(
    "name", ["photos/max_pilots_group.jpg", "portraits/fr_obama.jpg", "portraits/lp_pearl_s10.jpg"]
)
def test_portraits_are_refused(data: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(TroupeError) as refusal:
        portray(data / name, tmp_path)
    assert refusal.value.code == "only_a_face"
