"""Boxes and key points from the outputs of MediaPipe's detectors: anchors, decoding, weighted suppression.

Anchors as in MediaPipe's SsdAnchorsCalculator with a fixed anchor size, suppression as in its weighted
NonMaxSuppressionCalculator (Bazarevsky et al. 2019, BlazeFace, section 4.3).
"""

from __future__ import annotations

import numpy as np

from components.core import Float32


def anchor_centres(size: int, layers: tuple[tuple[int, int], ...]) -> Float32:
    """Centres of the anchors.

    Args:
        size: side of the network's input, px.
        layers: (stride in px, anchors a cell) of each output layer.

    Returns:
        (A, 2) float32 in shares of the input.
    """
    centres = []
    for stride, count in layers:
        cells = -(-size // stride)
        axis = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        y, x = np.meshgrid(axis, axis, indexing="ij")
        centres.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), count, axis=0))
    return np.concatenate(centres).astype(np.float32)


def decode(boxes: Float32, scores: Float32, anchors: Float32, size: int, threshold: float) -> tuple[Float32, Float32]:
    """Candidates above a threshold.

    Args:
        boxes: (A, 4 + 2 K) float32: centre, width, height and K key points in px about the anchor.
        scores: (A, 1) float32 logits.
        anchors: (A, 2) float32.
        size: side of the input, px.
        threshold: smallest probability.

    Returns:
        (N, 2 + K, 2) float32 shares of the input: lower corner, upper corner, key points; and (N,) probabilities.
    """
    probability = 1.0 / (1.0 + np.exp(-np.clip(scores[:, 0], -80.0, 80.0)))
    keep = probability >= threshold
    values = boxes[keep].reshape(int(keep.sum()), boxes.shape[1] // 2, 2) / size
    anchor = anchors[keep][:, None]
    centre, extent, points = values[:, :1] + anchor, values[:, 1:2], values[:, 2:] + anchor
    points = np.concatenate([centre - extent / 2.0, centre + extent / 2.0, points], axis=1)
    return points.astype(np.float32), probability[keep].astype(np.float32)


def intersection_over_union(box: Float32, boxes: Float32) -> Float32:
    """Overlap of one box (4,) with others (N, 4), each x0, y0, x1, y1; (N,) float32 0..1."""
    low = np.maximum(box[:2], boxes[:, :2])
    high = np.minimum(box[2:], boxes[:, 2:])
    common = np.clip(high - low, 0.0, None).prod(axis=1)
    area = np.clip(boxes[:, 2:] - boxes[:, :2], 0.0, None).prod(axis=1)
    union = area + max(0.0, float((box[2:] - box[:2]).prod())) - common
    return np.where(union > 0, common / np.maximum(union, 1e-12), 0.0).astype(np.float32)


def weighted_suppression(points: Float32, scores: Float32, overlap: float) -> tuple[Float32, Float32]:
    """Merge overlapping candidates into their score-weighted mean.

    Args:
        points: (N, 2 + K, 2) as from `decode`.
        scores: (N,).
        overlap: smallest intersection over union of candidates that are one object.

    Returns:
        (M, 2 + K, 2) and (M,), best first.
    """
    order = np.argsort(-scores, kind="stable")
    points, scores = points[order], scores[order]
    merged, best = [], []
    while len(scores):
        boxes = points[:, :2].reshape(-1, 4)
        same = intersection_over_union(boxes[0], boxes) > overlap
        same[0] = True
        weight = scores[same][:, None, None]
        merged.append((points[same] * weight).sum(axis=0) / weight.sum())
        best.append(scores[0])
        points, scores = points[~same], scores[~same]
    if not merged:
        return np.zeros((0, *points.shape[1:]), np.float32), np.zeros(0, np.float32)
    return np.stack(merged).astype(np.float32), np.array(best, np.float32)
