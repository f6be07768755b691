"""Which pixel of a person belongs to which part: geometry proposes, colour and edges decide."""

from __future__ import annotations

import numpy as np

from components.core import PARTS, Bool, Float32, Int32, UInt8
from components.portray.anatomy import SIDES, Anatomy, J, capsule, part_distances
from components.portray.foreground import guided_filter

WORKING = 640
"""Long side in px of the grid on which parts are decided."""

TORSO, HEAD = PARTS.index("torso"), PARTS.index("head")
BINS = 12
_ZERO = np.zeros(2, np.float32)


def part_shares(
    rgb: UInt8,
    alpha: Float32,
    body: Anatomy,
    origin: tuple[int, int],
    hands: tuple[Bool | None, Bool | None] = (None, None),
    face: Float32 | None = None,
) -> Float32:
    """Share of every part in every pixel of a person.

    Costs (relative distance to the part, unlikeliness of the colour for it) are smoothed along the photo's edges and
    the cheapest part wins (cost-volume filtering: Hosni et al., 2013).

    Args:
        rgb: (H, W, 3) uint8 crop.
        alpha: (H, W) float32 matte.
        body: proportions, photo px.
        origin: photo px of the crop's first pixel.
        hands: (H, W) bool: the left and right hand where known; they belong to the arms.
        face: (478, 3) landmarks in photo px: what lies below the jaw and is skin is neck, and goes to the torso.

    Returns:
        (len(PARTS), H, W) float32, sums to 1 everywhere; soft over about two pixels between parts.
    """
    import cv2

    height, width = alpha.shape
    scale = min(1.0, WORKING / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    step = width / size[0]
    distance, stretch = part_distances(body, (float(origin[0]), float(origin[1])), size[::-1], step)
    start = np.asarray(origin, np.float32)
    cost = _geometry(distance, body, start, step)
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    person = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA) > 0.5
    cost += 0.9 * _colour(small, person, distance, stretch, cost)
    if face is not None:
        neck = _neck(small, (face[:, :2] - start) / step, body, start, step)
        cost[HEAD][neck] += 2.0
        cost[TORSO][neck] = np.minimum(cost[TORSO][neck], 0.3)
    radius = max(2, round(0.05 * body.torso / step))
    guide = small.astype(np.float32) / 255
    smooth = guided_filter(guide, np.ascontiguousarray(cost.transpose(1, 2, 0)), radius, 1e-3)
    for k, hand in enumerate(hands):
        if hand is not None:
            own = cv2.resize(hand.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
            arm = PARTS.index(f"{SIDES[k]}_arm")
            # Past the wrist nothing but the hand is arm.
            smooth[_beyond_wrist(body, SIDES[k], start, step, own.shape), arm] += 1.0
            smooth[own, arm] = -5.0
    label = _tidy(smooth.argmin(axis=-1), person, distance, body.torso / step)
    return _soften(label, (width, height))


def _geometry(distance: Float32, body: Anatomy, origin: Float32, step: float) -> Float32:
    """Cost of each part by place alone."""
    cost = np.minimum(distance, 4.0)
    torso = distance[TORSO]
    # Inside its outline the torso costs as much as a limb two thirds of its radius away from the bone: limbs that
    # lie over the torso win near their bone, the torso wins elsewhere. An arm that is clearly seen lies in front.
    inside = np.maximum(0.72 + 0.10 * torso, 0.55)
    for side in SIDES:
        k = PARTS.index(f"{side}_arm")
        sure = min(body.visibility[J[f"{side}_{j}"]] for j in ("elbow", "wrist"))
        if sure < 0.35:
            cost[k] = np.where(torso < 0, cost[k] + 0.6, cost[k])
        elif sure > 0.7:
            inside = np.where(distance[k] < 1.3, 0.9, inside)
    cost[TORSO] = np.where(torso < 0, inside, 0.72 + torso)
    # Hips lie beneath shirt and waistband: next to its root a leg needs more than nearness.
    for side in SIDES:
        cost[PARTS.index(f"{side}_leg")] += 0.5 * _hip(body, side, origin, step, torso.shape)
    return cost


def _hip(body: Anatomy, side: str, origin: Float32, step: float, shape: tuple[int, int]) -> Float32:
    """1 at the hip and above, falling to 0 a third of the way down the thigh."""
    hip, knee = body.leg_chain(side)[:2]
    thigh = knee - hip
    length = max(float(thigh @ thigh), 0.2 * body.torso**2)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) * np.float32(step)
    along = ((x + origin[0] - hip[0]) * thigh[0] + (y + origin[1] - hip[1]) * thigh[1]) / length
    root: Float32 = (1 - np.clip(along / 0.35, 0, 1)).astype(np.float32)
    return root


