"""Follows everybody through the frames of one piece: detect now and then, follow forwards, then backwards.

A track looks where its own last landmarks point (MediaPipe's pose tracking). What detection finds and no track explains
begins a new track, which is also followed backwards, so that a person who steps out from behind another is known from
the first frame and not from the next detection on. When two tracks fall onto one body, the one that looks less like
itself ends; both are marked there, and `association` decides over the whole clip who was who.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.core import UInt8
from components.models.appearance import appearance
from components.models.detector import Detection, PersonDetector
from components.models.likeness import keypoint_similarity, matte_inside, quality
from components.models.people import distinct_poses
from components.models.pose import Pose, PoseLandmarker
from components.models.region import Region
from components.perceive.tracklet import Tracklet, strangeness

_SAME = 0.45
"""Keypoint similarity from which two poses are one body."""
_TOUCHING = 0.2
_SURE = 0.35
"""Quality below which a pose is no sighting."""
_CLEAR = 0.6
"""Quality from which a pose may explain away what else is detected there."""
_CLEAR_OF_DOUBT = 0.8
"""Quality from which a body is one, whatever lies over it."""
_SHADOW = 0.75
"""Share of a matte that may lie on the mattes of surer bodies."""
_PATIENCE = 4
"""Frames for which a lost track is still looked for where it was."""


class Follower:
    """Follows people through lists of frames.

    Args:
        first: who proposes people at a piece's first frame.
        last: who proposes them at its last frame while one person is followed; may be a cheaper one.
        pose: the pose network.
    """

    def __init__(self, first: PersonDetector, last: PersonDetector, pose: PoseLandmarker) -> None:
        self._first = first
        self._last = last
        self._pose = pose

    def __call__(self, frames: Sequence[UInt8], interval: int = 11) -> list[Tracklet]:
        """Tracklets of everybody seen.

        Args:
            frames: each (H, W, 3) uint8 sRGB.
            interval: frames after which `first` is asked again while more than one person is about, or nobody.
        """
        tracks = self._begin(frames[0], 0, self._first, [])
        late: list[tuple[int, Tracklet]] = []
        end = len(frames) - 1
        for i, rgb in enumerate(frames):
            if i == 0:
                continue
            for track in tracks:
                self._step(rgb, track, i, i - 1, 1)
            self._part_doubles(tracks, i)
            _drop_shadows(tracks, i, rgb.shape[1], rgb.shape[0])
            alone = len(tracks) == 1 and i in tracks[0].poses
            if i == end or (i % interval == 0 and not alone):
                newcomers = self._begin(rgb, i, self._last if alone else self._first, tracks)
                late += [(i, track) for track in newcomers]
                tracks += newcomers
        for start, track in late:
            self._rewind(frames, tracks, track, start)
        return [t for t in tracks if len(t.poses) > 1 or end == 0]

    def _begin(self, rgb: UInt8, frame: int, detector: PersonDetector, tracks: list[Tracklet]) -> list[Tracklet]:
        """Tracks of those whom no track explains."""
        out = []
        for pose in self._newcomers(rgb, detector(rgb), [t.poses[frame] for t in tracks if frame in t.poses]):
            track = Tracklet()
            self._note(rgb, track, frame, pose)
            out.append(track)
        return out

    def _note(self, rgb: UInt8, track: Tracklet, frame: int, pose: Pose) -> None:
        track.poses[frame] = pose
        track.looks[frame] = appearance(rgb, pose)

    def _step(self, rgb: UInt8, track: Tracklet, frame: int, previous: int, way: int) -> bool:
        """Look for a track in the next frame; whether it was seen."""
        last = next((previous - way * k for k in range(_PATIENCE) if previous - way * k in track.poses), None)
        if last is None:
            return False
        before = track.poses[last]
        if not before.following.usable:
            return False
        pose = self._look(rgb, before)
        if pose is None:
            return False
        self._note(rgb, track, frame, pose)
        return True

    def _look(self, rgb: UInt8, before: Pose) -> Pose | None:
        pose = self._pose(rgb, before.following)
        if not _fits(pose, before):
            wider = before.following.moved(0.0, 0.0, 1.3)
            tries = [self._pose(rgb, r) for r in (pose.following, wider) if r.usable]
            fitting = [p for p in tries if _fits(p, before)]
            if not fitting:
                return None
            pose = max(fitting, key=quality)
        return pose

    def _part_doubles(self, tracks: list[Tracklet], frame: int) -> None:
        here = [t for t in tracks if frame in t.poses]
        for i, a in enumerate(here):
            for b in here[i + 1 :]:
                if frame not in a.poses or frame not in b.poses or _alike(a.poses[frame], b.poses[frame]) < _SAME:
                    continue
                loser, winner = (a, b) if _claim(a, frame) < _claim(b, frame) else (b, a)
                first = frame
                while first in loser.poses and first in winner.poses:
                    if _alike(loser.poses[first], winner.poses[first]) < _TOUCHING:
                        break
                    loser.drop(first)
                    first -= 1
                winner.cuts.add(first + 1)
                # Whoever lost looks where it was last seen by itself, not at the body that it slid onto.
                for missed in range(frame - _PATIENCE, frame + 1):
                    loser.drop(missed) if missed > first else None

    def _newcomers(self, rgb: UInt8, detections: Sequence[Detection], known: list[Pose]) -> list[Pose]:
        found: list[Pose] = []
        priors: list[float] = []
        for detection in detections:
            if any(_explains(pose, detection.region) for pose in (*known, *found)):
                continue
            pose = self._settle(rgb, detection.region)
            if pose is not None and not _giant(pose, [*known, *found]):
                found.append(pose)
                priors.append(detection.score)
        height, width = rgb.shape[:2]
        kept = distinct_poses([*known, *found], [*(2.0 for _ in known), *priors], width, height)
        return [p for p in kept if not any(p is k for k in known)]

    def _settle(self, rgb: UInt8, region: Region, rounds: int = 3) -> Pose | None:
        best: Pose | None = None
        for _ in range(rounds):
            if not region.usable:
                break
            pose = self._pose(rgb, region)
            region = pose.following
            if best is None or quality(pose) > quality(best):
                best = pose
            if pose.score < 0.3 or quality(pose) > 0.85:
                break
        return best if best is not None and quality(best) > _SURE else None

    def _rewind(self, frames: Sequence[UInt8], tracks: list[Tracklet], track: Tracklet, start: int) -> None:
        for i in range(start - 1, -1, -1):
            if not self._step(frames[i], track, i, i + 1, -1):
                if i + _PATIENCE < start and not any(i + k in track.poses for k in range(1, _PATIENCE)):
                    return
                continue
            others = [t for t in tracks if t is not track and i in t.poses]
            if any(_alike(track.poses[i], t.poses[i]) > _TOUCHING * 1.5 for t in others):
                track.drop(i)
                return


def _drop_shadows(tracks: list[Tracklet], frame: int, width: int, height: int) -> None:
    """Forget, in this frame, unsure bodies whose matte is that of surer ones: parts of somebody, or somebody hidden."""
    here = sorted((t for t in tracks if frame in t.poses), key=lambda t: -quality(t.poses[frame]))
    if len(here) < 2:
        return
    scale = min(1.0, 160 / max(width, height))
    covered: UInt8 = np.zeros((max(1, round(height * scale)), max(1, round(width * scale))), np.uint8)
    for track in here:
        pose = track.poses[frame]
        if quality(pose) < _CLEAR_OF_DOUBT and matte_inside(pose, covered, scale) > _SHADOW:
            track.drop(frame)
            continue
        np.maximum(covered, pose.region.paste(pose.matte, covered.shape[0], covered.shape[1], scale), out=covered)


def _alike(a: Pose, b: Pose) -> float:
    return keypoint_similarity(a.xyz, b.xyz, min(a.region.size, b.region.size) / 1.25)


def _giant(pose: Pose, known: Sequence[Pose]) -> bool:
    """An unsure body far larger than all others: limbs of several people, taken for one."""
    if len(known) < 2 or quality(pose) > _CLEAR_OF_DOUBT:
        return False
    return pose.region.size > 1.3 * max(k.region.size for k in known)


def _fits(pose: Pose, before: Pose) -> bool:
    """A believable sighting of the same person: sure enough, of like size, not far away."""
    if quality(pose) < _SURE or pose.score < 0.5 or not pose.following.usable:
        return False
    ratio = pose.following.size / before.following.size
    moved = np.hypot(pose.following.x - before.following.x, pose.following.y - before.following.y)
    return 0.55 < ratio < 1.8 and float(moved) < 0.45 * before.following.size


def _claim(track: Tracklet, frame: int) -> float:
    """How much right a track has to a body: it looks like itself, and it has been there for long."""
    return -strangeness(track, frame) + 0.002 * min(30, len(track.poses))


def _explains(pose: Pose, region: Region) -> bool:
    """A detection that is only this person again: its middle lies on the person's hips, and its size or head too."""
    if quality(pose) < _CLEAR:
        return False
    hips, head = (pose.xyz[23, :2] + pose.xyz[24, :2]) / 2.0, pose.xyz[:11, :2].mean(axis=0)
    size = pose.region.size
    near_hips = np.hypot(region.x - hips[0], region.y - hips[1]) < 0.12 * size
    reach = 0.5 * region.size / 1.25
    top = np.array([region.x + np.sin(region.angle) * reach * 0.75, region.y - np.cos(region.angle) * reach * 0.75])
    near_head = float(np.hypot(*(top - head))) < 0.12 * size
    return bool((near_hips and 0.6 < region.size / size < 1.6) or (near_hips and near_head))
