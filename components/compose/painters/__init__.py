"""The paintings a ProceduralLayer may name: one module each, imported when first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Protocol

from components.core import TroupeError, UInt8

PAINTERS: Mapping[str, str] = {
    "nightclub": "components.compose.painters.nightclub",
    "sunset": "components.compose.painters.sunset",
    "rooftop": "components.compose.painters.rooftop",
    "disco": "components.compose.painters.disco",
    "forest": "components.compose.painters.forest",
    "contact_shadow": "components.compose.painters.contact_shadow",
}
"""Name of a painter -> the module whose functions `prepare` and `paint` it consists of."""


class Painter(Protocol):
    """What a painter's module offers. Both functions are pure: the same arguments give the same pixels.

    A painter of small things may also offer `touched(state, t_index) -> (x0, y0, x1, y1)`, ends excluded: outside that
    rectangle `paint` changes no pixel, so that the rest of the frame need not be restored and converted again.
    """

    def prepare(
        self, width: int, height: int, parameters: Mapping[str, Any], seed: int, fps: Fraction, frames: int
    ) -> Any:
        """Everything that does not depend on the frame, made once per process.

        Args:
            width, height: px of the video's frame.
            parameters: plain values of the ProceduralLayer; a Uri names a .npy (open it memory-mapped).
            seed: of everything random.
            fps: frames a second.
            frames: length of the shot.
        """
        ...

    def paint(self, state: Any, frame: UInt8, t_index: int) -> None:
        """Paint frame `t_index` of the shot over what lies beneath.

        Args:
            state: what `prepare` returned; not changed, since frames may be asked for in any order.
            frame: (H, W, 3) uint8 RGB, C-contiguous, changed in place.
            t_index: 0 .. frames - 1.
        """
        ...


def painter(name: str) -> Painter:
    """The painter of this name.

    Raises:
        TroupeError: invalid_setting: there is none.
    """
    if name not in PAINTERS:
        known = ", ".join(sorted(PAINTERS))
        raise TroupeError("invalid_setting", f"There is no painter named {name!r}; choose one of {known}.", name=name)
    module: Any = importlib.import_module(PAINTERS[name])
    return module  # type: ignore[no-any-return]