def _beyond_wrist(body: Anatomy, side: str, origin: Float32, step: float, shape: tuple[int, int]) -> Bool:
    """Pixels around the hand, the wrist itself left out."""
    wrist, hand = body.arm_chain(side)[2:]
    tip = wrist + (hand - wrist) * 2.2
    start = wrist + (hand - wrist) * 0.45
    line = (np.stack([start, tip]) - origin) / step
    return capsule(line, np.full(2, 1.3 * body.arm / step, np.float32), shape, _ZERO)


def _neck(rgb: UInt8, face: Float32, body: Anatomy, origin: Float32, step: float) -> Bool:
    """Skin below the jaw.

    Args:
        rgb: (h, w, 3) uint8 working picture.
        face: (478, 2) landmarks in its px.
        body, origin, step: as everywhere; px of `body` are photo px.
    """
    import cv2

    from components.models.face_mesh import FACE_OVAL

    jaw = face[[FACE_OVAL[k] for k in range(9, 28)]]
    down = body.chest - body.skull
    down = down / max(float(np.hypot(*down)), 1e-3)
    # The jaw's ends lie beneath the ears; there the neck begins further in.
    drop = down * 0.75 * body.torso / step
    ring = np.concatenate([jaw, jaw[::-1] + drop])
    below = np.zeros(rgb.shape[:2], np.uint8)
    cv2.fillPoly(below, [np.round(ring * 16).astype(np.int32)], 1, shift=4)
    axis = np.stack([body.chest, body.chest + (body.skull - body.chest) * 0.8]).astype(np.float32)
    tube = capsule((axis - origin) / step, np.full(2, 0.2 * body.torso / step, np.float32), rgb.shape[:2], _ZERO)
    oval = np.zeros(rgb.shape[:2], np.uint8)
    cv2.fillPoly(oval, [np.round(face[list(FACE_OVAL)] * 16).astype(np.int32)], 1, shift=4)
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.float32)
    cheeks = lab[cv2.erode(oval, np.ones((3, 3), np.uint8)) > 0]
    if len(cheeks) < 10:
        return np.zeros(rgb.shape[:2], bool)
    skin = np.median(cheeks, axis=0)
    apart = np.sqrt(((lab - skin) ** 2 * np.array([0.1, 1.0, 1.0], np.float32)).sum(axis=-1))
    neck: Bool = (below > 0) & (oval == 0) & tube & (apart < 22)
    return neck


def _colour(rgb: UInt8, person: Bool, distance: Float32, stretch: UInt8, cost: Float32) -> Float32:
    """How unlikely each pixel's colour is for each part, -0.5..0.5, learned where the place leaves no doubt.

    Each stretch of a part has its own colours: a sleeve is not a hand, a shoe is not a thigh.
    """
    import cv2

    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    cell = (lab.astype(np.int32) * BINS) >> 8
    index = (cell[..., 0] * BINS + cell[..., 1]) * BINS + cell[..., 2]
    order = np.sort(cost, axis=0)
    winner = np.where(person & (order[1] - order[0] > 0.45), cost.argmin(axis=0), -1)
    likely = np.full(cost.shape, np.nan, np.float32)
    for k in range(len(PARTS)):
        seeds = winner == k
        whole = _histogram(index[seeds])
        if whole is None:
            continue
        for part in range(3):
            here = stretch[k] == part
            own = _histogram(index[seeds & here])
            table = whole if own is None else 0.8 * own + 0.2 * whole
            likely[k][here] = table[index[here]]
    known = ~np.isnan(likely[:, 0, 0])
    if known.sum() < 2:
        return np.zeros_like(cost)
    likely += 2e-4
    likely[~known] = likely[known].mean(axis=0)
    # Each part is weighed against the mean of the parts that are near enough to matter here.
    near = (distance < 2.5).astype(np.float32) + 1e-3
    mean = (likely * near).sum(axis=0) / near.sum(axis=0)
    unlikely: Float32 = -np.clip(np.log(likely / mean) / 4.0, -0.5, 0.5)
    # Colour may give a thigh to a long shirt, but not the seat of the trousers to the legs.
    trunk = distance[TORSO] < 0
    for k in (PARTS.index("left_leg"), PARTS.index("right_leg")):
        unlikely[k] = np.where(trunk, np.maximum(unlikely[k], unlikely[TORSO]), unlikely[k])
    return unlikely


