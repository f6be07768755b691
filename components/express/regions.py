"""Which of MediaPipe's 478 face landmarks do what: what is rigid, which lid meets which, which lip meets which."""

from __future__ import annotations

import numpy as np

RIGID = np.array(
    [33, 133, 362, 263, 168, 6, 197, 195, 10, 109, 338, 67, 297, 103, 332, 151, 127, 356, 162, 389, 21, 251, 54, 284,
     234, 454]
)  # fmt: skip
"""Landmarks over bone: eye corners, bridge of the nose, upper forehead, temples. They tell where the head is."""

MIRRORED = np.array([(33, 263), (133, 362), (127, 356), (162, 389), (21, 251), (54, 284), (103, 332), (67, 297)])
"""Rigid landmarks left and right in the picture of a face seen from the front."""

EYE_CORNERS = np.array([33, 133, 362, 263])
OUTER_EYES = (33, 263)

LIDS = np.array(
    [
        [[466, 249], [388, 390], [387, 373], [386, 374], [385, 380], [384, 381], [398, 382]],
        [[246, 7], [161, 163], [160, 144], [159, 145], [158, 153], [157, 154], [173, 155]],
    ]
)
"""(eye, 7, 2): upper and lower lid landmarks that meet in a blink; eye 0 is the person's left."""

LID_CORNERS = np.array([[263, 362], [33, 133]])
"""(eye, 2): outer and inner corner."""

IRISES = np.array([[473, 474, 475, 476, 477], [468, 469, 470, 471, 472]])
"""(eye, 5): centre of the iris first."""

INNER_LIPS = np.array(
    [[191, 95], [80, 88], [81, 178], [82, 87], [13, 14], [312, 317], [311, 402], [310, 318], [415, 324]]
)
"""(9, 2): landmarks of the inner upper and lower lip that meet when the mouth is closed."""

OUTER_LIPS = np.array(
    [[185, 146], [40, 91], [39, 181], [37, 84], [0, 17], [267, 314], [269, 405], [270, 321], [409, 375]]
)
"""(9, 2): the outer upper and lower edge of the lips."""

MIDDLE_LIPS = np.array(
    [[184, 77], [74, 90], [73, 180], [72, 85], [11, 16], [302, 315], [303, 404], [304, 320], [408, 307],
     [183, 96], [42, 89], [41, 179], [38, 86], [12, 15], [268, 316], [271, 403], [272, 319], [407, 325]]
)  # fmt: skip
"""(18, 2): landmarks on the red of the upper and lower lip."""

MOUTH_CORNERS = np.array([61, 291])
LIP_CORNERS = np.array([61, 291, 78, 308, 76, 306, 62, 292])

BROWS = np.array(
    [[276, 283, 282, 295, 285, 300, 293, 334, 296, 336], [46, 53, 52, 65, 55, 70, 63, 105, 66, 107]]
)  # fmt: skip
"""(eye, 10): lower, then upper edge of the brow, from the temple inwards."""

CHIN = np.array([152, 148, 377, 176, 400, 149, 378])
"""The oval about the chin, from the middle outwards."""

JAW_STILL = np.array([93, 323, 132, 361, 234, 454, 127, 356])
"""The oval from the ear down to above the angle of the jaw: an opening mouth leaves it where it is."""

NOSE = np.array([1, 4, 5, 195, 197, 6, 168, 48, 278, 115, 344, 220, 440, 129, 358])
CHEEKBONES = np.array([50, 280, 101, 330, 118, 347, 117, 346, 111, 340])
