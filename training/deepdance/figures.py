"""How good drawn pictures are, measured on the person: inside their box, where their matte is or nearly is."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from training.deepdance.pairs import Frames, Pairs
from training.lifecycle.family import Answers

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
MARGIN = 0.15
"""Of the person's box, added on every side."""
REACH = 3
"""Px by which the matte is widened."""
_SEEN = 127
_GREY = np.array([0.299, 0.587, 0.114], np.float32)


def foreground(pairs: Pairs, row: int) -> npt.NDArray[np.bool_]:
    """(S, S) bool: the true matte widened by REACH, inside the person's box and MARGIN around it."""
    size = pairs.size
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * REACH + 1, 2 * REACH + 1))
    near = cv2.dilate((pairs.mattes[row] > _SEEN).astype(np.uint8), kernel) > 0
    x0, y0, x1, y1 = (float(v) for v in pairs.boxes[row])
    dx, dy = MARGIN * (x1 - x0), MARGIN * (y1 - y0)
    at = np.arange(size)
    inside = ((at >= y0 - dy) & (at <= y1 + dy))[:, None] & ((at >= x0 - dx) & (at <= x1 + dx))[None]
    return np.asarray(near & inside)


def truth(pairs: Pairs, rows: Frames) -> Float32:
    """(N, S, S, 3) float32 0..1."""
    return np.asarray(pairs.frames[rows] / np.float32(255), np.float32)


def shown(answers: Answers, pairs: Pairs, rows: Frames) -> Float32:
    """Answers as a viewer sees them: before the background where it is known, as they are drawn otherwise.

    Args:
        answers: image (N, 3, S, S) and matte (N, 1, S, S), 0..1.
        pairs: whose backgrounds they are.
        rows: of the answers.

    Returns:
        (N, S, S, 3) float32 0..1.
    """
    image = np.asarray(answers["image"], np.float32).transpose(0, 2, 3, 1)
    if pairs.plates is None:
        return image
    matte = np.asarray(answers["matte"], np.float32).transpose(0, 2, 3, 1)
    return np.asarray(matte * image + (1 - matte) * (np.asarray(pairs.plates[rows], np.float32) / 255))


def figures(answers: Answers, pairs: Pairs, rows: Frames) -> dict[str, Float64]:
    """Numbers a frame (N,); NaN where a person is too small to be measured or a frame has none before it.

    foreground_l1: mean absolute difference, 0..1. foreground_ssim: structural similarity of the luma (Wang et al.
    2004, Gaussian window of 1.5 px). foreground_flicker: mean of abs((o_t - o_t-1) - (g_t - g_t-1)), o drawn, g true.
    detail_distance: between the histograms of gradient lengths, drawn and true (earth mover's, levels of 255).
    """
    drawn, true = shown(answers, pairs, rows), truth(pairs, rows)
    found: dict[str, list[float]] = {
        "foreground_l1": [], "foreground_ssim": [], "foreground_flicker": [], "detail_distance": [],
    }  # fmt: skip
    for i, row in enumerate(rows):
        where = foreground(pairs, int(row))
        if where.sum() < 16:
            for values in found.values():
                values.append(float("nan"))
            continue
        found["foreground_l1"].append(float(np.abs(drawn[i] - true[i])[where].mean()))
        found["foreground_ssim"].append(float(ssim_map(drawn[i], true[i])[where].mean()))
        follows = i > 0 and pairs.numbers[row] == pairs.numbers[rows[i - 1]] + 1
        jump = (drawn[i] - drawn[i - 1]) - (true[i] - true[i - 1]) if follows else None
        found["foreground_flicker"].append(float("nan") if jump is None else float(np.abs(jump)[where].mean()))
        found["detail_distance"].append(_earth_mover(_gradients(drawn[i])[where], _gradients(true[i])[where]))
    return {name: np.array(values, np.float64) for name, values in found.items()}


def ssim_map(a: Float32, b: Float32) -> Float32:
    """(H, W) structural similarity of the luma of two (H, W, 3) pictures, 0..1."""
    x, y = a @ _GREY, b @ _GREY

    def blur(v: Float32) -> Float32:
        return np.asarray(cv2.GaussianBlur(v, (11, 11), 1.5), np.float32)

    mx, my = blur(x), blur(y)
    vx, vy, cov = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    return np.asarray(((2 * mx * my + c1) * (2 * cov + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2)), np.float32)


def _gradients(picture: Float32) -> Float32:
    luma = (picture @ _GREY) * 255
    return np.asarray(np.hypot(np.gradient(luma, axis=0), np.gradient(luma, axis=1)), np.float32)


def _earth_mover(a: Float32, b: Float32) -> float:
    """Mean distance of two samples of one length, the smallest first."""
    return float(np.abs(np.sort(a) - np.sort(b)).mean())
