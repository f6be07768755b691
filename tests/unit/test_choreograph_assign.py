"""Who dances what: left to right, shared or led, or refused with the numbers there are."""

from __future__ import annotations

import numpy as np
import pytest

from components.choreograph.assign import assign
from components.core import Cast, Dance, TroupeError
from tests.dance_samples import built_in, cast_of, dance_of

_, POSE = built_in("groove", 1.0)


def _people(*xs: float, sizes: tuple[float, ...] = ()) -> list[np.ndarray]:
    middle = POSE.xyz[0, :, 0].mean()
    out = []
    for i, x in enumerate(xs):
        person = POSE.xyz[0] * (sizes[i] if sizes else 1.0)
        person[:, 0] += x - middle * (sizes[i] if sizes else 1.0)
        out.append(person)
    return out


def _cast(*xs: float, sizes: tuple[float, ...] = ()) -> Cast:
    return cast_of(*_people(*xs, sizes=sizes), width=2000)


def _dance(*xs: float, sizes: tuple[float, ...] = ()) -> Dance:
    poses = []
    for i, x in enumerate(xs):
        xyz = POSE.xyz * (sizes[i] if sizes else 1.0)
        xyz[..., 0] += x - xyz[..., 0].mean()
        poses.append(type(POSE)(xyz, POSE.world, POSE.visibility, POSE.present, None, POSE.fps))
    return dance_of(*poses, width=2000)


def test_left_dances_left() -> None:
    # identities are by visibility, so the dancers' order is not their place
    assert assign(_dance(900, 200, 1500), _cast(100, 800, 1400)).pairs == ((0, 1), (1, 0), (2, 2))


def test_fewer_dancers_are_shared_and_fewer_performers_take_the_most_visible() -> None:
    shared = assign(_dance(900, 200), _cast(100, 600, 1100))
    assert shared.pairs == ((0, 1), (1, 0), (2, 1))
    assert [n.code for n in shared.notices] == ["fewer_dancers"]
    led = assign(_dance(900, 200, 1500, sizes=(0.7, 1.0, 0.5)), _cast(100))
    assert led.pairs == ((0, 1),)
    assert [n.code for n in led.notices] == ["fewer_performers"]


def test_auto_leaves_out_who_is_too_small() -> None:
    cast = _cast(100, 800, 1400, sizes=(1.0, 0.2, 0.9))
    assert [p for p, _ in assign(_dance(300), cast).pairs] == [0, 2]
    assert [p for p, _ in assign(_dance(300), cast, performer="all").pairs] == [0, 1, 2]
    passer_by = _dance(900, 200, sizes=(1.0, 0.15))
    assert assign(passer_by, _cast(100, 800)).pairs == ((0, 0), (1, 0))
    assert assign(passer_by, _cast(100, 800), dancer="all").pairs == ((0, 1), (1, 0))


def test_named_people() -> None:
    assert assign(_dance(900, 200), _cast(100, 800, 1400), performer="2,0", dancer="1").pairs == ((0, 1), (2, 1))


@pytest.mark.parametrize(
    ("performer", "dancer", "code", "words"),
    [
        ("7", "auto", "no_such_performer", "2 people"),
        ("-1", "auto", "no_such_performer", "2 people"),
        ("auto", "3", "no_such_dancer", "1 person"),
        ("left", "auto", "invalid_setting", "auto, all"),
        ("auto", "", "invalid_setting", "auto, all"),
    ],
)
def test_refusals_name_what_there_is(performer: str, dancer: str, code: str, words: str) -> None:
    with pytest.raises(TroupeError, match=words) as refused:
        assign(_dance(300), _cast(100, 800), performer, dancer)
    assert refused.value.code == code


def test_nobody_dances() -> None:
    dance, cast = _dance(300), _cast(100)
    with pytest.raises(TroupeError) as refused:
        assign(Dance(dance.width, dance.height, dance.fps, dance.frames, None, None, (), None), cast)
    assert refused.value.code == "no_dancer_found"
    with pytest.raises(TroupeError) as refused:
        assign(dance, Cast(cast.photo, cast.plate, ()))
    assert refused.value.code == "no_person_found"
