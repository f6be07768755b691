"""An arm of which the middle was taken for the shirt."""

from __future__ import annotations

import numpy as np

from components.portray.anatomy import capsule
from components.portray.bridge import bridge

ORIGIN = np.array([100, 50], np.float32)
CHAIN = np.array([(120, 70), (120, 120), (160, 150), (170, 158)], np.float32)
RADII = np.array([9, 7, 5, 5], np.float32)
ARM = capsule(CHAIN, RADII, (130, 100), ORIGIN)


def test_a_gap_is_bridged_as_wide_as_the_limb() -> None:
    seen = ARM.copy()
    seen[75:92] = False
    found = bridge(CHAIN, RADII, seen, ORIGIN)
    missing = ARM & ~seen
    assert found[missing].mean() > 0.9
    assert (found & ~ARM).sum() < 0.05 * missing.sum()


def test_a_whole_limb_and_one_that_ends_early_have_no_gap() -> None:
    assert not bridge(CHAIN, RADII, ARM, ORIGIN).any()
    ends = ARM.copy()
    ends[75:] = False
    assert not bridge(CHAIN, RADII, ends, ORIGIN).any()
    assert not bridge(CHAIN, RADII, np.zeros_like(ARM), ORIGIN).any()
    assert not bridge(CHAIN - 900, RADII, ARM, ORIGIN).any()
