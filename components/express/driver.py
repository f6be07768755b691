"""What a reference's face does: how far it is from its own neutral face, frame by frame, without the head's motion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.core import FaceTrack, release
from components.express.head_frame import align, template_of
from components.express.regions import BROWS, INNER_LIPS, LID_CORNERS, LIDS, MOUTH_CORNERS, RIGID
from components.express.timing import fill, smooth, smoothstep, trust_in_gaps

Float = npt.NDArray[np.float64]

SAMPLE = 600
"""Frames from which neutral face and shape modes are read, so that memory does not grow with the clip."""
CHUNK = 256
LANDMARKS = 468
MOUTH_MODES = 10
BROW_MODES = 5
SMALL, LARGE = 20.0, 56.0
"""px of face height below which a face is not believed, above which it is."""
LEAKS = (4.0, 0.5)
"""Mean square that head motion leaves in the mouth's and the brows' landmarks over what it leaves in the rigid ones:
the chin lies far from them, the brows among them."""


@dataclass(frozen=True)
class Driver:
    """One face of a reference over time, in outer eye distances of its head's own frame.

    Attributes:
        neutral: (468, 3) the face at rest.
        modes: (K, 468, 3) orthonormal displacements of mouth, jaw and cheeks, then of brows and forehead.
        weights: (T, K) how much of each mode.
        gap: (T,) between the inner lips over the width of the mouth at rest; 0 closed.
        width: (T,) of the mouth over its width at rest.
        closure: (T, 2) of the left, right eye: 0 at rest, 1 closed, below 0 wide open.
        head: (T, 3) degrees yaw, pitch, roll.
        trust: (T,) 0..1: how far the frame is believed.
        coefficients: (T, len(EXPRESSIONS)).
        talks: 0..1: how much the mouth opens in this clip at all.
    """

    neutral: Float
    modes: Float
    weights: Float
    gap: Float
    width: Float
    closure: Float
    head: Float
    trust: Float
    coefficients: Float
    talks: float


def usable_frames(face: FaceTrack) -> npt.NDArray[np.bool_]:
    """(T,) the face is there and all landmarks that are needed are numbers."""
    finite = np.empty(len(face.landmarks), np.bool_)
    for first in range(0, len(finite), CHUNK):
        part = slice(first, first + CHUNK)
        finite[part] = np.isfinite(face.landmarks[part, :LANDMARKS]).all(axis=(1, 2))
        release(face.landmarks)
    return np.asarray(face.present & finite)


def _heights(face: FaceTrack, known: npt.NDArray[np.bool_]) -> Float:
    """(T,) px from the forehead's top to the chin, 0 where the face is not known."""
    height = np.zeros(len(known))
    at = np.flatnonzero(known)
    for first in range(0, len(at), CHUNK):
        frames = at[first : first + CHUNK]
        top, chin = (np.asarray(face.landmarks[frames, i], dtype=np.float64) for i in (10, 152))
        height[frames] = np.linalg.norm(top - chin, axis=1)
        release(face.landmarks)
    return height


