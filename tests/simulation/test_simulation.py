"""The simulation against a queue whose waits are known, and against a small real run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.simulation.demand import Demand, mean_service, requests_of
from tests.simulation.figures import Figures, read_figures, write_figures
from tests.simulation.model import DAY, Fleet, Request, Simulation
from tests.simulation.real import really

FIGURES = Figures("m", 2, "720x1280", {"portray": (4.0, 0.0), "compose": (1.0, 0.5)}, 1.0)


def poisson(rate: float, mean: float, number: int, seed: int, fixed: bool = False) -> list[Request]:
    random = np.random.default_rng(seed)
    at = np.cumsum(random.exponential(1 / rate, number))
    service = np.full(number, mean) if fixed else random.exponential(mean, number)
    return [Request(float(a), float(s)) for a, s in zip(at, service, strict=True)]


def test_a_fixed_fleet_waits_as_queueing_theory_says() -> None:
    # M/M/1 at 70 %: mean wait rho / (1 - rho) * service (Kleinrock, Queueing Systems I, 1975); its waits' 95th
    # percentile is ln(rho / 0.05) / (rate of service - rate of arrival).
    seen = Simulation(Fleet(1, 1, poll=0.0), poisson(0.7, 1.0, 200_000, 1)).run()
    assert seen.wait() == pytest.approx(0.7 / 0.3, rel=0.08)
    assert seen.wait(95) == pytest.approx(np.log(0.7 / 0.05) / 0.3, rel=0.08)
    # M/D/1 waits half as long (Pollaczek and Khinchine).
    seen = Simulation(Fleet(1, 1, poll=0.0), poisson(0.7, 1.0, 200_000, 2, fixed=True)).run()
    assert seen.wait() == pytest.approx(0.7 / 0.3 / 2, rel=0.08)
    # M/M/4 at 80 %: Erlang's C of 3.2 erlang on 4 is 0.5964, so the mean wait is 0.5964 / 0.8.
    seen = Simulation(Fleet(2, 2, slots=2, poll=0.0), poisson(3.2, 1.0, 200_000, 3)).run()
    assert seen.wait() == pytest.approx(0.5964 / 0.8, rel=0.08)


def test_a_fleet_grows_with_its_queue_and_shrinks_again() -> None:
    burst = [Request(1000.0, 100.0)] * 40 + [Request(9000.0, 1.0)]
    seen = Simulation(Fleet(1, 5, slots=2, start=60.0, poll=0.0), burst).run()
    assert seen.peak == 5
    # Two begin at once. The autoscaler looks at 1005 and the nodes come at 1065: eight more begin, and from then on two
    # at every full hundred and eight 65 s later, the last at 1365.
    assert sorted(seen.waits)[3] == pytest.approx(65.0, abs=1.0) and max(seen.waits) == pytest.approx(365.0, abs=1.0)
    # At 1410 four nodes would do, so that after five minutes of patience four of the five go.
    assert seen.node_seconds - 9001.0 == pytest.approx(4 * (1710 - 1065), abs=4 * 16)
    assert Simulation(Fleet(1, 1, slots=2), burst).run().wait() > 2 * seen.wait()


def test_what_is_asked_for_follows_the_day() -> None:
    demand = Demand(users=20_000)
    requests = list(requests_of(demand, FIGURES))
    assert len(requests) == pytest.approx(40_000, rel=0.03)
    hours = np.histogram([r.at for r in requests], bins=24, range=(0, DAY))[0]
    assert int(np.argmax(hours)) in range(9, 15) and hours.max() / hours.mean() == pytest.approx(1.8, abs=0.1)
    assert np.mean([r.service for r in requests]) == pytest.approx(mean_service(demand, FIGURES), rel=0.02)
    assert FIGURES.seconds(10.0) == 11.0 and FIGURES.seconds(10.0, frozenset({"portray"})) == 7.0


def test_figures_are_kept_in_a_file(tmp_path: Path) -> None:
    write_figures(FIGURES, tmp_path / "figures.json")
    assert read_figures(tmp_path / "figures.json") == FIGURES
    here = read_figures()
    assert {"portray", "perceive", "compose"} <= set(here.stages) and 1.0 < here.seconds(10.0) < 300.0


def test_a_small_real_run_waits_as_simulated(tmp_path: Path) -> None:
    poll = 0.1
    # More is asked for than two workers can do: near the edge of what they can, a little more work is much more wait.
    real = really(poisson(3.0, 1.2, 20, 5), 2, poll, tmp_path)
    # As with the stages, what a run takes is measured: on a busy machine a sleep takes longer than it was told.
    requests = [Request(run.created - real[0].created, run.finished - run.started) for run in real]
    waits = [run.started - run.created for run in real]
    simulated = [Simulation(Fleet(2, 2, poll=poll), requests, seed).run() for seed in range(20)]
    mean, p95 = (float(np.mean([seen.wait(p) for seen in simulated])) for p in (None, 95))
    assert mean > 1.0, "nobody waits in this case"
    assert np.mean(waits) == pytest.approx(mean, rel=0.2)
    assert np.percentile(waits, 95) == pytest.approx(p95, rel=0.2)
