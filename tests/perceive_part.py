"""The steps that take a part out of a reference, as a pipeline of their own: what a test sends through both faces."""

from __future__ import annotations

from pipelines.dance.wiring import DANCE_WIRING
from pipelines.wiring import Wiring

_PARAMETERS = ("reference", "reference_kind", "start", "duration", "cut", "cut_start", "cut_duration")
PART_WIRING = Wiring(
    "troupe-part",
    {name: DANCE_WIRING.parameters[name] for name in _PARAMETERS},
    tuple(s for s in DANCE_WIRING.steps if s.name in ("clip", "perceive", "cut")),
    "cut",
)
