"""How many reads a second the server answers while it streams events and works: `python -m tests.bench.bench_serve`.

Everybody says with a token who asks. wrk asks: 70 % the state of a run, 20 % a list of 50 runs, 10 % the headers of a
file. Beside it 200 event streams are open and two runs are worked on. First at a little over 500 requests a second,
then as fast as it goes.

wrk waits for a body whenever it is told a length, even after HEAD, so the files are asked for with the ETag that they
have: the answer is then a 304, which has no body for wrk either, and the server does the same work for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import insert

from serving.orchestrator.database import Artifact, Database, Project, Run, new_id
from serving.orchestrator.services import tokens
from tests.bench.machine import machine

SECONDS = int(os.environ.get("TROUPE_BENCH_SECONDS", "60"))
RATE = 520
"""Reads a second that are tried for, a little more than are asked."""
_ANSWER = 4
"""ms that an answer and the timer take."""
STREAMS = 200
RUNS = 2000
_CONNECTIONS = 50
_LUA = """
local names = {NAMES}
local head, list
local status = {{}}
function init(arguments)
  local known = {["If-None-Match"] = '"' .. string.rep("0", 32) .. '"', ["Host"] = wrk.headers["Host"]}
  known["Authorization"] = "Bearer TOKEN"
  wrk.headers["Authorization"] = "Bearer TOKEN"
  head = wrk.format("HEAD", "/api/v1/artifacts/ARTIFACT", known)
  list = wrk.format("GET", "/api/v1/runs?limit=50")
  for i, name in ipairs(names) do status[i] = wrk.format("GET", "/api/v1/runs/" .. name) end
