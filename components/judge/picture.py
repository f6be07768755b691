"""Figures of pixels: likeness of two frames, flicker where nothing should move, sharpness."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from components.core import UInt8

Float = npt.NDArray[np.float64]


def luma(rgb: UInt8) -> npt.NDArray[np.float32]:
    """(H, W) float32 0..255 of an (H, W, 3) sRGB frame."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.float32)


def ssim(a: UInt8, b: UInt8) -> float:
    """Structural similarity of luma (Wang et al., 2004: Gaussian window of 1.5 px, K 0.01 and 0.03)."""
    x, y = luma(a), luma(b)

    def blur(v: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return np.asarray(cv2.GaussianBlur(v, (11, 11), 1.5))

    mx, my = blur(x), blur(y)
    vx, vy, cov = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    quotient = ((2 * mx * my + c1) * (2 * cov + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    return float(quotient.mean())


def psnr(a: UInt8, b: UInt8) -> float:
    """dB over all channels; 100 where the frames are equal."""
    error = float(((a.astype(np.float32) - b.astype(np.float32)) ** 2).mean())
    return 100.0 if error < 1e-10 else float(min(10 * np.log10(255.0**2 / error), 100.0))


def flicker(first: UInt8, second: UInt8, matte: UInt8 | None) -> tuple[float, float]:
    """Change of luma between neighbouring frames that no motion explains.

    Beside the person the frames are compared as they are; on the person the second is first brought back by dense
    optical flow (Kroeger et al., 2016).

    Args:
        first, second: (H, W, 3) uint8 neighbouring frames.
        matte: (H, W) uint8 of the person in the first, or None.

    Returns:
        Mean absolute change in levels of 255: beside the person, on the person (NaN without one).
    """
    a, b = luma(first), luma(second)
    if matte is None:
        return float(np.abs(a - b).mean()), float("nan")
    reach = max(3, round(0.04 * max(a.shape))) | 1
    near = cv2.dilate(matte, np.ones((reach, reach), np.uint8)) > 20
    beside = float(np.abs(a - b)[~near].mean()) if (~near).any() else float("nan")
    person = cv2.erode(matte, np.ones((5, 5), np.uint8)) > 200
    if person.sum() < 50:
        return beside, float("nan")
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(
        a[box].astype(np.uint8), b[box].astype(np.uint8), None
    )
    y, x = np.mgrid[0 : flow.shape[0], 0 : flow.shape[1]].astype(np.float32)
    back = cv2.remap(b[box], x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return beside, float(np.abs(a[box] - back)[person[box]].mean())


def sharpness(rgb: UInt8, matte: UInt8 | None) -> float:
    """Energy of fine detail on the person over that of coarser detail: falls when a picture is blurred or enlarged."""
    grey = luma(rgb)
    fine = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.0))
    coarse = np.abs(cv2.GaussianBlur(grey, (0, 0), 1.0) - cv2.GaussianBlur(grey, (0, 0), 4.0))
    where = np.ones(grey.shape, bool) if matte is None else matte > 200
    if where.sum() < 50:
        return float("nan")
    return float(fine[where].mean() / (coarse[where].mean() + 1e-3))
