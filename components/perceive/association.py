"""Who is who: joins the sightings of all pieces into identities.

Three steps, each a minimum-cost assignment (Hungarian) on the whole clip at once:
sightings of neighbouring pieces that show the same pose in the frames they share are one; then ends are joined to
later beginnings by motion, size and appearance; then what is left is joined over any gap by appearance alone, so that
a dancer who left and returns is the same again. A track is cut beforehand wherever it may have become somebody else:
where two tracks fell onto one body, and where it suddenly looks different from before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from scipy.optimize import linear_sum_assignment

from components.core import Float32
from components.models.appearance import unlikeness
from components.perceive.chain import Chain, Fragment, in_turn, split
from components.perceive.observe import Sighting
from components.perceive.tracklet import mean_look

_NEVER = 1e6
_SAME = 0.5
_NEAR = 3.6
"""Cost up to which a gap is bridged by motion and appearance."""
_OVERLAP = 3
"""Frames in which one person may be seen twice, while one track ends and another begins."""
_TINY = 0.3
"""Share of the largest person's size below which somebody must show a face to be one."""
_GROWS = 0.25
"""Logarithm of the change in size at which someone who was away begins to be another one."""
_ANOTHER, _AROUND = 0.4, 8
"""Unlikeness, over this many frames before and after, from which a track that moves on smoothly is somebody else."""
_LOOK = 0.22
"""Unlikeness up to which someone who was away is the same again."""


def identities(sightings: Sequence[Sighting], pieces: Sequence[int], fps: float, least: int) -> list[Chain]:
    """Everybody of a clip, the one who is seen most (largest and longest) first.

    Args:
        sightings: of all pieces.
        pieces: first frame of each piece.
        fps: frames a second.
        least: frames in which somebody must be seen to count.
    """
    whole = [Fragment(s, 0, len(s.frames)) for s in sightings if len(s.frames)]
    chains = _join_pieces(whole, pieces)
    chains = [part for chain in chains for part in split(chain)]
    chains = _join(chains, lambda a, b: _motion_cost(a, b, fps), _NEAR)
    chains = _gather(chains, fps)
    chains = [c for c in chains if _frames(c) >= least]
    chains = _without_things(_without_doubles(chains))
    return sorted(chains, key=lambda c: (-_weight(c), c.first))


def _join_pieces(fragments: list[Fragment], pieces: Sequence[int]) -> list[Chain]:
    """Chains of fragments that show the same pose in the frames shared by two neighbouring pieces."""
    following: dict[int, int] = {}
    by_piece: dict[int, list[int]] = {}
    for i, f in enumerate(fragments):
        by_piece.setdefault(f.sighting.piece, []).append(i)
    for piece, later in by_piece.items():
        earlier = by_piece.get(piece - 1, [])
        if not earlier:
            continue
        cost = np.array([[1.0 - _shared(fragments[a], fragments[b]) for b in later] for a in earlier])
        for r, c in zip(*linear_sum_assignment(cost), strict=True):
            if cost[r, c] < 1.0 - _SAME:
                following[earlier[r]] = later[c]
    begins = set(range(len(fragments))) - set(following.values())
    chains = []
    for i in sorted(begins):
        chain = Chain()
        at: int | None = i
        while at is not None:
            f = fragments[at]
            start = int(np.searchsorted(f.sighting.frames, pieces[f.sighting.piece]))
            own = Fragment(f.sighting, max(f.start, start), f.stop)
            if own.stop > own.start:
                chain.fragments.append(own)
            at = following.get(at)
        if chain.fragments:
            chains.append(chain)
    return chains


def _shared(a: Fragment, b: Fragment) -> float:
    """Mean keypoint similarity of two fragments in the frames they share, 0..1; 0 where they share none."""
    fa, fb = a.sighting.frames[a.start : a.stop], b.sighting.frames[b.start : b.stop]
    common, ia, ib = np.intersect1d(fa, fb, return_indices=True)
    if not len(common):
        return 0.0
    return float(_likeness(a.sighting, ia + a.start, b.sighting, ib + b.start).mean())


def _likeness(a: Sighting, rows_a: np.ndarray, b: Sighting, rows_b: np.ndarray) -> Float32:  # type: ignore[type-arg]
    distance = np.linalg.norm(a.body[rows_a] - b.body[rows_b], axis=2)
    scale = 0.1 * np.minimum(a.size[rows_a], b.size[rows_b])
    out: Float32 = np.exp(-0.5 * (distance / np.maximum(scale, 1e-3)[:, None]) ** 2).mean(axis=1)
    return out


