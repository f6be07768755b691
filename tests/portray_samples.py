"""A flat person drawn by the test itself: every pixel's part, the matte, and the place behind are known."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from components.core import MEDIAPIPE_33, PARTS, Float32, UInt8
from components.models.people import PersonLandmarks

J = {name: i for i, name in enumerate(MEDIAPIPE_33.joints)}
SKIN, SHIRT, TROUSERS, SHOES, HAIR = (214, 164, 134), (190, 40, 52), (40, 60, 130), (240, 240, 236), (60, 38, 24)
WIDTH, HEIGHT = 420, 640


@dataclass(frozen=True)
class Drawn:
    """A drawn photo and what is true of it.

    Attributes:
        rgb: (H, W, 3) uint8.
        room: (H, W, 3) uint8 the same place without the person.
        ink: (H, W, 3) float32 the person's own colour, also where it is half transparent.
        alpha: (H, W) float32 matte.
        label: (H, W) int: index of the part on top, -1 outside.
        person: landmarks as the model would give them.
    """

    rgb: UInt8
    room: UInt8
    ink: Float32
    alpha: Float32
    label: np.ndarray  # type: ignore[type-arg]
    person: PersonLandmarks


def joints(left_hand: tuple[float, float], right_hand: tuple[float, float]) -> Float32:
    """(33, 2) px of somebody who stands before the viewer, hands where asked."""
    xy = np.zeros((33, 2), np.float32)
    middle = WIDTH / 2
    for side, s in (("left", 1), ("right", -1)):
        hand = np.array(left_hand if s > 0 else right_hand, np.float32)
        shoulder = np.array([middle + s * 44, 170], np.float32)
        reach = hand - shoulder
        length = float(np.hypot(*reach))
        bend = np.sqrt(max(0.0, 88.0**2 - (length / 2) ** 2)) if length < 176 else 0.0
        out = np.array([reach[1], -reach[0]], np.float32) / max(length, 1) * s
        xy[J[f"{side}_shoulder"]] = shoulder
        xy[J[f"{side}_elbow"]] = shoulder + reach / 2 + out * bend
        wrist = shoulder + reach
        fore = (wrist - xy[J[f"{side}_elbow"]]) / 88
        xy[J[f"{side}_wrist"]] = wrist
        for name, spread in (("index", 3), ("pinky", -3), ("thumb", 6)):
            xy[J[f"{side}_{name}"]] = wrist + fore * 16 + np.array([fore[1], -fore[0]]) * spread
        for name, y, x in (("hip", 310, 24), ("knee", 430, 28), ("ankle", 545, 30), ("heel", 556, 29),
                           ("foot_index", 566, 38)):  # fmt: skip
            xy[J[f"{side}_{name}"]] = (middle + s * x, y)
        for name, x, y in (("ear", 26, 104), ("eye", 11, 96), ("eye_inner", 7, 96), ("eye_outer", 15, 96)):
            xy[J[f"{side}_{name}"]] = (middle + s * x, y)
        xy[J[f"mouth_{side}"]] = (middle + s * 9, 122)
    xy[J["nose"]] = (middle, 108)
    return xy


def room() -> UInt8:
    """A wall with a gradient and a floor, both with a little grain."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    wall = np.stack([150 + 0.04 * x, 165 + 0.03 * y, 170 - 0.02 * x], axis=-1)
    floor = np.stack([120 + 0.05 * x, 108 + 0 * x, 92 + 0 * x], axis=-1)
    place = np.where((y > 500)[..., None], floor, wall)
    return np.clip(place + np.random.default_rng(0).normal(0, 1.5, place.shape), 0, 255).astype(np.uint8)


