"""What a photo shows of a person: who can be cut out at all, and what is missing, said as warnings."""

from __future__ import annotations

import numpy as np

from components.core import PARTS, Bool, Float32, Notice, TroupeError, UInt8
from components.models.people import PersonLandmarks
from components.portray.anatomy import SIDES, Anatomy, J

HIDDEN_LIMB = 0.4
"""A limb of which a smaller share is seen counts as hidden."""
BACK = 110.0
"""Degrees of yaw past which a person is seen from behind."""
ENDS = {"head": "nose", "left arm": "left_wrist", "right arm": "right_wrist", "left leg": "left_ankle",
        "right leg": "right_ankle"}  # fmt: skip
"""The joint past which a limb is cut off when it lies outside the photo."""


def choose(people: list[PersonLandmarks], foreign: list[Bool], min_height: int) -> list[int]:
    """Indices of the people who can be cut out.

    Args:
        people: everybody who was found.
        foreign: for each (H, W) bool: where somebody else is seen.
        min_height: px a person must be tall.

    Raises:
        TroupeError: no_person_found, only_a_face, person_too_small.
    """
    if not people:
        raise TroupeError("no_person_found", "No person was found in the photo; use one that shows a whole person.")
    whole = [i for i, person in enumerate(people) if shows_body(person, foreign[i])]
    if not whole:
        raise TroupeError(
            "only_a_face",
            "The photo shows no body from head to at least a knee; use one that shows the person from head to foot.",
            people=len(people),
        )
    tall = [i for i in whole if people[i].box[3] - people[i].box[1] >= min_height]
    if not tall:
        most = max(int(people[i].box[3] - people[i].box[1]) for i in whole)
        raise TroupeError(
            "person_too_small",
            f"The person in the photo is {most} pixels tall, but {min_height} are needed; use a larger photo.",
            height=most,
            needed=min_height,
        )
    return tall


def shows_body(person: PersonLandmarks, foreign: Bool) -> bool:
    """The photo shows the hips and a leg to at least the knee, and nobody stands before it.

    Knees that point at the viewer above a picture's lower edge (somebody sits, the picture ends) are not legs: what is
    seen below the hips must be most of a torso long.
    """
    height, width = person.mask.shape
    shoulders, hips = (
        (person.xyz[J[f"left_{j}"], :2] + person.xyz[J[f"right_{j}"], :2]) / 2 for j in ("shoulder", "hip")
    )
    least = 0.6 * float(np.hypot(*(shoulders - hips)))
    for side in SIDES:
        hip, knee = person.xyz[J[f"{side}_hip"], :2], person.xyz[J[f"{side}_knee"], :2]
        if not (_inside(hip, width, height) and _inside(knee, width, height)):
            continue
        if person.visibility[J[f"{side}_hip"]] < 0.5:
            continue
        ankle = person.xyz[J[f"{side}_ankle"], :2]
        if person.visibility[J[f"{side}_knee"]] < 0.5 and _inside(ankle, width, height):
            continue  # the leg is in the picture, but something stands before it
        ends = [knee, ankle] if _inside(ankle, width, height) else [knee]
        if max(float(np.hypot(*(end - hip))) for end in ends) < least:
            continue
        x, y = np.round(np.linspace(hip, knee, 24)).astype(int).T
        shown = (person.mask[y.clip(0, height - 1), x.clip(0, width - 1)] > 127) & ~foreign[
            y.clip(0, height - 1), x.clip(0, width - 1)
        ]
        if shown.mean() > 0.75:
            return True
    return False


def _inside(point: Float32, width: int, height: int) -> bool:
    return bool(0 <= point[0] < width and 0 <= point[1] < height)


def in_photo(body: Anatomy, joint: str, size: tuple[int, int]) -> bool:
    """The joint lies within the photo of this width and height."""
    return _inside(body.xy[J[joint]], *size)