def read_driver(face: FaceTrack, fps: float) -> Driver | None:
    """Read a face track.

    Args:
        face: of the reference.
        fps: its frames a second.

    Returns:
        None where no frame shows a face that is large enough to be believed.
    """
    known = usable_frames(face)
    height = _heights(face, known)
    known &= height > SMALL
    at = np.flatnonzero(known)
    if len(at) < 2:
        return None
    sample = _clearest(at, height[at], np.nan_to_num(np.asarray(face.head[at], dtype=np.float64)))
    raw = np.asarray(face.landmarks[sample, :LANDMARKS], dtype=np.float64)
    template = template_of(raw)
    shapes = align(raw, template)
    neutral = neutral_face(shapes)
    mouth, brow = region_weights(neutral)
    modes = np.concatenate(
        [
            _modes((shapes - neutral) * mouth[:, None], MOUTH_MODES),
            _modes((shapes - neutral) * brow[:, None], BROW_MODES),
        ]
    )

    count = len(known)
    regions = np.repeat(np.stack([mouth, brow]), [MOUTH_MODES, BROW_MODES], axis=0)[:, :, None]
    weights = np.zeros((count, len(modes)))
    measures = np.zeros((count, 4))
    rigid = np.zeros((count, len(RIGID), 2))
    flat = (modes * regions).reshape(len(modes), -1)
    for first in range(0, len(at), CHUNK):
        frames = at[first : first + CHUNK]
        aligned = align(np.asarray(face.landmarks[frames, :LANDMARKS], dtype=np.float64), template)
        weights[frames] = (aligned - neutral).reshape(len(frames), -1) @ flat.T
        measures[frames] = np.column_stack([mouth_gap(aligned), mouth_width(aligned), eye_opening(aligned)])
        rigid[frames] = aligned[:, RIGID, :2]
        release(face.landmarks)

    angles = np.nan_to_num(np.asarray(face.head, dtype=np.float64))
    angles[known] = np.degrees(np.unwrap(np.radians(angles[known]), axis=0))
    head = fill(angles, known)
    clear = (np.abs(angles[:, :2]) < 60).all(axis=1) & known
    weights = _without_pose(weights, head, clear)
    measures = _without_pose(measures, head, clear)
    noise = _noise(rigid, known)
    rigid = _without_pose(rigid.reshape(count, -1), head, clear).reshape(rigid.shape)
    sigma = fps * (0.02 + 0.06 * float(smoothstep(noise, 0.006, 0.03)))
    weights, measures = smooth(fill(weights, known), sigma), smooth(fill(measures, known), sigma)
    misfit = np.sqrt(((rigid - np.median(rigid[known], axis=0)) ** 2).sum(axis=2).mean(axis=1))
    residual = float(np.sqrt((misfit[known] ** 2).mean()))
    _temper(weights, known, noise, sigma, residual, (float(mouth.sum()), float(brow.sum())))

    rest_width = float(mouth_width(neutral[None])[0])
    gap = measures[:, 0] / rest_width
    # The mesh leaves a thin slit between lips that touch: what the most closed frames show is taken for closed.
    unsure = min(1.5 * residual / rest_width, 0.12)
    gap = np.maximum(gap - min(float(np.quantile(gap[known], 0.04)), 0.08) - unsure, 0.0)
    # Lips that never part further than the measurement shakes are closed lips.
    gap *= float(smoothstep(np.quantile(gap[known], 0.98), 2 * unsure, 5 * unsure))
    size = smoothstep(fill(height, known), SMALL, LARGE)
    turned = 1 - smoothstep(np.abs(head[:, 0]), 38.0, 62.0)
    # A face that a hand or a shoulder hides bends where bone cannot.
    usual = float(np.median(misfit[known]))
    whole = 1 - smoothstep(fill(misfit, known), 1.5 * usual + 0.01, 2.5 * usual + 0.02)
    trust = trust_in_gaps(known, fps) * smooth(size * turned * whole, 0.1 * fps)
    return Driver(
        neutral=neutral,
        modes=modes,
        weights=weights,
        gap=gap,
        width=measures[:, 1] / rest_width,
        closure=_closure(measures[:, 2:], known, head[:, 0], residual),
        head=smooth(head, 0.05 * fps),
        trust=trust,
        coefficients=smooth(fill(np.nan_to_num(np.asarray(face.coefficients, dtype=np.float64)), known), sigma),
        talks=float(smoothstep(np.quantile(gap[known], 0.9) - np.quantile(gap[known], 0.1), 0.06, 0.25)),
    )


def mouth_gap(shapes: Float) -> Float:
    """(T,) mean opening between the inner lips' middle five pairs."""
    pairs = INNER_LIPS[2:7]
    return np.asarray((shapes[:, pairs[:, 1], 1] - shapes[:, pairs[:, 0], 1]).mean(axis=1))


