"""A drawn face whose expression is known, found by the real models, carried to another drawn face."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from components.core import (
    EXPRESSIONS,
    Cast,
    Choreography,
    Clip,
    Dance,
    Dancer,
    Ensemble,
    FaceMotions,
    FaceTrack,
    Performer,
    PoseTrack,
    StageContext,
    Still,
    Uri,
    load,
    save,
)
from components.express.regions import INNER_LIPS, LIDS
from components.express.retarget import LIPS
from components.express.stage import ExpressSettings, run
from components.models.face import expression_coefficients, expression_measures, head_angles

Float = npt.NDArray[np.float64]

FPS, FRAMES = 12, 36
OUT_FPS = 30
SIZE = 112


@dataclasses.dataclass(frozen=True)
class Known:
    """A talking, blinking, turning face: what was drawn and what the models found of it."""

    track: FaceTrack
    jaw: Float
    blink: Float
    yaw: Float


def drawn_faces(look: str, faces: list[dict[str, float]], yaws: Float) -> npt.NDArray[np.float32]:
    """(T, 478, 3) px of the landmarks that the face models find in close-ups of a figure."""
    from components.figure.camera import Camera
    from components.figure.render import Figure, render_frame
    from components.figure.room import ROOMS
    from components.figure.stance import stand
    from components.models.face_landmarks import FaceLandmarker, region_from_face
    from components.models.region import Region

    camera = Camera((0.0, 1.54, 1.3), SIZE * 1.25 / 0.34, (SIZE / 2, SIZE / 2))
    figure, joints, landmarker = Figure(look), stand("standing"), FaceLandmarker()
    out: list[npt.NDArray[np.float32]] = []
    region = None
    for face, yaw in zip(faces, yaws, strict=True):
        posed = figure.pose(joints, face=face, head=(float(yaw), 0.0, 0.0))
        rgb = render_frame([posed], ROOMS["plain"], camera, (SIZE, SIZE), threads=2).rgb
        region = region or landmarker.find(rgb, Region(SIZE / 2, SIZE / 2, float(SIZE), 0.0))
        assert region is not None
        found = landmarker(rgb, region)
        assert found.score > 0.5
        out.append(found.xyz)
        region = region_from_face(found.xyz)
    landmarks: npt.NDArray[np.float32] = np.stack(out)
    return landmarks


@pytest.fixture(scope="module")
def known() -> Known:
    t = np.arange(FRAMES) / FPS
    jaw = 0.45 * (1 - np.cos(2 * np.pi * 1.3 * t)) * (np.sin(2 * np.pi * 0.35 * t) > -0.3)
    blink = np.maximum.reduce([np.clip(1.3 - np.abs(t - at) / 0.15, 0, 1) for at in (0.5, 1.6, 2.6)])
    yaw = 12 * np.sin(2 * np.pi * 0.4 * t)
    faces = [
        {"jaw_open": float(j), "blink_left": float(b), "blink_right": float(b)} for j, b in zip(jaw, blink, strict=True)
    ]
    landmarks = drawn_faces("ada", faces, yaw)
    track = FaceTrack(landmarks, np.ones(FRAMES, np.bool_), head_angles(landmarks), expression_coefficients(landmarks))
    return Known(track, jaw, blink, yaw)


@pytest.fixture(scope="module")
def face() -> npt.NDArray[np.float32]:
    """The performer's: another person, turned a little, in a photo of another size."""
    found = drawn_faces("kofi", [{}], np.array([6.0]))[0]
    return np.asarray(found * 1.7 + np.array([40, 25, 0]), np.float32)


def dance_of(track: FaceTrack | None, filmed: bool = True) -> Dance:
    pose = PoseTrack(
        np.zeros((FRAMES, 33, 3), np.float32),
        None,
        np.ones((FRAMES, 33), np.float32),
        np.ones(FRAMES, np.bool_),
        None,
        Fraction(FPS),
    )
    dancer = Dancer(0, np.zeros((FRAMES, 4), np.float32), None, pose, track)
    clip = Clip(Uri("film.mp4"), SIZE, SIZE, Fraction(FPS), FRAMES, 0.0, None, "sdr", "0" * 64) if filmed else None
    return Dance(SIZE, SIZE, Fraction(FPS), FRAMES, clip, None, (dancer,), None)


def cast_of(face: npt.NDArray[np.float32] | None) -> Cast:
    still = Still(Uri("/nowhere.png"), 400, 400, "0")
    zeros = np.zeros((22, 3), np.float32)
    performer = Performer(
        0,
        np.zeros(4, np.float32),
        zeros,
        zeros[:, 0],
        np.zeros((33, 3), np.float32),
        np.full((2, 21, 3), np.nan, np.float32),
        face,
        0.0,
        (),
        np.zeros(3, np.uint8),
        np.zeros((4, 4), np.uint8),
    )
    return Cast(still, still, (performer,))


