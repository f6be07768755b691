"""A small Kubeflow Pipelines of a test: its API's types over HTTP, and steps that behave as those of a cluster do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import kfp_server_api as api

from tests.conftest import REPOSITORY

STEP = """
import sys
from pathlib import Path
from components.core import Progress, TroupeError, save
from components.core.remote import Telling
telling = Telling()
telling.begin()
for i in range(3):
    telling.report(Progress("", i, 3, "working"))
if sys.argv[1] == "refuse":
    telling.refuse(TroupeError("no_person_found", "No person was found; use another photo."))
    sys.exit(1)
if sys.argv[1] in ("wait", "quiet"):
    import time
    Path(sys.argv[3]).mkdir(exist_ok=True)
    Path(sys.argv[3], "waiting").touch()
    for i in range(300):
        if Path(sys.argv[3], "go").exists():
            break
        time.sleep(0.1)
        if sys.argv[1] == "quiet":
            continue
        telling._said = 0.0
        telling.report(Progress("", i, 300))
telling.warn("no_sound", "The reference has no sound.")
telling.end()
if sys.argv[2]:
    import json, shutil
    from components.media.delivery import deliver
    folder = Path(sys.argv[3])
    folder.mkdir(exist_ok=True)
    shutil.copyfile(sys.argv[2], folder / "video.mp4")
    (folder / "meta.json").write_text(json.dumps({"uri": {"uri": "video.mp4"}}))
    deliver(folder)
"""


@dataclass
class Cluster:
    """What the test sees of it.

    Attributes:
        url: of its API.
        video: what its last step makes.
        behaviour: of its steps: work, refuse, wait until there is a file "go" in the folder, or do so quietly, so
            that they cannot be told to stop.
        runs: by id, as the API's type.
        folder: for its steps.
    """

    url: str
    video: str
    folder: str
    behaviour: str = "work"
    runs: dict[str, api.V2beta1Run] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def work(self, run: api.V2beta1Run) -> None:
        """Do a run's steps one after the other, each in a process with the variables that the pipeline gives it."""
        run.state = "RUNNING"
        spec = run.pipeline_spec
        assert isinstance(spec, dict)
        executors = spec["deploymentSpec"]["executors"]
        for name in ("exec-ingest-photo", "exec-compose"):
            variables = {v["name"]: v.get("value", "") for v in executors[name]["container"].get("env", ())}
            last = name == "exec-compose"
            done = subprocess.run(
                [sys.executable, "-c", STEP, self.behaviour, self.video if last else "", self.folder],
                env=os.environ | variables,
                cwd=REPOSITORY,
            )
            if run.state == "CANCELING":
                run.state = "CANCELED"
                return
            if done.returncode:
                run.state = "FAILED"
                run.error = api.GoogleRpcStatus(code=13, message="step failed")
                return
        run.state = "SUCCEEDED"


@contextmanager
def cluster(video: str, folder: str) -> Iterator[Cluster]:
    """Serve the part of the v2beta1 API that a client uses to run pipelines."""
    client = api.ApiClient(api.Configuration())
    experiment = api.V2beta1Experiment(experiment_id="e1", display_name="troupe")

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, value: Any, status: int = 200) -> None:
            body = json.dumps(client.sanitize_for_serialization(value)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _body(self) -> Mapping[str, Any]:
            body: Mapping[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
            return body

        def do_GET(self) -> None:
            where = urlsplit(self.path)
            made.requests.append(f"GET {where.path}")
            if where.path == "/apis/v2beta1/healthz":
                self._answer(api.V2beta1GetHealthzResponse(multi_user=False))
            elif where.path == "/apis/v2beta1/experiments":
                self._answer(api.V2beta1ListExperimentsResponse(experiments=[experiment], total_size=1))
            elif where.path == "/apis/v2beta1/runs":
                wanted = json.loads(parse_qs(where.query)["filter"][0])["predicates"][0]
                assert wanted["key"] == "name" and wanted["operation"] == "EQUALS"
                found = [r for r in made.runs.values() if r.display_name == wanted["stringValue"]]
                self._answer(api.V2beta1ListRunsResponse(runs=found, total_size=len(found)))
            elif match := re.fullmatch(r"/apis/v2beta1/runs/([^/:]+)", where.path):
                self._answer(made.runs[match[1]])
            else:
                self._answer({"error": "not here", "code": 5}, 404)

        def do_POST(self) -> None:
            where = urlsplit(self.path).path
            made.requests.append(f"POST {where}")
            if where == "/apis/v2beta1/runs":
                told = self._body()
                assert api.V2beta1Run.attribute_map["pipeline_spec"] in told
                run = api.V2beta1Run(
                    run_id=f"kfp-{len(made.runs) + 1}",
                    display_name=told["display_name"],
                    experiment_id=told["experiment_id"],
                    pipeline_spec=told["pipeline_spec"],
                    runtime_config=told["runtime_config"],
                    state="PENDING",
                )
                made.runs[run.run_id] = run
                threading.Thread(target=made.work, args=(run,), daemon=True).start()
                self._answer(run)
            elif match := re.fullmatch(r"/apis/v2beta1/runs/([^/:]+):terminate", where):
                made.runs[match[1]].state = "CANCELING"
                self._answer({})
            else:
                self._answer({"error": "not here", "code": 5}, 404)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Cluster(f"http://127.0.0.1:{server.server_port}", video, folder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        deadline = time.monotonic() + 10
        while any(r.state in ("RUNNING", "CANCELING") for r in made.runs.values()) and time.monotonic() < deadline:
            time.sleep(0.05)
