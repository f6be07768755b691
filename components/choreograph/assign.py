"""Which dancer drives which performer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.core import Cast, Dance, Dancer, Notice, Performer, TroupeError

LARGE = 0.35
"""A performer of "auto" is at least this share of the tallest one's height."""
SEEN = 0.3
"""A dancer of "auto" is seen (time times size) at least this share of the most visible one."""
_CORE = [0, 1, 2, 4, 5, 9, 10, 13, 14, 18, 19]  # RIG: pelvis, chest, head, shoulders, elbows, hips, knees


@dataclass(frozen=True)
class Assignment:
    """Pairs of performer index and place of the dancer in `Dance.dancers`, in order of performer."""

    pairs: tuple[tuple[int, int], ...]
    notices: tuple[Notice, ...] = ()


def assign(dance: Dance, cast: Cast, performer: str = "auto", dancer: str = "auto") -> Assignment:
    """Choose who dances what: from left to right, dancers as performers.

    Args:
        dance: with at least one dancer.
        cast: with at least one performer.
        performer: "auto" (all that are large and visible enough), "all", or indices such as "0,2".
        dancer: "auto" (the most visible, as many as performers), "all", or indices such as "1".

    Raises:
        TroupeError: no_person_found, no_dancer_found, no_such_performer, no_such_dancer, invalid_setting.
    """
    danced = [i for i, d in enumerate(dance.dancers) if d.pose.present.any()]
    if not cast.performers:
        raise TroupeError("no_person_found", "The photo has nobody who could dance: use a photo of a whole person.")
    if not danced:
        raise TroupeError("no_dancer_found", "Nobody dances in the reference: use a clip that shows a whole person.")
    performers = _performers(cast, performer)
    word = dancer.strip().lower()
    named = word not in ("auto", "all")
    if named:
        available = [i for i in _named(dancer, len(dance.dancers), "dancer") if i in danced]
        if not available:
            raise TroupeError("no_dancer_found", f"Dancer {dancer} is never seen: choose another one.", dancer=dancer)
    else:
        available = danced if word == "all" else _most_seen(dance, danced)
    dancers = sorted(available, key=lambda i: -visible(dance.dancers[i]))[: len(performers)]
    notices: list[Notice] = []
    if len(available) > len(performers):
        notices.append(
            Notice(
                "fewer_performers",
                f"The reference has {len(available)} dancers for {len(performers)} performer"
                f"{'s' * (len(performers) != 1)}: the most visible lead.",
                {"dancers": len(available), "performers": len(performers)},
            )
        )
    if len(dancers) < len(performers):
        notices.append(
            Notice(
                "fewer_dancers",
                f"The reference has {len(dancers)} dancer{'s' * (len(dancers) != 1)} for {len(performers)} performers: "
                "some dance the same moves.",
                {"dancers": len(dancers), "performers": len(performers)},
            )
        )
    dancers = sorted(dancers, key=lambda i: mean_x(dance.dancers[i]))
    lead = [dancers[k % len(dancers)] for k in range(len(performers))]
    return Assignment(tuple(zip(performers, lead, strict=True)), tuple(notices))


def visible(dancer: Dancer) -> float:
    """How much is seen of a dancer: the square root of the mean area over all frames, px."""
    box = np.nan_to_num(dancer.box)
    area = np.clip(box[:, 2] - box[:, 0], 0, None) * np.clip(box[:, 3] - box[:, 1], 0, None)
    return float(np.sqrt(np.mean(area * dancer.pose.present)))


def mean_x(dancer: Dancer) -> float:
    """Where a dancer is on average from left to right, px."""
    return float(np.nanmean(dancer.pose.xyz[dancer.pose.present][:, [11, 12, 23, 24], 0]))


def _most_seen(dance: Dance, danced: list[int]) -> list[int]:
    ranked = sorted(danced, key=lambda i: -visible(dance.dancers[i]))
    least = SEEN * visible(dance.dancers[ranked[0]])
    return [i for i in ranked if visible(dance.dancers[i]) >= least]


def _performers(cast: Cast, choice: str) -> list[int]:
    everyone = list(range(len(cast.performers)))
    word = choice.strip().lower()
    if word == "all":
        return everyone
    if word != "auto":
        return _named(choice, len(everyone), "performer")
    tallest = max(_height(p) for p in cast.performers)
    fit = [i for i, p in enumerate(cast.performers) if _height(p) >= LARGE * tallest and _shown(p) >= 0.5]
    return fit or [max(everyone, key=lambda i: _height(cast.performers[i]) * (0.2 + _shown(cast.performers[i])))]


def _height(performer: Performer) -> float:
    return float(performer.box[3] - performer.box[1])


def _shown(performer: Performer) -> float:
    return float(np.mean(performer.visibility[_CORE]))


def _named(choice: str, count: int, kind: str) -> list[int]:
    """Indices named by a list such as "0,2"."""
    try:
        indices = [int(part) for part in choice.split(",") if part.strip()]
    except ValueError:
        indices = []
    if not indices:
        raise TroupeError(
            "invalid_setting",
            f"--{kind} {choice!r} is not understood: give auto, all, or numbers such as 0,2.",
            setting=kind,
            value=choice,
        )
    for index in indices:
        if not 0 <= index < count:
            where = "photo" if kind == "performer" else "reference"
            people = f"{count} person" if count == 1 else f"{count} people"
            numbers = "number 0" if count == 1 else f"numbers 0 to {count - 1}"
            raise TroupeError(
                f"no_such_{kind}",
                f"There is no {kind} {index}: the {where} has {people}, {numbers} from `troupe inspect`.",
                **{kind: index, "count": count},
            )
    return sorted(set(indices)) if kind == "performer" else list(dict.fromkeys(indices))
