"""This machine's runner: what is reused, what is redone, and what a kill leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from components.core import Progress, TroupeError
from pipelines.runners.local import run
from pipelines.runners.store import prune
from pipelines.runners.version import stage_version
from tests.conftest import REPOSITORY
from tests.sample_stages.wiring import WIRING


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "log").mkdir()
    return tmp_path / "log"


def reused(result: object) -> dict[str, bool]:
    return {s.name: s.reused for s in result.steps}  # type: ignore[attr-defined]


def test_a_finished_step_is_not_redone_and_a_changed_setting_redoes_what_depends_on_it(
    tmp_path: Path, log: Path
) -> None:
    store = tmp_path / "store"
    arguments = {"text": "abc", "log": str(log)}
    first = run(WIRING, arguments, store)
    assert Path(first.output.uri).read_text() == "abc"
    assert reused(first) == {"write": False, "slow": False}
    again = run(WIRING, arguments, store)
    assert reused(again) == {"write": True, "slow": True}
    assert (log / "copied").read_text() == "0\n1\n2\n"
    changed = run(WIRING, arguments | {"tail": "d"}, store)
    assert reused(changed) == {"write": False, "slow": False}
    assert Path(changed.output.uri).read_text() == "abcd"


def test_a_file_counts_by_its_bytes_not_by_its_name(tmp_path: Path, log: Path) -> None:
    one, two, other = tmp_path / "one", tmp_path / "two", tmp_path / "other"
    one.write_text("same")
    two.write_text("same")
    other.write_text("different")
    run(WIRING, {"text": str(one), "log": str(log)}, tmp_path / "store")
    assert reused(run(WIRING, {"text": str(two), "log": str(log)}, tmp_path / "store"))["write"]
    assert not reused(run(WIRING, {"text": str(other), "log": str(log)}, tmp_path / "store"))["write"]


def test_a_killed_run_continues_where_it_was(tmp_path: Path, log: Path) -> None:
    store = tmp_path / "store"
    command = [sys.executable, "-m", "tests.sample_stages.wiring", "abcdef", str(log), str(store)]
    child = subprocess.Popen(command, cwd=REPOSITORY, env=os.environ | {"TROUPE_TEST_STALL_AT": "4"})
    deadline = time.monotonic() + 30
    while not (log / "stalled").exists():
        assert time.monotonic() < deadline and child.poll() is None
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not list(store.glob("slow-*/meta.json")), "a half-written output looks finished"
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == "abcdef {'write': True, 'slow': False}\n"
    assert (log / "copied").read_text() == "0\n1\n2\n3\n4\n5\n", "a finished piece was made twice"


def test_a_cancelled_run_leaves_no_finished_output(tmp_path: Path, log: Path) -> None:
    def cancel(progress: Progress) -> None:
        if progress.stage == "slow" and progress.done == 2:
            raise TroupeError("cancelled", "stop")

    arguments = {"text": "abcd", "log": str(log)}
    with pytest.raises(TroupeError, match="stop"):
        run(WIRING, arguments, tmp_path / "store", report=cancel)
    assert not list((tmp_path / "store").glob("slow-*/meta.json"))
    assert reused(run(WIRING, arguments, tmp_path / "store")) == {"write": True, "slow": False}


def test_a_damaged_output_is_made_anew(tmp_path: Path, log: Path) -> None:
    arguments = {"text": "abc", "log": str(log)}
    run(WIRING, arguments, tmp_path / "store")
    for meta in (tmp_path / "store").glob("slow-*/meta.json"):
        meta.write_text("{")
    result = run(WIRING, arguments, tmp_path / "store")
    assert reused(result) == {"write": True, "slow": False}
    assert Path(result.output.uri).read_text() == "abc"


def test_two_runs_of_the_same_work_do_it_once(tmp_path: Path, log: Path) -> None:
    arguments = {"text": "abcdefgh", "log": str(log)}
    threads = [
        threading.Thread(target=run, args=(WIRING, arguments, tmp_path / "store"), kwargs={"workers": 1})
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (log / "copied").read_text().split() == [str(i) for i in range(8)]


def test_the_version_of_a_stage_follows_its_sources() -> None:
    assert stage_version("tests.sample_stages.write") != stage_version("tests.sample_stages.slow")
    assert stage_version("tests.sample_stages.write") == stage_version.__wrapped__("tests.sample_stages.write")


def test_the_store_is_cut_to_its_limit_oldest_first(tmp_path: Path) -> None:
    for age, name in ((7000, "a-1"), (5000, "b-2"), (3000, "c-3")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_bytes(b"0" * 100)
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    half = tmp_path / "d-4.part"
    half.mkdir()
    os.utime(half, (time.time() - 100_000,) * 2)
    prune(tmp_path, 150)
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_dir()) == ["c-3"]
