"""Compiles every kernel once, by making small videos, so that no later run has to wait for a compiler.

Nothing here names a kernel: the main job runs as it always does, on media drawn for it, on every background. So what
is compiled is what a real job calls, with the same types.
"""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

from components.core import Progress, Report, silent

SIZE = (240, 416)
"""px of the videos."""
_STAGE = "warm"


def warm(report: Report = silent) -> int:
    """Run whatever is compiled; code that an earlier call left is used.

    Args:
        report: receives progress.

    Returns:
        How many kernels had to be compiled, each combination of argument types counted.
    """
    from components.core.kernel import KERNELS
    from components.scenery.presets import presets
    from pipelines.dance.job import dance

    with tempfile.TemporaryDirectory(prefix="troupe-warm-") as name:
        folder = Path(name)
        report(Progress(_STAGE, 0, 0, "a drawn dancer"))
        photo, clip = _draw(folder)
        backgrounds = (str(photo), "green", *(preset.name for preset in presets()))
        jobs = [(str(clip), "original"), *(("groove", background) for background in backgrounds)]
        for i, (reference, background) in enumerate(jobs):
            report(Progress(_STAGE, i, len(jobs), "videos of a few frames"))
            dance(
                str(photo),
                reference,
                folder / "video.mp4",
                size=f"{SIZE[0]}x{SIZE[1]}",
                background=background,
                performer="all",
                duration=0.6,
                quality="draft",
                overwrite=True,
                workers=1,
                cache=folder / "cache",
            )
        _look_at_hdr()
    report(Progress(_STAGE, len(jobs), len(jobs)))
    return sum(sum(k.stats.cache_misses.values()) for k in KERNELS)


def _draw(folder: Path) -> tuple[Path, Path]:
    """A photo of two people, one with folded arms, and a clip of one who dances."""
    from components.figure.scene import draw_clip, draw_photo
    from components.media import write_picture
    from components.repertoire.choreographies import choreography_motion

    photo, clip = folder / "photo.png", folder / "clip.mp4"
    rgb, _ = draw_photo(["ada", "kofi"], ["standing", "crossed_arms"], (480, 560))
    write_picture(photo, rgb)
    motion = choreography_motion("groove", seconds=0.6)
    draw_clip(clip, ["kofi"], [motion], size=(288, 512), fps=Fraction(25), seconds=0.6)
    return photo, clip


def _look_at_hdr() -> None:
    """Tones of HDR video, which the drawn clip does not have."""
    import numpy as np

    from components.media.tone import tone_mapped

    for transfer in ("pq", "hlg"):
        tone_mapped(np.zeros((2, 2, 3), np.uint16), transfer, wide=True)
