"""Another person's dance on the limbs of the one who was learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.animate.deepdance.person import Person, poses_of
from components.animate.deepdance.window import Window
from components.choreograph.proportions import BONES, performer_bones
from components.choreograph.stage import ChoreographSettings, run
from components.core import RIG, StageContext, TroupeError, silent
from tests.dance_samples import built_in, cast_of, dance_of

SHORT_ARMS = {"shoulder": 0.6, "elbow": 0.6}
"""Share of the usual length of bones that begin at a joint."""
ARMS = [i for i, (a, _) in enumerate(BONES) if RIG.joints[a].rpartition("_")[2] in SHORT_ARMS]


def body(lengths: np.ndarray) -> str:
    return ",".join(f"{RIG.joints[a]}>{RIG.joints[b]}={v:.5f}" for (a, b), v in zip(BONES, lengths, strict=True))


def test_limbs_are_those_of_the_learned_person(tmp_path: Path) -> None:
    _, pose = built_in("groove", 3.0)
    dance, cast = dance_of(pose), cast_of(pose.xyz[10])
    context = StageContext(tmp_path, silent, 1)
    lengths = performer_bones(cast.performers[0]) / 900.0
    lengths[ARMS] *= 0.6
    own = run(dance, cast, settings=ChoreographSettings(), context=context).choreographies[0]
    other = run(dance, cast, settings=ChoreographSettings(body=body(lengths)), context=context).choreographies[0]

    def longest(joints: np.ndarray, a: str, b: str) -> float:
        apart = np.linalg.norm(joints[:, RIG.index(a), :2] - joints[:, RIG.index(b), :2], axis=1)
        return float(np.percentile(apart, 91))

    for side in ("left", "right"):
        for a, b, share in (("shoulder", "elbow", 0.6), ("elbow", "wrist", 0.6), ("knee", "ankle", 1.0)):
            ends = f"{side}_{a}", f"{side}_{b}"
            assert longest(other.joints, *ends) / longest(own.joints, *ends) == pytest.approx(share, abs=0.06)
    limbs = tuple(
        lengths[BONES.index((RIG.index(f"{s}_{a}"), RIG.index(f"{s}_{b}")))]
        for s in ("left", "right")
        for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
    )
    person = Person(None, Window(-0.5, -0.5, 1.0), 32, 1, True, 0.0, limbs)  # type: ignore[arg-type]
    heights = person.heights(other)
    assert np.median(heights) == pytest.approx(900.0, rel=0.12), "px of one height"
    assert np.abs(poses_of(other, heights)).max() < 1.0


@pytest.mark.parametrize("text", ["pelvis>chest=1", "nonsense", "pelvis>chest=x"])
def test_a_body_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    _, pose = built_in("groove", 1.0)
    settings = ChoreographSettings(body=text)
    with pytest.raises(TroupeError, match="bones") as refusal:
        run(dance_of(pose), cast_of(pose.xyz[5]), settings=settings, context=StageContext(tmp_path, silent, 1))
    assert refusal.value.code == "invalid_setting"