def _histogram(cells: Int32) -> Float32 | None:
    """Smoothed share of each colour cell; None of too few pixels."""
    if len(cells) < 30:
        return None
    table = np.bincount(cells, minlength=BINS**3).astype(np.float32).reshape(BINS, BINS, BINS)
    for axis in range(3):
        table = 0.25 * np.roll(table, 1, axis) + 0.5 * table + 0.25 * np.roll(table, -1, axis)
    return (table.ravel() / len(cells)).astype(np.float32)


def _tidy(label: np.ndarray, person: Bool, distance: Float32, torso: float) -> np.ndarray:  # type: ignore[type-arg]
    """Pieces of a part that are cut off from it go to what surrounds them."""
    import cv2

    label = label.astype(np.uint8)
    label[~person] = 255
    for _ in range(2):
        for k in range(len(PARTS)):
            own = (label == k).astype(np.uint8)
            count, pieces, stats, _ = cv2.connectedComponentsWithStats(own, connectivity=4)
            if count <= 2:
                continue
            areas = stats[:, cv2.CC_STAT_AREA].astype(float)
            areas[0] = 0
            main = int(areas.argmax())
            for c in range(1, count):
                if c == main:
                    continue
                piece = (pieces == c).astype(np.uint8)
                # A limb may rightly be in two pieces (crossed by another part), but then its bone runs through both.
                least = (0.03 if k in (TORSO, HEAD) else 0.004) * torso * torso
                if areas[c] > least and float(distance[k][piece > 0].min()) < 0.25:
                    continue
                ring = (cv2.dilate(piece, np.ones((3, 3), np.uint8)) > 0) & (piece == 0) & (label != 255)
                if ring.any():
                    label[piece > 0] = np.bincount(label[ring], minlength=len(PARTS)).argmax()
    empty = label == 255
    if empty.any() and not empty.all():
        _, nearest_pixel = cv2.distanceTransformWithLabels(
            empty.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        lookup = np.zeros(int(nearest_pixel.max()) + 1, np.uint8)
        lookup[nearest_pixel[~empty]] = label[~empty]
        label = lookup[nearest_pixel]
    return label


def _soften(label: np.ndarray, size: tuple[int, int]) -> Float32:  # type: ignore[type-arg]
    """Labels as smooth shares at full size: contours are rounded, then steepened to an antialiased edge."""
    import cv2

    grow = size[0] / label.shape[1]
    planes = []
    for k in range(len(PARTS)):
        soft = cv2.GaussianBlur((label == k).astype(np.float32), (0, 0), 1.6)
        planes.append(cv2.resize(soft, size, interpolation=cv2.INTER_CUBIC if grow > 1.01 else cv2.INTER_LINEAR))
    stack = np.stack(planes)
    top = np.partition(stack, -2, axis=0)[-2:]
    margin = stack - np.where(stack >= top[1], top[0], top[1])
    # The margin's slope across a straight edge blurred by sigma s is 2 / (s sqrt(2 pi)) a pixel.
    slope = 0.8 / (1.6 * max(grow, 1.0))
    shares = np.clip(margin * (0.5 / slope) + 0.5, 0, 1) * (stack > 0.08)
    total: Float32 = (shares / np.maximum(shares.sum(axis=0), 1e-6)).astype(np.float32)
    return total
