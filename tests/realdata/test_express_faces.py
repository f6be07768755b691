"""Real talking faces carried to real portraits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from components.core import FaceTrack
from components.express.driver import MOUTH_MODES, read_driver
from components.express.face_shape import face_shape
from components.express.regions import INNER_LIPS, LIDS
from components.express.retarget import CLOSE_SHARE, Mouth, displace, mode_fields
from components.media import clip_of, decode, read_picture
from components.models.face import expression_coefficients, expression_measures, head_angles
from components.models.face_landmarks import FaceLandmarker, region_from_face
from components.models.region import Region

FRAMES = 120


def landmarks_of(frames: list[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float32]:
    landmarker, region = FaceLandmarker(), None
    out = []
    for rgb in frames:
        height, width = rgb.shape[:2]
        region = region or landmarker.find(rgb, Region(width / 2, height / 2, float(max(width, height)), 0.0))
        if region is None:
            out.append(np.full((478, 3), np.nan, np.float32))
            continue
        found = landmarker(rgb, region)
        out.append(found.xyz)
        region = region_from_face(found.xyz) if found.score > 0.5 else None
    return np.stack(out).astype(np.float32)


def test_talking_faces_move_portraits(data: Path) -> None:
    portraits = []
    for path in sorted(p for p in (data / "portraits").iterdir() if p.suffix in {".jpg", ".png"}):
        found = landmarks_of([np.ascontiguousarray(read_picture(path)[..., :3])])[0]
        if np.isfinite(found).all():
            portraits.append(found)
    assert portraits
    clips = sorted(p for p in (data / "faces").iterdir() if p.suffix == ".mp4")
    if not clips:
        pytest.skip("no talking faces")
    for path in clips:
        clip = clip_of(path)
        track = landmarks_of(list(decode(clip, count=FRAMES)))
        present = np.isfinite(track[:, 0, 0])
        face = FaceTrack(track, present, head_angles(track), expression_coefficients(track))
        driver = read_driver(face, float(clip.fps))
        assert driver is not None
        # How far the mouth is open by plain distances in the picture, over the height of the nose: not our measure.
        flat = track[present, :, :2]
        seen = np.linalg.norm(flat[:, 13] - flat[:, 14], axis=1) / np.linalg.norm(flat[:, 168] - flat[:, 2], axis=1)
        for portrait in portraits:
            shape = face_shape(portrait)
            fields = mode_fields(driver, shape)
            mouth = Mouth(driver.gap, CLOSE_SHARE * driver.talks)
            moved = {
                e: displace(shape, fields, driver.weights, mouth, driver.closure, driver.trust, driver.trust, e)
                for e in (0.0, 1.0, 2.0)
            }
            assert np.abs(moved[0.0][0]).max() == 0
            assert np.corrcoef(moved[1.0][1][present], seen)[0, 1] > 0.8
            length = {e: float(np.linalg.norm(m[0][:, :468], axis=2).mean()) for e, m in moved.items()}
            assert 1.8 <= length[2.0] / length[1.0] <= 2.2
            for e in (1.0, 2.0):
                pairs = np.concatenate([INNER_LIPS, LIDS.reshape(-1, 2)])
                place = portrait[:, :2] + moved[e][0]
                between = (place[:, pairs[:, 1]] - place[:, pairs[:, 0]]) @ shape.frame.down
                rest = (portrait[pairs[:, 1], :2] - portrait[pairs[:, 0], :2]) @ shape.frame.down
                assert (between > np.minimum(rest, 0) - 0.01 * shape.frame.unit).all()
            if driver.closure.max() > 0.9:
                whole = np.repeat(portrait[None], FRAMES, axis=0)[: len(present)]
                whole = whole.copy()
                whole[..., :2] += moved[1.0][0]
                eyes = expression_measures(whole)[:, 4:6].mean(axis=1)
                assert np.corrcoef(-eyes, driver.closure.mean(axis=1))[0, 1] > 0.8
        assert np.abs(driver.weights[:, :MOUTH_MODES]).max() > 0