def mouth_width(shapes: Float) -> Float:
    """(T,) from corner to corner."""
    return np.asarray(np.linalg.norm(shapes[:, MOUTH_CORNERS[1]] - shapes[:, MOUTH_CORNERS[0]], axis=1))


def eye_opening(shapes: Float) -> Float:
    """(T, 2) height of the left, right eye over its width."""
    height = (shapes[:, LIDS[:, 1:6, 1], 1] - shapes[:, LIDS[:, 1:6, 0], 1]).mean(axis=2)
    width = np.linalg.norm(shapes[:, LID_CORNERS[:, 0]] - shapes[:, LID_CORNERS[:, 1]], axis=2)
    return np.asarray(height / np.maximum(width, 1e-6))


def neutral_face(shapes: Float) -> Float:
    """The face at rest: the median of frames with the mouth closed and not smiling, eyes open and brows at ease.

    Args:
        shapes: (T, L, 3) aligned faces.
    """
    gap, width, eyes = mouth_gap(shapes), mouth_width(shapes), eye_opening(shapes).mean(axis=1)
    brows = shapes[:, BROWS.ravel(), 1].mean(axis=1)
    closed = gap <= np.quantile(gap, 0.3)
    rest = closed & (eyes >= 0.8 * np.quantile(eyes, 0.7))
    rest = rest if rest.sum() >= 3 else closed
    calm = (
        rest
        & (width <= np.quantile(width[rest], 0.6))
        & (np.abs(brows - np.median(brows)) <= np.quantile(np.abs(brows - np.median(brows)), 0.7))
    )
    return np.asarray(np.median(shapes[calm if calm.sum() >= 3 else rest], axis=0))


def region_weights(face: Float) -> tuple[Float, Float]:
    """How far each landmark belongs to the mouth (with jaw and cheeks) and to the brows (with the forehead).

    Args:
        face: (L, 3) a face at rest in its head's own frame.

    Returns:
        (L,), (L,) 0..1, smooth over the face, 0 at the eyes, at the hairline and before the ears.
    """
    x, y = face[:, 0], face[:, 1]
    mouth_line = float(face[[61, 291], 1].mean())
    mouth = smoothstep(y, 0.22 * mouth_line, 0.62 * mouth_line)
    # The oval before the ears lies over bone; the jaw below it moves.
    mouth = mouth * (1 - smoothstep(np.abs(x), 0.55, 0.8) * (1 - smoothstep(y, mouth_line, 1.35 * mouth_line)))
    lid = float(face[[159, 386], 1].mean())
    low = float(face[[52, 282], 1].mean())
    top = float(face[[10], 1].mean())
    brow = smoothstep(-y, -(0.6 * lid + 0.4 * low), -low)
    brow = brow * (1 - smoothstep(-y, -(0.5 * low + 0.5 * top), -(0.08 * low + 0.92 * top)))
    brow = brow * (1 - smoothstep(np.abs(x), 0.58, 0.75))
    return mouth, brow


def _clearest(at: npt.NDArray[np.intp], height: Float, head: Float) -> npt.NDArray[np.intp]:
    """Frames to learn a face from: at most SAMPLE, of those where it is large and seen from the front if there are."""
    clear = (height > 0.6 * np.quantile(height, 0.9)) & (np.abs(head[:, 0]) < 25) & (np.abs(head[:, 1]) < 25)
    chosen = at[clear] if clear.sum() >= 12 else at
    return np.asarray(chosen[np.unique(np.linspace(0, len(chosen) - 1, min(SAMPLE, len(chosen))).round().astype(int))])


def _modes(displacement: Float, count: int) -> Float:
    """(count, L, 3) the main directions of displacement, not centred: rest stays rest."""
    flat = displacement.reshape(len(displacement), -1)
    values, vectors = np.linalg.eigh(flat @ flat.T)
    order = np.argsort(values)[::-1][:count]
    order = order[values[order] > 1e-9]
    modes = (vectors[:, order] / np.sqrt(values[order])).T @ flat
    padded = np.zeros((count, flat.shape[1]))
    padded[: len(modes)] = modes
    return padded.reshape(count, *displacement.shape[1:])


