"""Who is who, on sightings whose people are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from components.models.appearance import BINS, LENGTH, REGIONS
from components.perceive.association import identities
from components.perceive.chain import Chain
from components.perceive.observe import Sighting

FPS = 25.0
PIECE, WARM = 32, 2


def _look(person: int) -> np.ndarray:  # type: ignore[type-arg]
    look = np.full((REGIONS, 3, BINS), 0.02)
    look[:, :, person] += 1.0
    return (look / look.sum(axis=2, keepdims=True)).reshape(LENGTH).astype(np.float16)


def _sighting(
    piece: int, number: int, frames: list[int], x: list[float], person: int, cuts: tuple[int, ...] = ()
) -> Sighting:
    n = len(frames)
    shape = np.array([(20, -60), (-20, -60), (30, -30), (-30, -30), (35, 0), (-35, 0), (15, 0), (-15, 0), (15, 50),
                      (-15, 50), (15, 100), (-15, 100)], np.float32)  # fmt: skip
    body = np.array(x, np.float32)[:, None, None] * np.array([1.0, 0.0], np.float32) + shape + np.float32(200)
    return Sighting(
        piece,
        number,
        np.array(frames, np.int32),
        body.astype(np.float32),
        np.full(n, 200.0, np.float32),
        np.zeros((n, 4), np.float32),
        np.repeat(_look(person)[None], n, 0),
        np.ones((n, REGIONS), np.float16),
        np.full(n, 0.9, np.float32),
        cuts,
        np.zeros(n, np.bool_),
    )


def _people(chains: list[Chain]) -> list[list[tuple[int, int, int]]]:
    """Per chain the runs (first, last, whose look) in it."""
    return [
        [(f.first, f.last, int(f.sighting.look[f.start].reshape(REGIONS, 3, BINS)[0, 0].argmax())) for f in c.fragments]
        for c in chains
    ]


def test_pieces_are_joined_by_the_frames_they_share() -> None:
    first = list(range(0, 32))
    second = list(range(30, 64))
    sightings = [
        _sighting(0, 0, first, [2.0 * f for f in first], 1),
        _sighting(0, 1, first, [400.0 - 2.0 * f for f in first], 2),
        _sighting(1, 0, second, [400.0 - 2.0 * f for f in second], 2),
        _sighting(1, 1, second, [2.0 * f for f in second], 1),
    ]
    chains = _people(identities(sightings, [0, 32], FPS, least=5))
    assert sorted(c[0][2] for c in chains) == [1, 2]
    for chain in chains:
        assert [(a, b) for a, b, _ in chain] == [(0, 31), (32, 63)]
        assert len({p for *_, p in chain}) == 1


def test_a_crossing_in_which_one_is_hidden_keeps_both() -> None:
    front = list(range(0, 32))
    before, after = list(range(0, 12)), list(range(20, 32))
    sightings = [
        _sighting(0, 0, front, [10.0 * f for f in front], 1),
        _sighting(0, 1, before, [320.0 - 10.0 * f for f in before], 2),
        _sighting(0, 2, after, [320.0 - 10.0 * f for f in after], 2),
    ]
    chains = _people(identities(sightings, [0], FPS, least=5))
    assert [[p for *_, p in c] for c in chains] == [[1], [2, 2]]


def test_a_track_that_slid_onto_somebody_else_is_parted() -> None:
    frames = list(range(0, 32))
    mixed = _sighting(0, 0, frames, [5.0 * f for f in frames], 1)
    look = mixed.look.copy()
    look[18:] = _look(2)
    slid = replace(mixed, look=look)
    chains = _people(identities([slid], [0], FPS, least=5))
    assert sorted(chains) == [[(0, 17, 1)], [(18, 31, 2)]]


def _shirt_opened(cuts: tuple[int, ...] = ()) -> list[Sighting]:
    """Someone in front, whose look changes half-way to that of someone smaller behind, who is then hidden."""
    frames, behind = list(range(0, 32)), list(range(0, 14))
    front = _sighting(0, 0, frames, [300.0 + f for f in frames], 1, cuts)
    look = front.look.reshape(-1, REGIONS, 3, BINS).copy()
    look[18:, :2] = 0.25 * look[18:, :2] + 0.75 * _look(2).reshape(REGIONS, 3, BINS)[:2]
    front = replace(front, look=look.reshape(-1, LENGTH))
    hidden = _sighting(0, 1, behind, [330.0 for _ in behind], 2)
    return [front, replace(hidden, size=np.full(14, 140.0, np.float32))]


def test_who_turns_about_alone_is_not_taken_for_who_was_behind() -> None:
    def joined(sightings: list[Sighting]) -> list[list[tuple[int, int]]]:
        return sorted([(a, b) for a, b, _ in c] for c in _people(identities(sightings, [0], FPS, least=5)))

    assert joined(_shirt_opened()) == [[(0, 13)], [(0, 17), (18, 31)]]
    # where two tracks had fallen onto one body, another look is another person
    assert [(0, 17), (18, 31)] not in joined(_shirt_opened(cuts=(18,)))


@pytest.mark.parametrize("gap_pieces", [1, 4])
def test_a_dancer_who_returns_elsewhere_is_the_same_and_a_stranger_is_not(gap_pieces: int) -> None:
    pieces = [PIECE * k for k in range(gap_pieces + 2)]
    last = pieces[-1]
    first, later = list(range(0, 32)), list(range(last, last + 32))
    sightings = [
        _sighting(0, 0, first, [600.0] * 32, 1),
        _sighting(len(pieces) - 1, 0, later, [100.0] * 32, 1),
        _sighting(len(pieces) - 1, 1, later, [620.0] * 32, 3),
    ]
    chains = _people(identities(sightings, pieces, FPS, least=5))
    assert [[p for *_, p in c] for c in chains] == [[1, 1], [3]]


def test_who_is_hardly_seen_is_nobody() -> None:
    frames = list(range(0, 32))
    sightings = [_sighting(0, 0, frames, [300.0] * 32, 1), _sighting(0, 1, frames[:4], [20.0] * 4, 2)]
    assert len(identities(sightings, [0], FPS, least=8)) == 1
    assert identities([], [0], FPS, least=8) == []


def test_two_tracks_of_one_body_are_one() -> None:
    frames = list(range(0, 32))
    sightings = [_sighting(0, k, frames, [300.0 + k for _ in frames], 1) for k in (0, 1)]
    assert len(identities(sightings, [0], FPS, least=5)) == 1


def test_a_thing_far_smaller_than_the_dancer_needs_a_face() -> None:
    frames = list(range(0, 32))
    dancer = _sighting(0, 0, frames, [300.0] * 32, 1)
    thing = replace(_sighting(0, 1, frames, [900.0] * 32, 2), size=np.full(32, 40.0, np.float32))
    child = replace(thing, faces=np.ones(32, np.bool_))
    assert len(identities([dancer, thing], [0], FPS, least=5)) == 1
    assert len(identities([dancer, child], [0], FPS, least=5)) == 2


def test_a_track_that_begins_before_the_other_ends_counts_each_frame_once() -> None:
    early, late = list(range(0, 20)), list(range(18, 32))
    sightings = [
        _sighting(0, 0, early, [300.0 + f for f in early], 1),
        _sighting(0, 1, late, [330.0 + f for f in late], 1),
    ]
    chains = identities(sightings, [0], FPS, least=5)
    assert len(chains) == 1
    frames = [int(t) for f in chains[0].fragments for t in f.sighting.frames[f.start : f.stop]]
    assert frames == list(range(32))
