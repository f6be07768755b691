"""Built-in choreographies and BVH files as Dances."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from components.core import Dance, StageContext, TroupeError, load, save
from components.repertoire.choreographies import catalogue, choreography_motion
from components.repertoire.stage import RepertoireSettings, run

CONTEXT = StageContext(Path("/nowhere"))


def _run(source: str, **settings: object) -> Dance:
    return run(source, settings=RepertoireSettings.model_validate(settings), context=CONTEXT)


@pytest.mark.parametrize("listing", catalogue(), ids=lambda c: c.name)
def test_one_round_in_the_frame_with_its_beat(listing, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    dance = _run(listing.name)
    assert dance.frames == round(listing.seconds * 30) and dance.fps == 30
    (dancer,) = dance.dancers
    xy = dancer.pose.xyz[..., :2]
    assert (xy > 0).all() and (xy < [dance.width, dance.height]).all()
    assert np.ptp(xy[..., 1]) > 0.3 * dance.height or np.ptp(xy[..., 0]) > 0.8 * dance.width  # it fills the frame
    assert dance.beats is not None and dance.beats.tempo == listing.tempo
    assert len(dance.beats.beats) == listing.counts
    assert len(dance.beats.downbeats) == listing.counts // 4
    save(dance, tmp_path / "dance")
    np.testing.assert_array_equal(load(Dance, tmp_path / "dance").dancers[0].pose.xyz, dancer.pose.xyz)


def test_picture_and_metric_joints_agree() -> None:
    pose = _run("salsa").dancers[0].pose
    assert pose.world is not None
    flat = pose.xyz[..., :2] - pose.xyz[:, 23:25, :2].mean(1, keepdims=True)
    world = pose.world[..., :2]
    scale = (flat * world).sum() / (world**2).sum()
    assert np.abs(flat - scale * world).max() < 0.12 * scale  # m: a mild perspective
    np.testing.assert_allclose(pose.xyz[..., 2], pose.world[..., 2] * scale, atol=0.06 * scale)
    motion = choreography_motion("salsa")
    nearer = motion.joints[:, 15, 2] - motion.joints[:, 23:25, 2].mean(1) > 0.2
    assert (pose.xyz[nearer, 15, 2] < 0).all()  # negative towards the camera


def test_part_and_repetition() -> None:
    whole, part = _run("disco"), _run("disco", start=4.0, duration=3.0)
    assert part.frames == 90
    shift = part.dancers[0].pose.world - whole.dancers[0].pose.world[120:210]  # type: ignore[operator,index]
    assert np.abs(shift).max() < 0.05 and np.abs(shift).mean() < 0.005  # the camera stands elsewhere
    assert part.beats is not None and part.beats.beats[0] < 60 / part.beats.tempo
    twice = _run("disco", duration=2.5 * float(whole.frames / 30))
    assert twice.frames == round(2.5 * whole.frames)
    assert _run("disco", duration=0).frames == whole.frames


def test_a_bvh_file(tmp_path: Path) -> None:
    from tests.unit.test_repertoire_bvh import MIXAMO, as_bvh

    path = tmp_path / "my dance.bvh"
    path.write_text(as_bvh(choreography_motion("pop", Fraction(60), 4.0).joints.astype(float), MIXAMO, 0.01, 60))
    dance = _run(str(path), fps=24)
    assert dance.frames == 96 and dance.fps == 24 and dance.beats is None and dance.clip is None
    assert dance.dancers[0].pose.present.all()


@pytest.mark.parametrize(
    ("source", "settings", "code"),
    [
        ("macarena", {}, "unknown_choreography"),
        ("nowhere/dance.bvh", {}, "file_not_found"),
        ("groove", {"duration": 3600.0}, "clip_too_long"),
    ],
)
def test_refusals(source: str, settings: dict[str, float], code: str) -> None:
    with pytest.raises(TroupeError) as refused:
        _run(source, **settings)
    assert refused.value.code == code


def test_a_start_after_the_end_of_a_file_is_refused(tmp_path: Path) -> None:
    from tests.unit.test_repertoire_bvh import MIXAMO, as_bvh

    path = tmp_path / "short.bvh"
    path.write_text(as_bvh(choreography_motion("pop", Fraction(30), 1.0).joints.astype(float), MIXAMO, 1.0, 30))
    with pytest.raises(TroupeError) as refused:
        _run(str(path), start=5.0)
    assert refused.value.code == "clip_too_short"