def _join(chains: list[Chain], cost_of: Callable[[Chain, Chain], float], limit: float) -> list[Chain]:
    """Join ends to beginnings where that costs less than leaving them."""
    n = len(chains)
    if n < 2:
        return chains
    cost = np.full((2 * n, 2 * n), _NEVER)
    for i, a in enumerate(chains):
        for j, b in enumerate(chains):
            if i != j and a.last < b.first + _OVERLAP and a.first < b.first and a.last < b.last:
                cost[i, j] = cost_of(a, b)
    cost[:n, n:][np.arange(n), np.arange(n)] = limit / 2.0
    cost[n:, :n][np.arange(n), np.arange(n)] = limit / 2.0
    cost[n:, n:] = 0.0
    rows, columns = linear_sum_assignment(cost)
    following = {int(r): int(c) for r, c in zip(rows, columns, strict=True) if r < n and c < n and cost[r, c] < limit}
    out = []
    for i in sorted(set(range(n)) - set(following.values())):
        chain = Chain([], chains[i].changed)
        at: int | None = i
        while at is not None:
            chain.fragments += chains[at].fragments
            at = following.get(at)
        out.append(Chain(in_turn(chain.fragments), chain.changed))
    return sorted(out, key=lambda c: (c.first, c.last))


def _motion_cost(a: Chain, b: Chain, fps: float) -> float:
    """How unlikely it is that b goes on where a ended."""
    gap = max(0, b.first - a.last) / fps
    if gap > 2.0:
        return _NEVER
    end, begin = a.fragments[-1], b.fragments[0]
    size_a, size_b = float(end.sighting.size[end.stop - 1]), float(begin.sighting.size[begin.start])
    size = max(1.0, min(size_a, size_b))
    off = float(np.linalg.norm(_middle(end, -1) + _speed(end, fps) * min(gap, 0.25) - _middle(begin, 0))) / size
    motion = off / (0.06 + 0.5 * gap)
    scale = abs(float(np.log(size_a / size_b))) / 0.35
    (value_a, weight_a, count_a), (value_b, weight_b, count_b) = a.look(), b.look()
    trust = min(1.0, min(count_a, count_b) / 8.0)
    # Too few frames say little of looks: then it costs what an average pair does.
    look = (trust * unlikeness(value_a, weight_a, value_b, weight_b) + (1.0 - trust) * 0.2) / 0.16
    if motion > 3.0 or scale > 3.0:
        return _NEVER
    if b.changed and b.first - a.last == 1 and motion < 1.0:
        # This is the track that became somebody else, or turned about or bent down: then no other track was near.
        torn = _torn_unlikeness(begin)
        cut = any(abs(c - begin.first) <= 2 for c in begin.sighting.cuts)
        return _NEVER if cut or end.sighting is not begin.sighting or torn > _ANOTHER else torn / 0.16
    return 0.6 * motion + 0.4 * scale + look + 0.6 * gap


def _gather(chains: list[Chain], fps: float) -> list[Chain]:
    """Merge chains that look alike and are never seen at the same time, most alike first, over any gap."""
    chains = list(chains)
    cost = {(i, j): _return_cost(chains[i], chains[j], fps) for j in range(len(chains)) for i in range(j)}
    gone: set[int] = set()
    while cost:
        (i, j), least = min(cost.items(), key=lambda item: (item[1], item[0]))
        if least > _LOOK:
            break
        chains[i] = Chain(in_turn(chains[i].fragments + chains[j].fragments))
        gone.add(j)
        cost = {pair: value for pair, value in cost.items() if i not in pair and j not in pair}
        for k in set(range(len(chains))) - gone - {i}:
            pair = (min(i, k), max(i, k))
            cost[pair] = _return_cost(chains[pair[0]], chains[pair[1]], fps)
    return [c for i, c in enumerate(chains) if i not in gone]