def ensemble() -> Ensemble:
    frames = FRAMES * OUT_FPS // FPS
    choreography = Choreography(
        0,
        0,
        np.zeros((frames, 22, 3), np.float32),
        np.zeros((frames, 3), np.float32),
        np.zeros(frames, np.float32),
        np.zeros((frames, 2), np.bool_),
        np.ones(frames, np.float32),
        np.ones(frames, np.bool_),
        np.full((frames, 2, 21, 2), np.nan, np.float32),
        Fraction(OUT_FPS),
    )
    return Ensemble(Fraction(OUT_FPS), frames, (choreography,))


def express(
    track: FaceTrack | None, face: npt.NDArray[np.float32] | None, folder: Path, **settings: object
) -> FaceMotions:
    folder.mkdir(parents=True, exist_ok=True)
    return run(
        dance_of(track),
        cast_of(face),
        ensemble(),
        settings=ExpressSettings.model_validate(settings),
        context=StageContext(folder),
    )


def at_output(values: Float) -> Float:
    return np.interp(np.arange(FRAMES * OUT_FPS // FPS) / OUT_FPS, np.arange(FRAMES) / FPS, values)


def correlation(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    return float(np.corrcoef(np.asarray(a), np.asarray(b))[0, 1])


def eye_opening(face: npt.NDArray[np.float32], displacement: npt.NDArray[np.float32]) -> Float:
    moved = np.repeat(face[None], len(displacement), axis=0)
    moved[..., :2] += displacement
    return np.asarray(expression_measures(moved)[:, 4:6].mean(axis=1), np.float64)


def test_expression_0_is_rigid(known: Known, face: npt.NDArray[np.float32], tmp_path: Path) -> None:
    motion = express(known.track, face, tmp_path, expression=0).motions[0]
    assert np.abs(motion.displacement).max() == 0
    assert np.abs(motion.head).max() == 0
    assert np.ptp(motion.mouth_open) == 0


def test_mouth_blink_and_head_follow_in_time(known: Known, face: npt.NDArray[np.float32], tmp_path: Path) -> None:
    motion = express(known.track, face, tmp_path).motions[0]
    assert correlation(motion.mouth_open, at_output(known.jaw)) > 0.8
    eyes = eye_opening(face, motion.displacement)
    assert correlation(-eyes, at_output(known.blink)) > 0.8
    assert eyes.min() < 0.25 * eyes.max(), "a blink closes the eye"
    assert correlation(motion.head[:, 0], at_output(known.yaw)) > 0.9
    assert abs(np.ptp(motion.head[:, 0]) - np.ptp(known.yaw)) < 0.4 * np.ptp(known.yaw)
    shifts = [correlation(motion.mouth_open[4:-4], np.roll(at_output(known.jaw), s)[4:-4]) for s in range(-4, 5)]
    assert abs(int(np.argmax(shifts)) - 4) <= 1, "within a frame"


def test_expression_2_moves_twice_as_far(known: Known, face: npt.NDArray[np.float32], tmp_path: Path) -> None:
    once, twice = (express(known.track, face, tmp_path / str(e), expression=e).motions[0] for e in (1, 2))
    length = [float(np.linalg.norm(m.displacement[:, :468], axis=2).mean()) for m in (once, twice)]
    assert 1.8 <= length[1] / length[0] <= 2.2
    lips = [float(np.linalg.norm(m.displacement[:, LIPS], axis=2).mean()) for m in (once, twice)]
    assert 1.8 <= lips[1] / lips[0] <= 2.2
    down = np.array([0.0, 1.0])
    for motion in (once, twice):
        pairs = np.concatenate([INNER_LIPS, LIDS.reshape(-1, 2)])
        moved = face[:, :2] + motion.displacement
        between = (moved[:, pairs[:, 1]] - moved[:, pairs[:, 0]]) @ down
        rest = (face[pairs[:, 1], :2] - face[pairs[:, 0], :2]) @ down
        assert (between > np.minimum(rest, 0) - 0.3).all(), "lips and lids never pass each other"


def test_skull_stays(known: Known, face: npt.NDArray[np.float32], tmp_path: Path) -> None:
    motion = express(known.track, face, tmp_path, expression=2).motions[0]
    still = [10, 338, 297, 109, 67, 127, 356, 234, 454, 162, 389, 168, 6, 197]
    size = float(np.linalg.norm(face[10] - face[152]))
    assert np.linalg.norm(motion.displacement[:, still], axis=2).max() < 0.02 * size


def test_lip_sync_off_leaves_the_mouth(known: Known, face: npt.NDArray[np.float32], tmp_path: Path) -> None:
    motion = express(known.track, face, tmp_path, lip_sync="off").motions[0]
    assert np.abs(motion.displacement[:, LIPS]).max() == 0
    assert correlation(-eye_opening(face, motion.displacement), at_output(known.blink)) > 0.8


def test_gaps(known: Known, face: npt.NDArray[np.float32], tmp_path: Path) -> None:
    present = known.track.present.copy()
    present[8:11] = False
    present[20:32] = False
    landmarks = np.where(present[:, None, None], known.track.landmarks, np.float32(np.nan))
    head = np.where(present[:, None], known.track.head, np.float32(np.nan))
    track = FaceTrack(landmarks, present, head, known.track.coefficients)
    motion = express(track, face, tmp_path).motions[0]
    assert np.isfinite(motion.displacement).all()
    assert np.isfinite(motion.head).all()
    middle = int(26 / FPS * OUT_FPS)
    assert np.abs(motion.displacement[middle]).max() < 0.05, "at rest within a long gap"
    assert np.abs(motion.head[middle]).max() < 0.5
    step = np.linalg.norm(np.diff(motion.displacement, axis=0), axis=2).max(axis=1)
    whole = express(known.track, face, tmp_path / "whole").motions[0]
    usual = np.linalg.norm(np.diff(whole.displacement, axis=0), axis=2).max()
    assert step.max() < 1.5 * usual, "no jump where the face is lost"


def test_a_face_of_a_few_pixels_is_not_believed(known: Known, face: npt.NDArray[np.float32], tmp_path: Path) -> None:
    small = dataclasses.replace(known.track, landmarks=known.track.landmarks * np.float32(0.12))
    faces = express(small, face, tmp_path)
    assert not faces.motions
    assert [n.code for n in faces.notices] == ["no_face_reference"]


def test_notices(known: Known, face: npt.NDArray[np.float32], tmp_path: Path) -> None:
    assert [n.code for n in express(known.track, None, tmp_path).notices] == ["no_face_performer"]
    assert [n.code for n in express(None, face, tmp_path).notices] == ["no_face_reference"]
    faces = express(known.track, face, tmp_path / "voice", lip_sync="voice")
    assert [n.code for n in faces.notices] == ["no_voice"]
    assert np.abs(faces.motions[0].displacement[:, LIPS]).max() == 0
    assert express(known.track, face, tmp_path, expression=0, lip_sync="off").motions == ()


def test_voice_moves_the_mouth_alone(known: Known, face: npt.NDArray[np.float32], tmp_path: Path) -> None:
    from components.core import Sound
    from components.media import write_sound
    from tests.unit.test_express_voice import loudness, sampled, speak

    seconds, rate = FRAMES / FPS, 16000
    envelope = loudness(seconds, rate)
    envelope[: rate // 2] = 0
    path = tmp_path / "voice.wav"
    write_sound(path, speak("aeaeaaee", seconds, envelope), rate)
    dance = dataclasses.replace(dance_of(None), sound=Sound(Uri(str(path)), rate, 1, 0.0, seconds))
    settings = ExpressSettings(lip_sync="voice")
    motion = run(dance, cast_of(face), ensemble(), settings=settings, context=StageContext(tmp_path)).motions[0]
    count = len(motion.mouth_open)
    assert correlation(motion.mouth_open, sampled(envelope, rate)[:count]) > 0.8
    assert motion.mouth_open[: OUT_FPS // 4].max() < 0.5
    assert np.abs(motion.displacement[:, LIDS.ravel()]).max() < 1e-3


def test_stored_and_read_again(known: Known, face: npt.NDArray[np.float32], tmp_path: Path) -> None:
    faces = express(known.track, face, tmp_path)
    save(faces, tmp_path)
    again = load(FaceMotions, tmp_path).motions[0]
    assert np.array_equal(again.displacement, faces.motions[0].displacement)
    assert again.coefficients.shape == (FRAMES * OUT_FPS // FPS, len(EXPRESSIONS))


def test_a_dance_that_was_never_filmed_is_not_blamed_for_having_no_face(
    face: npt.NDArray[np.float32], tmp_path: Path
) -> None:
    context = StageContext(tmp_path)
    faces = run(dance_of(None, filmed=False), cast_of(face), ensemble(), settings=ExpressSettings(), context=context)
    assert not faces.motions and not faces.notices