def draw(
    left_hand: tuple[float, float] = (282.0, 335.0),
    right_hand: tuple[float, float] = (138.0, 335.0),
    place: UInt8 | None = None,
    upper: str = "right",
) -> Drawn:
    """Draw the person four times as large, shrink, and note what lies where."""
    xy = joints(left_hand, right_hand)
    zoom = 4
    label = np.full((HEIGHT * zoom, WIDTH * zoom), -1, np.int32)
    colour = np.zeros((*label.shape, 3), np.uint8)

    def stroke(part: str, rgb: tuple[int, int, int], names: list[str], width: float) -> None:
        mask = np.zeros(label.shape, np.uint8)
        points = np.round(np.array([xy[J[n]] for n in names]) * zoom + zoom / 2).astype(np.int32)
        cv2.polylines(mask, [points], False, 1, round(width * zoom))
        for p in points:
            cv2.circle(mask, tuple(p.tolist()), round(width * zoom / 2), 1, -1)
        label[mask > 0], colour[mask > 0] = PARTS.index(part), rgb

    def blob(part: str, rgb: tuple[int, int, int], points: list[tuple[float, float]]) -> None:
        mask = np.zeros(label.shape, np.uint8)
        cv2.fillPoly(mask, [np.round(np.array(points) * zoom).astype(np.int32)], 1)
        label[mask > 0], colour[mask > 0] = PARTS.index(part), rgb

    m = WIDTH / 2
    for side in ("left", "right"):
        stroke(f"{side}_leg", TROUSERS, [f"{side}_hip", f"{side}_knee"], 42)
        stroke(f"{side}_leg", TROUSERS, [f"{side}_knee", f"{side}_ankle"], 32)
        stroke(f"{side}_leg", SHOES, [f"{side}_ankle", f"{side}_heel", f"{side}_foot_index"], 20)
    blob("torso", SKIN, [(m - 14, 120), (m + 14, 120), (m + 14, 175), (m - 14, 175)])
    blob("torso", TROUSERS, [(m - 46, 290), (m + 46, 290), (m + 44, 318), (m, 336), (m - 44, 318)])
    blob("torso", SHIRT, [(m - 52, 158), (m - 18, 150), (m + 18, 150), (m + 52, 158), (m + 44, 230), (m + 46, 300),
                          (m - 46, 300), (m - 44, 230)])  # fmt: skip
    ellipse = np.zeros(label.shape, np.uint8)
    cv2.ellipse(ellipse, (round(m * zoom), 98 * zoom), (30 * zoom, 38 * zoom), 0, 0, 360, 1, -1)
    label[ellipse > 0], colour[ellipse > 0] = PARTS.index("head"), SKIN
    colour[(ellipse > 0) & (np.arange(HEIGHT * zoom)[:, None] < 82 * zoom)] = HAIR
    for side in ("right", "left") if upper == "left" else ("left", "right"):
        stroke(f"{side}_arm", SHIRT, [f"{side}_shoulder", f"{side}_elbow"], 26)
        stroke(f"{side}_arm", SKIN, [f"{side}_elbow", f"{side}_wrist"], 18)
        stroke(f"{side}_arm", SKIN, [f"{side}_wrist", f"{side}_index"], 18)
    size = (WIDTH, HEIGHT)
    alpha = cv2.resize((label >= 0).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    ink = cv2.resize(colour.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    place = room() if place is None else place
    rgb = np.clip(ink + place * (1 - alpha[..., None]), 0, 255)
    rgb = np.clip(rgb + np.random.default_rng(1).normal(0, 1.5, rgb.shape), 0, 255).astype(np.uint8)
    small = cv2.resize(label.astype(np.float32), size, interpolation=cv2.INTER_NEAREST).astype(np.int32)
    own = (ink / np.maximum(alpha, 1e-3)[..., None]).astype(np.float32)
    return Drawn(rgb, place, own, alpha, small, landmarks(xy, alpha))


def landmarks(xy: Float32, alpha: Float32) -> PersonLandmarks:
    """What a perfect finder would say: true joints, a coarse mask, no hands, no face."""
    rows, columns = np.flatnonzero(alpha.max(axis=1) > 0), np.flatnonzero(alpha.max(axis=0) > 0)
    coarse = cv2.resize(cv2.resize(alpha, (WIDTH // 4, HEIGHT // 4), interpolation=cv2.INTER_AREA), (WIDTH, HEIGHT))
    world = np.concatenate([(xy - xy[[J["left_hip"], J["right_hip"]]].mean(axis=0)) / 290, np.zeros((33, 1))], axis=1)
    return PersonLandmarks(
        box=np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32),
        score=1.0,
        xyz=np.concatenate([xy, np.zeros((33, 1), np.float32)], axis=1).astype(np.float32),
        world=world.astype(np.float32),
        visibility=np.ones(33, np.float32),
        mask=np.round(coarse * 255).astype(np.uint8),
        hands=np.full((2, 21, 3), np.nan, np.float32),
        face=None,
        head=None,
        coefficients=None,
    )


def over(parts: list[UInt8], ground: UInt8) -> UInt8:
    """Premultiplied pictures of one size over a ground, first one lowest."""
    out: Float32 = ground.astype(np.float32)
    for part in parts:
        share = part.astype(np.float32) / np.float32(255)
        out = part[..., :3].astype(np.float32) + out * (1 - share[..., 3:])
    return np.clip(np.round(out), 0, 255).astype(np.uint8)