def _noise(rigid: Float, known: npt.NDArray[np.bool_]) -> float:
    """Frame-to-frame jitter of landmarks over bone, per coordinate (second difference of white noise: sqrt 6)."""
    steady = known[2:] & known[1:-1] & known[:-2]
    if not steady.any():
        return 0.0
    second = (rigid[2:] - 2 * rigid[1:-1] + rigid[:-2])[steady]
    return float(np.median(np.abs(second)) / 0.6745 / np.sqrt(6))


def _without_pose(values: Float, head: Float, known: npt.NDArray[np.bool_]) -> Float:
    """Take out what follows the head's yaw and pitch: the mesh changes its shape a little as a head turns.

    Ridge regression on both angles to the second power; a head that hardly turns explains nothing.

    Args:
        values: (T, K).
        head: (T, 3) degrees.
        known: (T,) frames to learn from.
    """
    if known.sum() < 30:
        return values
    yaw, pitch = np.clip(head[:, 0], -60, 60) / 20, np.clip(head[:, 1], -60, 60) / 20
    features = np.stack([yaw, pitch, yaw**2, pitch**2, yaw * pitch], axis=1)
    middle = features[known].mean(axis=0)
    centred = features[known] - middle
    count = len(centred)
    gram = centred.T @ centred + 0.05 * count * np.eye(features.shape[1])
    slope = np.linalg.solve(gram, centred.T @ (values[known] - values[known].mean(axis=0)))
    front = np.median(features[known], axis=0)
    return np.asarray(values - (features - front) @ slope)


def _temper(
    weights: Float,
    known: npt.NDArray[np.bool_],
    noise: float,
    sigma: float,
    residual: float,
    areas: tuple[float, float],
) -> None:
    """Take out of each mode what jitter would put there (Wiener gain), and of the brows what head motion leaks."""
    jitter = 2.0 * noise**2 / max(2 * np.sqrt(np.pi) * sigma, 1.0)
    power = (weights[known] ** 2).mean(axis=0)
    gain = np.clip(1 - jitter / np.maximum(power, 1e-12), 0.0, 1.0)
    parts = slice(0, MOUTH_MODES), slice(MOUTH_MODES, MOUTH_MODES + BROW_MODES)
    for part, area, leak in zip(parts, areas, LEAKS, strict=True):
        moved = float(power[part].sum()) / max(area, 1.0)
        gain[part] *= np.clip(1 - leak * residual**2 / max(moved, 1e-12), 0.0, 1.0)
    weights *= gain


def _closure(opening: Float, known: npt.NDArray[np.bool_], yaw: Float, residual: float) -> Float:
    """(T, 2) how far each eye is closed, from its opening relative to its own opening at rest."""
    rest = np.quantile(opening[known], 0.65, axis=0)
    ratio = opening / np.maximum(rest, 1e-6)
    # How small the opening of a closed eye reads differs between people and models; a clip with a blink tells.
    shut = np.clip(np.quantile(ratio[known], 0.004, axis=0), 0.2, 0.6)
    closure = (1 - ratio) / (1 - shut)
    dead = 0.05 + min(6 * residual, 0.3)
    closure = np.sign(closure) * np.maximum(np.abs(closure) - dead, 0.0) / (1 - dead)
    # A wink is worth believing on a clear face alone.
    alike = float(smoothstep(residual, 0.012, 0.025))
    closure = (1 - alike) * closure + alike * closure.mean(axis=1, keepdims=True)
    # Of a turned head the far eye is guessed by the model: the near one speaks for both.
    left_far, right_far = smoothstep(yaw, 15.0, 32.0), smoothstep(-yaw, 15.0, 32.0)
    left = closure[:, 0] * (1 - left_far) + closure[:, 1] * left_far
    right = closure[:, 1] * (1 - right_far) + closure[:, 0] * right_far
    return np.asarray(np.clip(np.stack([left, right], axis=1), -0.35, 1.0))
