"""How far a run is and how long it will take: exact where every stage keeps its pace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.orchestrator.runs.progress import advanced, begun, ended, overall, planned, seconds_left

PLAN = [("a", 2.0), ("b", 6.0), ("c", 2.0)]


def test_a_machine_of_the_usual_pace() -> None:
    stages = planned(PLAN)
    assert overall(stages) == 0.0 and seconds_left(stages, 0.0) is None
    stages = begun(stages, "a", 100.0)
    assert seconds_left(stages, 100.0) == 10.0
    stages = ended(stages, "a", 2.0, False)
    stages = begun(stages, "b", 102.0)
    stages = advanced(stages, "b", 1, 2, 105.0)
    assert overall(stages) == 0.5 and seconds_left(stages, 105.0) == 5.0
    assert [s["state"] for s in stages] == ["done", "running", "waiting"]
    assert stages[1]["seconds"] == 3.0


def test_a_slow_machine_takes_longer_by_what_it_showed() -> None:
    stages = ended(begun(planned(PLAN), "a", 0.0), "a", 11.0, False)
    left = seconds_left(begun(stages, "b", 11.0), 11.0)
    assert left == pytest.approx(8.0 * (1 + 11) / (1 + 2), abs=0.1)


def test_what_was_finished_before_says_nothing_about_the_pace() -> None:
    stages = ended(begun(planned(PLAN), "a", 0.0), "a", 0.01, True)
    assert seconds_left(begun(stages, "b", 0.0), 0.0) == 8.0 and overall(stages) == 0.2


def test_a_stage_that_nobody_planned_joins_at_the_end() -> None:
    stages = advanced(planned(PLAN), "extra", 1, 2, 5.0)
    assert [s["name"] for s in stages] == ["a", "b", "c", "extra"] and stages[-1]["share"] == 0.5


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-5, 50), st.integers(-2, 40)), max_size=30))
def test_whatever_is_told_the_figures_make_sense(words: list[tuple[str, int, int]]) -> None:
    stages = planned(PLAN)
    for moment, (name, done, total) in enumerate(words):
        stages = advanced(stages, name, done, total, float(moment))
        assert 0.0 <= overall(stages) <= 1.0
        left = seconds_left(stages, float(moment))
        assert left is not None and left >= 0.0
