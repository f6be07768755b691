"""Identifiers sort by the time at which they were made."""

from __future__ import annotations

import time

import pytest

from serving.orchestrator.database import new_id
from serving.orchestrator.database.identity import LENGTH, made_at


def test_identifiers_of_one_millisecond_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = time.time_ns()  # the clock alone is stood in for: no test may set back the machine's
    monkeypatch.setattr("time.time_ns", lambda: moment)
    made = [new_id() for _ in range(2000)]
    assert made == sorted(set(made))
    assert {len(name) for name in made} == {LENGTH}
    monkeypatch.setattr("time.time_ns", lambda: moment - 3_600_000_000_000)  # the clock is set back by an hour
    assert new_id() > made[-1]


def test_an_identifier_tells_when_it_was_made() -> None:
    assert made_at(new_id()) == pytest.approx(time.time(), abs=60)
    for other in ("", "photos", "u" * LENGTH, "0" * 25):
        assert made_at(other) is None
