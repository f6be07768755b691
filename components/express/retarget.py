"""Carries a driver's face to a performer's: the same expression in the performer's own proportions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.express.driver import LANDMARKS, MOUTH_MODES, Driver
from components.express.face_shape import FaceShape
from components.express.regions import INNER_LIPS, LIDS, LIP_CORNERS, MIDDLE_LIPS, OUTER_LIPS

Float = npt.NDArray[np.float64]

REST_WIDTH = 0.62
"""Largest width of a mouth at rest in outer eye distances: a photo that smiles wider is not scaled up by its smile."""
WIDEST = 1.0
"""Opening of the mouth over its width at which opening further slows down, and never passes 1.25 times this."""
BROADEST = 0.92
"""Width of the mouth in outer eye distances at which a smile stops widening it."""
CLOSE_SHARE = 0.5
"""Part of the photo's own open mouth that a talking reference closes at intensity 1 (all of it at 2)."""


@dataclass(frozen=True)
class Mouth:
    """What the mouth is asked to do at intensity 1, per frame.

    Attributes:
        gap: (T,) opening over the width of the mouth at rest, 0 closed.
        close: 0..1 part of the photo's own opening that is taken away.
        width: (T,) change of width over the width at rest, or None where the modes carry it.
    """

    gap: Float
    close: float
    width: Float | None = None


def soft_limit(value: Float, knee: float, top: float) -> Float:
    """`value` up to the knee, then ever slower towards `top`."""
    over = np.maximum(value - knee, 0.0) / (top - knee)
    return np.asarray(np.minimum(value, knee) + (top - knee) * over / (1 + over))


def mode_fields(driver: Driver, shape: FaceShape) -> Float:
    """(K, 468, 2) px of the photo: the driver's modes of expression on the performer.

    What the mouth does is scaled by the width of the mouths, what the brows do by the distance of the eyes.
    """
    rest_width = float(np.linalg.norm(driver.neutral[291] - driver.neutral[61]))
    scale = np.clip(min(shape.width, REST_WIDTH) / max(rest_width, 1e-6), 0.6, 1.6)
    fields = driver.modes.copy()
    fields[:MOUTH_MODES] *= shape.mouth[:, None] * scale
    fields[MOUTH_MODES:] *= shape.brow[:, None]
    # Depth is the least sure of a mesh's coordinates.
    fields[..., 2] *= 0.5
    return shape.frame.to_picture(fields)


def displace(
    shape: FaceShape,
    fields: Float | None,
    weights: Float,
    mouth: Mouth | None,
    closure: Float,
    trust: Float,
    mouth_trust: Float,
    expression: float,
) -> tuple[Float, Float]:
    """How far each landmark moves.

    Args:
        shape: the performer's face.
        fields: (K, 468, 2) px of the photo, or None.
        weights: (T, K) of the fields.
        mouth: None: the mouth stays as in the photo.
        closure: (T, 2) of the left, right eye.
        trust: (T,) 0..1 in fields and closure.
        mouth_trust: (T,) 0..1 in the mouth.
        expression: 0..2. What is asked for grows in proportion; lids and lips that meet, and a mouth that is wide
            open, stop it.

    Returns:
        (T, 478, 2) px of the photo, and (T,) px between the inner lips.
    """
    frames = len(trust)
    amount = trust * expression
    out = np.zeros((frames, 478, 2))
    if fields is not None:
        out[:, :LANDMARKS] += np.einsum("tk,klc->tlc", weights * amount[:, None], fields)
    unit = shape.frame.unit
    down = shape.frame.down
    foreshortening = max(float(np.linalg.norm(shape.frame.axes[1, :2])), 0.3)
    if mouth is not None:
        _open(out, shape, mouth, mouth_trust, expression, down, unit * foreshortening)
    closing = np.clip(closure * amount[:, None], -0.35, 1.0)
    for eye in (0, 1):
        out += closing[:, eye, None, None] * np.nan_to_num(shape.lids[eye])
    _keep_order(out, shape, down)
    inner = INNER_LIPS[2:7]
    moved = shape.picture + out
    between = ((moved[:, inner[:, 1]] - moved[:, inner[:, 0]]) @ down).mean(axis=1)
    return out, np.maximum(between, 0.0)


def _open(
    out: Float, shape: FaceShape, mouth: Mouth, trust: Float, expression: float, down: Float, pixels: float
) -> None:
    """Correct the mouth so that its opening and width are what is asked for, in the performer's own proportions."""
    width = min(shape.width, REST_WIDTH)
    amount = trust * expression
    asked = shape.gap + amount * mouth.gap * width - trust * min(mouth.close * expression, 1.0) * shape.gap
    asked = soft_limit(np.maximum(asked, 0.0), WIDEST * width, 1.25 * WIDEST * width)
    asked = np.where(amount > 0, asked, shape.gap)
    inner = INNER_LIPS[2:7]
    now = shape.gap * pixels + ((out[:, inner[:, 1]] - out[:, inner[:, 0]]) @ down).mean(axis=1)
    field = shape.frame.to_picture(shape.open_field)
    per_opening = float(((field[inner[:, 1]] - field[inner[:, 0]]) @ down).mean())
    need = np.where(amount > 0, (asked * pixels - now) / per_opening, 0.0)
    out[:, :LANDMARKS] += need[:, None, None] * field
    if mouth.width is not None:
        wider = shape.frame.to_picture(shape.width_field)
        out[:, :LANDMARKS] += (amount * mouth.width * width)[:, None, None] * wider
    across = shape.frame.axes[0, :2] / max(float(np.linalg.norm(shape.frame.axes[0, :2])), 1e-6)
    broad = shape.width * shape.frame.unit
    span = broad + (out[:, 291] - out[:, 61]) @ across
    excess = np.maximum(span - max(BROADEST * shape.frame.unit, 1.02 * broad), 0.0)
    lack = np.maximum(0.6 * broad - span, 0.0)
    wider = shape.frame.to_picture(shape.width_field) / shape.frame.unit
    per_width = max(float((wider[291] - wider[61]) @ across), 1e-6)
    out[:, :LANDMARKS] += ((lack - excess) / per_width)[:, None, None] * wider


def _keep_order(out: Float, shape: FaceShape, down: Float) -> None:
    """Lips and lids that would pass each other meet half way instead."""
    pairs = np.concatenate([INNER_LIPS, LIDS.reshape(-1, 2)])
    rest = (shape.picture[pairs[:, 1]] - shape.picture[pairs[:, 0]]) @ down
    between = rest + (out[:, pairs[:, 1]] - out[:, pairs[:, 0]]) @ down
    # What already overlaps in the photo by a hair is the mesh's own error and stays.
    overlap = np.minimum(between - np.minimum(rest, 0.0), 0.0)
    shift = 0.5 * overlap[:, :, None] * down
    lips = len(INNER_LIPS)
    for column, (upper, lower) in enumerate(pairs):
        out[:, upper] += shift[:, column]
        out[:, lower] -= shift[:, column]
        if column < lips:
            for others in (MIDDLE_LIPS[[column, column + lips]], OUTER_LIPS[[column]]):
                out[:, others[:, 0]] += shift[:, None, column]
                out[:, others[:, 1]] -= shift[:, None, column]


LIPS = np.concatenate([INNER_LIPS.ravel(), OUTER_LIPS.ravel(), MIDDLE_LIPS.ravel(), LIP_CORNERS])
"""All landmarks of the lips."""
