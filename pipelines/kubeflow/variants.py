"""Which pipelines there are on a cluster: a wiring each, and the values that decide which of its steps there are.

A wiring's conditions are decided when a pipeline is built, one compiled file a variant: a pipeline without branches is
easier to read in the Kubeflow page, and `kfp.local` cannot merge branches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.core.errors import TroupeError
from pipelines.dance.wiring import DANCE_WIRING, NO_CUT, NOBODY_LEARNED
from pipelines.train_deepdance.wiring import TRAIN_DEEPDANCE_WIRING
from pipelines.wiring import Parameter, Wiring, for_each


@dataclass(frozen=True)
class Variant:
    """A pipeline of a cluster.

    Attributes:
        wiring: its steps.
        fixed: values of the parameters that decide which of them there are.
    """

    wiring: Wiring
    fixed: Mapping[str, Any]

    @property
    def free(self) -> Mapping[str, Parameter]:
        """The parameters that a run is given."""
        return {name: p for name, p in self.wiring.parameters.items() if name not in self.fixed}

    @property
    def several(self) -> bool:
        """Whether a run gives a result for each item of a list."""
        return any(s.name == self.wiring.result and s.for_each for s in self.wiring.steps)


DANCE_BATCH_WIRING = for_each(
    DANCE_WIRING,
    ("photo", "performer", "background"),
    "dances",
    "troupe-dance-batch",
    "Several photos and one reference, which is looked at once, become a dance video each.",
)
TRAIN_SWEEP_WIRING = for_each(
    TRAIN_DEEPDANCE_WIRING,
    ("method", "generator"),
    "trials",
    "troupe-train-deepdance-sweep",
    "A video of a person becomes a model by each of several methods; each has to be better than the one before.",
    together=1,  # a champion is compared with, and moved, by one trial at a time
)

VARIANTS: Mapping[str, Variant] = {
    "dance-clip": Variant(DANCE_WIRING, {"reference_kind": "clip", "judged": True} | NO_CUT | NOBODY_LEARNED),
    "dance-motion": Variant(DANCE_WIRING, {"reference_kind": "motion", "judged": False} | NO_CUT | NOBODY_LEARNED),
    "dance-deepdance": Variant(
        DANCE_WIRING, {"reference_kind": "clip", "judged": True, "engine": "deepdance"} | NO_CUT
    ),
    "dance-batch": Variant(DANCE_BATCH_WIRING, {"reference_kind": "clip", "judged": False} | NO_CUT | NOBODY_LEARNED),
    "train-deepdance": Variant(TRAIN_DEEPDANCE_WIRING, {"tensorrt": False, "fp16": False}),
    "train-deepdance-tensorrt": Variant(TRAIN_DEEPDANCE_WIRING, {"tensorrt": True}),
    "train-deepdance-sweep": Variant(TRAIN_SWEEP_WIRING, {"tensorrt": False, "fp16": False}),
}
"""By the name of the compiled file."""


def variant_of(name: str) -> Variant:
    """A variant by its name.

    Raises:
        TroupeError: invalid_setting.
    """
    if name not in VARIANTS:
        raise TroupeError(
            "invalid_setting", f"There is no pipeline {name!r}; there are {', '.join(VARIANTS)}.", name=name
        )
    return VARIANTS[name]