def _return_cost(a: Chain, b: Chain, fps: float) -> float:
    """How unlike two chains are, and how far one would have to jump to be the other."""
    (value_a, weight_a, count_a), (value_b, weight_b, count_b) = a.look(), b.look()
    if min(count_a, count_b) < 5:
        return _NEVER
    ordered = sorted([*a.fragments, *b.fragments], key=lambda f: f.first)
    worst = larger = 0.0
    for f, g in pairwise(ordered):
        if f.last >= g.first + _OVERLAP or f.last >= g.last:
            return _NEVER
        gap = max(0, g.first - f.last) / fps
        size_f, size_g = float(f.sighting.size[f.stop - 1]), float(g.sighting.size[g.start])
        larger = max(larger, abs(float(np.log(size_f / size_g))) / (1.0 + gap))
        size = max(1.0, min(size_f, size_g))
        far = float(np.linalg.norm(_middle(f, -1) - _middle(g, 0))) / size
        worst = max(worst, far / (0.3 + 1.5 * gap))
    if worst > 2.0:
        return _NEVER
    unlike = unlikeness(value_a, weight_a, value_b, weight_b)
    return unlike + 0.05 * max(0.0, worst - 0.5) + 0.5 * max(0.0, larger - _GROWS)


def _torn_unlikeness(g: Fragment) -> float:
    """How different a track looks before and after a fragment of it begins."""
    s, at = g.sighting, g.start
    sides = (slice(max(0, at - _AROUND), at), slice(at, at + _AROUND))
    (a, weight_a, _), (b, weight_b, _) = (
        mean_look([v.astype(np.float32) for v in s.look[r]], [w.astype(np.float32) for w in s.weight[r]]) for r in sides
    )
    return unlikeness(a, weight_a, b, weight_b)


def _middle(f: Fragment, row: int) -> Float32:
    """(2,) px: mean of shoulders and hips in the first (0) or last (-1) frame."""
    at = f.start if row == 0 else f.stop - 1
    out: Float32 = f.sighting.body[at][[0, 1, 6, 7]].mean(axis=0)
    return out


def _speed(f: Fragment, fps: float) -> Float32:
    """(2,) px a second over the last frames."""
    at = max(f.start, f.stop - 6)
    frames = f.sighting.frames
    if f.stop - 1 <= at:
        return np.zeros(2, np.float32)
    seconds = float(frames[f.stop - 1] - frames[at]) / fps
    moved = f.sighting.body[f.stop - 1][[0, 1, 6, 7]].mean(axis=0) - f.sighting.body[at][[0, 1, 6, 7]].mean(axis=0)
    return np.asarray(moved / max(seconds, 1e-3), np.float32)


def _frames(chain: Chain) -> int:
    return sum(f.stop - f.start for f in chain.fragments)


def _weight(chain: Chain) -> float:
    """How much is seen of somebody: height in px summed over frames."""
    return float(sum(np.sqrt(f.sighting.size[f.start : f.stop]).sum() for f in chain.fragments))


def _without_things(chains: list[Chain]) -> list[Chain]:
    """Drop what is far smaller than the largest person and never shows a face: things, and people far behind."""
    if not chains:
        return chains
    sizes = [float(np.median(np.concatenate([f.sighting.size[f.start : f.stop] for f in c.fragments]))) for c in chains]
    largest = max(sizes)
    return [c for c, size in zip(chains, sizes, strict=True) if size > _TINY * largest or _face_share(c) > 0.05]


def _face_share(chain: Chain) -> float:
    return float(np.mean(np.concatenate([f.sighting.faces[f.start : f.stop] for f in chain.fragments])))


def _without_doubles(chains: list[Chain]) -> list[Chain]:
    """Drop chains that show, most of their time, the body of a chain that is seen more."""
    kept: list[Chain] = []
    for chain in sorted(chains, key=lambda c: -_weight(c)):
        same = sum(_doubled(chain, other) for other in kept)
        if same < 0.4 * _frames(chain):
            kept.append(chain)
    return kept


def _doubled(chain: Chain, other: Chain) -> int:
    """Frames in which two chains show one body."""
    count = 0
    for a in chain.fragments:
        for b in other.fragments:
            if a.sighting.piece != b.sighting.piece:
                continue
            fa, fb = a.sighting.frames[a.start : a.stop], b.sighting.frames[b.start : b.stop]
            common, ia, ib = np.intersect1d(fa, fb, return_indices=True)
            if len(common):
                count += int((_likeness(a.sighting, ia + a.start, b.sighting, ib + b.start) > _SAME).sum())
    return count