end
math.randomseed(7)
function request()
  local dice = math.random()
  if dice < 0.7 then return status[math.random(#status)] end
  if dice < 0.9 then return list end
  return head
end
DELAY
function done(summary, latency, requests)
  local e = summary.errors
  io.stderr:write(string.format('{{"requests":%d,"seconds":%f,"failed":%d,"p50":%f,"p99":%f,"worst":%f}}\\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
""".replace("{{", "{").replace("}}", "}")


@dataclass(frozen=True)
class Figures:
    """What wrk measured: requests a second, failed ones, and milliseconds of the median, the 99th of 100, the worst."""

    rate: float
    failed: int
    p50: float
    p99: float
    worst: float


def fill(data: Path) -> tuple[list[str], str, str]:
    """A database with runs that ended, a stored file and a token; returns their names and the token."""
    database = Database(f"sqlite:///{data / 'troupe.db'}")
    database.migrate()
    runs = [new_id() for _ in range(RUNS)]
    project, artifact = new_id(), new_id()
    stages = [{"name": n, "state": "done", "share": 1.0, "seconds": 1.0} for n in ("photo", "portray", "compose")]
    file = data / "files" / "artifacts" / artifact / "video.mp4"
    file.parent.mkdir(parents=True)
    file.write_bytes(os.urandom(1 << 20))
    with database.writing() as session:
        _, secret = tokens.create(session, "local", "bench")
        session.add(Project(id=project, owner="local"))
        session.flush()
        rows = [
            {"id": name, "owner": "local", "project_id": project, "state": "succeeded", "stages": stages}
            for name in runs
        ]
        session.execute(insert(Run), rows)
        session.add(
            Artifact(
                id=artifact,
                owner="local",
                kind="video",
                key=f"artifacts/{artifact}/video.mp4",
                media_type="video/mp4",
                filename="video.mp4",
                bytes=1 << 20,
                sha256="0" * 64,
            )
        )
    database.close()
    return runs[:500], artifact, secret


@contextlib.contextmanager
def served(data: Path) -> Iterator[tuple[str, int]]:
    """`troupe serve` with two runs at once; its address and process id."""
    told = {"data": data, "cache": data / "cache", "runs": 2, "rate_per_minute": 0, "authentication": "tokens"}
    env = os.environ | {f"TROUPE_{name.upper()}": str(value) for name, value in told.items()}
    command = [sys.executable, "troupe.py", "serve", "--port", "0"]
    server = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        address = server.stdout.readline().rpartition(" ")[2].strip()
        yield address, server.pid
    finally:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(15)
        server.kill()


def busy(address: str, folder: Path, token: str) -> list[str]:
    """Ask for more runs than two workers finish meanwhile; each begins at another second, so none is reused."""
    from tests.figure_samples import small_photo

    photo = small_photo(folder)
    with httpx.Client(base_url=f"{address}/api/v1", headers=_bearer(token), timeout=60) as client:
        sent = client.post("/photos", files={"file": ("me.png", photo.read_bytes())}).json()
        reference = client.post("/references/built-in", json={"name": "groove"}).json()
        runs = []
        for second in range(20):
            wanted = {"photo_id": sent["id"], "reference_id": reference["id"], "consent": True, "start": second / 2}
            project = client.post("/projects", json={**wanted, "size": "720x1280"}).json()
            runs.append(client.post("/runs", json={"project_id": project["id"]}).json()["id"])
        while sum(r["state"] == "running" for r in client.get("/runs", params={"kind": "dance"}).json()["items"]) < 2:
            time.sleep(0.5)
    return runs


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def listen(address: str, runs: list[str], token: str, ready: asyncio.Event) -> int:
    """Hold STREAMS event streams open until cancelled; returns how many events came."""
    host, port = address.removeprefix("http://").rsplit(":", 1)
    count = 0
    opened = 0

    async def one(run: str) -> None:
        nonlocal count, opened
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"Host: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"
        writer.write(f"GET /api/v1/runs/{run}/events HTTP/1.1\r\n{head}".encode())
        assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
        opened += 1
        if opened == STREAMS:
            ready.set()
        while data := await reader.read(65536):
            count += data.count(b"\nevent: ")

    tasks = [asyncio.create_task(one(runs[i % len(runs)])) for i in range(STREAMS)]
    try:
        await asyncio.gather(*tasks)
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
    return count


def wrk(address: str, script: Path, seconds: int) -> Figures:
    """Run wrk and read what its script tells."""
    command = ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{seconds}s", "--timeout", "5s", "-s", str(script), address]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"^\{.*\}$", told.stderr, re.MULTILINE)
    assert found is not None, told.stderr + told.stdout
    values = json.loads(found.group())
    rate = values["requests"] / values["seconds"]
    return Figures(rate, int(values["failed"]), values["p50"], values["p99"], values["worst"])


async def measure(
    address: str, folder: Path, names: list[str], artifact: str, token: str
) -> list[tuple[str, Figures, int]]:
    """The table's rows: name, figures, events that came meanwhile."""
    runs = await asyncio.to_thread(busy, address, folder, token)
    rows = []
    quoted = ",".join(f'"{n}"' for n in names)
    # wrk waits from an answer to the next question: what an answer takes is no longer waited for.
    delay = f"function delay() return {1000 * _CONNECTIONS // RATE - _ANSWER} end"
    for title, pause, seconds in (
        (f"{RATE} a second", delay, SECONDS),
        ("as fast as it goes", "", max(10, SECONDS // 4)),
    ):
        script = folder / "wrk.lua"
        script.write_text(
            _LUA.replace("NAMES", quoted).replace("ARTIFACT", artifact).replace("DELAY", pause).replace("TOKEN", token)
        )
        ready = asyncio.Event()
        streams = asyncio.create_task(listen(address, runs, token, ready))
        await ready.wait()
        figures = await asyncio.to_thread(wrk, address, script, seconds)
        streams.cancel()
        rows.append((title, figures, await streams))
    return rows


def main() -> int:
    """Print the table; 1 where wrk is missing."""
    if shutil.which("wrk") is None:
        print("wrk is not installed: apt-get install wrk")
        return 1
    with tempfile.TemporaryDirectory(prefix="troupe-bench-") as place:
        data = Path(place)
        names, artifact, token = fill(data)
        with served(data) as (address, _):
            rows = asyncio.run(measure(address, data, names, artifact, token))
    print(f"{machine()}; SQLite and a folder; {RUNS} runs stored, {STREAMS} event streams, two runs at work\n")
    print("| reads | a second | failed | median ms | p99 ms | worst ms | events streamed |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for title, f, events in rows:
        print(f"| {title} | {f.rate:.0f} | {f.failed} | {f.p50:.1f} | {f.p99:.1f} | {f.worst:.1f} | {events} |")
    print("\nasked: 500 a second, no error, p99 under 100 ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
