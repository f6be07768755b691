"""Who is seen enough to be a dancer, and what is told about those who are."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from components.core import Dancer, Notice, TroupeError

_ABSENT = 0.1
_CROPPED = 0.3


def least_frames(frames: int, fps: Fraction) -> int:
    """Frames in which somebody must be seen to be a dancer: a sixteenth of the clip, between 1/3 s and 1 s."""
    rate = float(fps)
    return max(1, min(frames // 2, round(float(np.clip(frames / 16.0, rate / 3.0, rate)))))


def nobody(uri: str, where: str = "the reference") -> TroupeError:
    """The refusal of a clip, or a part of one, in which nobody dances."""
    return TroupeError(
        "no_dancer_found",
        f"Nobody was found in {where}: use a clip in which a whole person can be seen, large enough, or, to "
        "drive a face alone, one that shows head and shoulders with some room around them.",
        uri=uri,
    )


def presence_notices(dancer: Dancer, width: int, height: int) -> list[Notice]:
    """Warnings on a dancer who is out of sight, or reaches out of the frame, for much of the time.

    Args:
        dancer: seen in at least one frame.
        width, height: px of the frame.
    """
    out = []
    present = dancer.pose.present
    absent = 1.0 - float(present.mean())
    if absent > _ABSENT:
        out.append(
            Notice(
                "dancer_absent",
                f"Dancer {dancer.identity} is out of sight in {absent:.0%} of the reference.",
                {"dancer": dancer.identity, "share": round(absent, 3)},
            )
        )
    xy = dancer.pose.xyz[present][:, [0, 15, 16, 27, 28], :2]
    outside = np.any((xy < 0) | (xy > np.array([width - 1, height - 1])), axis=2)
    share = float(np.any(outside, axis=1).mean())
    if share > _CROPPED:
        names = ("head", "left hand", "right hand", "left foot", "right foot")
        parts = [n for n, s in zip(names, outside.mean(axis=0), strict=True) if s > 0.5 * _CROPPED]
        out.append(
            Notice(
                "dancer_cropped",
                f"Dancer {dancer.identity} reaches out of the frame in {share:.0%} of the reference.",
                {"dancer": dancer.identity, "share": round(share, 3), "parts": parts},
            )
        )
    return out
