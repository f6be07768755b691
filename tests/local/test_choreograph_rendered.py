"""A drawn dancer, perceived from its pictures and laid onto a photo of itself: the truth is where it was drawn."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from components.choreograph.stage import ChoreographSettings, run
from components.core import RIG, Ensemble, StageContext
from components.figure.scene import draw_clip
from components.figure.truth import Truth
from components.ingest.clip import ClipSettings
from components.ingest.clip import run as ingest
from components.perceive.stage import PerceiveSettings
from components.perceive.stage import run as perceive
from components.repertoire.choreographies import choreography_motion
from tests.dance_samples import COMPARED, cast_of

FPS = 20
SECONDS = 4.5


@pytest.fixture(scope="module")
def danced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Truth, Ensemble]:
    """A drawn dancer, and what their own photo at a sixth of it is made to dance."""
    folder = tmp_path_factory.mktemp("rendered")
    motion = choreography_motion("groove", Fraction(50), SECONDS)
    truth = draw_clip(folder / "dance.mp4", "kofi", motion, size=(270, 480), fps=FPS)
    context = StageContext(folder, workers=1)
    dance = perceive(ingest(str(folder / "dance.mp4"), settings=ClipSettings(), context=context),
                     settings=PerceiveSettings(), context=context)  # fmt: skip
    photo = dance.dancers[0].pose.xyz[dance.frames // 6]
    ensemble = run(
        dance, cast_of(photo, width=270, height=480), settings=ChoreographSettings(fps=Fraction(FPS)), context=context
    )
    return truth, ensemble


def test_it_dances_as_it_was_drawn(danced: tuple[Truth, Ensemble]) -> None:
    truth, ensemble = danced
    (choreography,) = ensemble.choreographies
    drawn = RIG.convert(truth.joints2d[0])
    spine = np.linalg.norm(drawn[:, RIG.index("chest")] - drawn[:, RIG.index("pelvis")], axis=1)
    apart = np.linalg.norm(choreography.joints[:, COMPARED, :2] - drawn[:, COMPARED], axis=-1) / np.percentile(
        spine, 80
    )
    way = [np.linalg.norm(np.diff(j[::5][:, COMPARED][:, [5, 6, 11, 12], :2], axis=0), axis=-1).sum()
           for j in (choreography.joints, drawn)]  # fmt: skip
    print(f"rendered: median {np.median(apart):.3f}, 90th {np.percentile(apart, 90):.3f}, path {way[0] / way[1]:.2f}")
    assert np.median(apart) < 0.1
    assert 0.7 < way[0] / way[1] < 1.2


def test_its_feet_stand_when_they_stood(danced: tuple[Truth, Ensemble]) -> None:
    truth, ensemble = danced
    planted = ensemble.choreographies[0].contacts
    sole = truth.joints3d[0][:, [[29, 31], [30, 32]]].astype(float)
    speed = np.linalg.norm(np.gradient(sole, 1 / FPS, axis=0), axis=-1)
    low = sole[..., 1] < np.percentile(sole[..., 1], 2) + 0.05
    stood = ((speed < 0.2) & low).any(-1)
    edge = np.zeros_like(stood)
    change = stood[1:] != stood[:-1]
    edge[1:] |= change
    edge[:-1] |= change
    hit = (planted & stood & ~edge).sum()
    precision, recall = hit / (planted & ~edge).sum(), hit / (stood & ~edge).sum()
    print(f"contacts of the rendered dancer: precision {precision:.3f}, recall {recall:.3f}")
    assert precision > 0.9
    assert recall > 0.9


def test_soles_do_not_drift_while_they_stand(danced: tuple[Truth, Ensemble]) -> None:
    truth, ensemble = danced
    joints = ensemble.choreographies[0].joints
    tall = float(np.median(np.ptp(truth.joints2d[0][..., 1], axis=1)))
    drifts = []
    for foot, side in enumerate(("left", "right")):
        sole = joints[:, [RIG.index(f"{side}_heel"), RIG.index(f"{side}_toe")], :2]
        edges = np.flatnonzero(np.diff(np.concatenate([[0], truth.contacts[0, :, foot], [0]])))
        for a, b in edges.reshape(-1, 2):
            if b - a >= 10:
                inner = sole[a + 2 : b - 2]
                drifts.append(np.linalg.norm(inner[-1] - inner[0], axis=-1).min() / tall / ((len(inner) - 1) / FPS))
    print(f"drift of standing soles: median {np.median(drifts):.4f} body heights a second, {len(drifts)} stands")
    assert len(drifts) >= 3
    assert np.median(drifts) < 0.01