def arms_crossed(body: Anatomy) -> bool:
    """Both wrists lie over the torso beyond its middle, or the forearms cross before it."""
    if min(body.visibility[J[f"{side}_wrist"]] for side in SIDES) < 0.3:
        return False
    spine = body.pelvis - body.chest
    length = float(np.hypot(*spine))
    if length < 0.3 * body.torso:
        return False
    down = spine / length
    across = body.at("left_shoulder") - body.at("right_shoulder")
    across = across - down * float(across @ down)
    width = float(np.hypot(*across))
    if width < 0.25 * body.torso:
        return False
    across = across / width
    places = []
    for side in SIDES:
        wrist = body.at(f"{side}_wrist") - body.chest
        places.append((float(wrist @ across), float(wrist @ down) / length))
    (left, left_down), (right, right_down) = places
    low = all(0.0 < d < 1.1 for d in (left_down, right_down))
    return low and left < -0.02 * body.torso and right > 0.02 * body.torso


def notices(
    body: Anatomy, yaw: float, size: tuple[int, int], shown: dict[str, float], hidden_hands: list[str], has_face: bool
) -> tuple[Notice, ...]:
    """Warnings for one person.

    Args:
        body: proportions.
        yaw: degrees, as Performer.facing.
        size: width, height of the photo.
        shown: share of each limb that is seen, by part name.
        hidden_hands: sides whose hand is not seen.
        has_face: a face was found.
    """
    found = []
    back = abs(yaw) > BACK and not has_face
    if back:
        found.append(Notice("back_view", "This person is seen from behind; the face cannot be animated.", {}))
    cropped = [limb for limb, joint in ENDS.items() if not _inside(body.xy[J[joint]], *size)]
    if cropped:
        found.append(
            Notice(
                "cropped_limb",
                f"The photo cuts off: {', '.join(cropped)}; a whole figure dances better.",
                {"limbs": cropped},
            )
        )
    hidden = [p for p, share in shown.items() if share < HIDDEN_LIMB and p.replace("_", " ") not in cropped]
    if hidden:
        names = ", ".join(p.replace("_", " ") for p in hidden)
        found.append(Notice("hidden_limb", f"Mostly hidden in the photo and completed: {names}.", {"limbs": hidden}))
    hands = [s for s in hidden_hands if f"{s} arm" not in cropped]
    if hands:
        found.append(
            Notice("hidden_hand", f"Hidden in the photo and completed: {' and '.join(hands)} hand.", {"hands": hands})
        )
    if arms_crossed(body):
        found.append(Notice("crossed_arms", "The arms cross the body; the cloth behind them was completed.", {}))
    return tuple(found)


def hands_seen(hands: list[Bool | None], shares: Float32) -> list[bool]:
    """Whether the photo shows each hand: where hands are clasped, one arm gets all the skin and the other ends bare.

    Args:
        hands: masks (H, W) of the left and the right hand, None where none was found.
        shares: (len(PARTS), H, W) of each part.
    """
    arms = [shares[PARTS.index(f"{side}_arm")] for side in SIDES]
    return [hand is not None and bool(arm[hand].mean() > 0.3) for hand, arm in zip(hands, arms, strict=True)]


def hand_hidden(alpha: UInt8 | Float32, arm: Float32, body: Anatomy, side: str, origin: Float32, seen: bool) -> bool:
    """No hand landmarks, and where the hand should be little of the arm is seen.

    Args:
        alpha: (H, W) float32 matte of the crop.
        arm: (H, W) float32 share of the arm.
        body: proportions.
        side: "left" or "right".
        origin: photo px of the crop's first pixel.
        seen: hand landmarks were found on the person.
    """
    if seen:
        return False
    from components.portray.anatomy import capsule

    wrist, hand = body.arm_chain(side)[2:]
    spot = capsule(np.stack([hand, wrist + (hand - wrist) * 1.6]), np.full(2, 0.07 * body.torso, np.float32),
                   alpha.shape[:2], origin)  # fmt: skip
    if not spot.any():
        return True
    share = float((arm * alpha)[spot].mean())
    unsure = body.visibility[J[f"{side}_wrist"]] < 0.5 and body.visibility[J[f"{side}_index"]] < 0.5
    return share < 0.3 or (unsure and share < 0.6)
