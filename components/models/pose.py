"""A person's 33 landmarks and matte in a region of a picture: MediaPipe's pose landmark network.

Landmarks are refined from the network's heatmap (MediaPipe's RefineLandmarksFromHeatmapCalculator: kernel 7, smallest
confidence 0.5), without which shoulders are tens of px off. World landmarks are turned back into the picture's axes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.core import Float32, UInt8
from components.models.bundled import POSE_LANDMARK
from components.models.litert import LiteRtNetwork
from components.models.region import Region, region_between

_KERNEL = 7
_CONFIDENCE = 0.5


@dataclass(frozen=True)
class Pose:
    """One person's body.

    Attributes:
        xyz: (33, 3) float32 px, as in PoseTrack.
        world: (33, 3) float32 m about the hips' middle.
        visibility: (33,) float32 0..1: in the frame and not hidden.
        presence: (33,) float32 0..1: in the frame.
        score: 0..1: a person is there.
        region: where the network looked.
        following: where to look for this person next.
        matte: (256, 256) uint8 over `region`.
    """

    xyz: Float32
    world: Float32
    visibility: Float32
    presence: Float32
    score: float
    region: Region
    following: Region
    matte: UInt8


class PoseLandmarker:
    """Runs the pose landmark network.

    Args:
        threads: of one call.
    """

    def __init__(self, *, threads: int = 1) -> None:
        self._network = LiteRtNetwork(POSE_LANDMARK, threads=threads)

    def load(self) -> None:
        """Read the weights. Raises TroupeError: model_missing, model_broken."""
        self._network.load()

    def __call__(self, rgb: UInt8, region: Region, *, refine: bool = True) -> Pose:
        """Look at a region of an (H, W, 3) uint8 sRGB picture."""
        size = self._network.size
        out = self._network(region.crop(rgb, size))
        raw = out["landmarks"].reshape(39, 5)
        share = raw[:, :3] / np.float32(size)
        if refine:
            share = refine_from_heatmap(share, out["heatmap"])
        xyz = region.project(share)
        return Pose(
            xyz=xyz[:33],
            world=region.turn(out["world"].reshape(39, 3)[:33]),
            visibility=_sigmoid(raw[:33, 3]),
            presence=_sigmoid(raw[:33, 4]),
            score=float(out["flag"][0]),
            region=region,
            following=region_between(xyz[33], xyz[34], 1.25),
            matte=(_sigmoid(out["matte"][:, :, 0]) * 255.0 + 0.5).astype(np.uint8),
        )


def refine_from_heatmap(share: Float32, heatmap: Float32) -> Float32:
    """Move each landmark to the centre of mass of its heatmap about it.

    Args:
        share: (L, 3) float32 shares of the region.
        heatmap: (H, W, L) float32 logits.

    Returns:
        (L, 3) float32; landmarks with no sure peak nearby stay.
    """
    rows, columns, count = heatmap.shape
    reach = _KERNEL // 2
    x = (share[:, 0] * columns).astype(np.int64)
    y = (share[:, 1] * rows).astype(np.int64)
    steps = np.arange(-reach, reach + 1)
    xs, ys = x[:, None] + steps, y[:, None] + steps
    inside = ((ys >= 0) & (ys < rows))[:, :, None] & ((xs >= 0) & (xs < columns))[:, None, :]
    clipped_y = np.clip(ys, 0, rows - 1)[:, :, None]
    clipped_x = np.clip(xs, 0, columns - 1)[:, None, :]
    value = np.where(inside, _sigmoid(heatmap[clipped_y, clipped_x, np.arange(count)[:, None, None]]), 0.0)
    total = value.sum(axis=(1, 2))
    centre_x = (value * xs[:, None, :]).sum(axis=(1, 2)) / np.maximum(total, 1e-9) / columns
    centre_y = (value * ys[:, :, None]).sum(axis=(1, 2)) / np.maximum(total, 1e-9) / rows
    centred = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    sure = centred & (value.max(axis=(1, 2)) >= _CONFIDENCE) & (total > 0)
    out = share.astype(np.float32, copy=True)
    out[sure, 0] = centre_x[sure]
    out[sure, 1] = centre_y[sure]
    return out


def _sigmoid(value: Float32) -> Float32:
    return (1.0 / (1.0 + np.exp(-np.clip(value, -80.0, 80.0)))).astype(np.float32)
