"""Steps of a dance that behave as those of a cluster do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import kfp_server_api as api

from tests.conftest import REPOSITORY
from tests.kubeflow_server import KubeflowServer, kubeflow_server, spec_of

REPORT = "import sys; from components.core.remote import Telling; Telling().outcome(*sys.argv[1:])"
STEP = """
import sys
from pathlib import Path
from components.core import Progress, TroupeError, save
from components.core.remote import Telling
telling = Telling()
telling.begin()
for i in range(3):
    telling.report(Progress("", i, 3, "working"))
if sys.argv[1] == "die":
    sys.exit(137)
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
        server: its API.
        video: what its last step makes.
        behaviour: of its steps: work, refuse, wait until there is a file "go" in the folder, do so quietly, so that
            they cannot be told to stop, or die without a word.
        folder: for its steps.
    """

    server: KubeflowServer
    video: str
    folder: str
    behaviour: str = "work"

    def work(self, run: api.V2beta1Run) -> None:
        """Do a run's steps one after the other, each in a process with the variables that the pipeline gives it."""
        run.state = "RUNNING"
        executors = spec_of(run)["deploymentSpec"]["executors"]
        for name in ("exec-ingest-photo", "exec-compose"):
            last = name == "exec-compose"
            video = self.video if last else ""
            done = _pod(executors[name], STEP, self.behaviour, video, self.folder)
            if run.state == "CANCELING":
                run.state = "CANCELED"
                return
            if done.returncode:
                # Its exit handler is told what a cluster knows of it.
                _pod(executors["exec-report"], REPORT, "FAILED", f"{name} was killed for its memory")
                run.error = api.GoogleRpcStatus(code=13, message="step failed")
                run.state = "FAILED"
                return
        _pod(executors["exec-report"], REPORT, "SUCCEEDED", "")
        run.state = "SUCCEEDED"


def _pod(executor: Any, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    variables = {v["name"]: v.get("value", "") for v in executor["container"].get("env", ())}
    return subprocess.run([sys.executable, "-c", program, *arguments], env=os.environ | variables, cwd=REPOSITORY)


@contextmanager
def cluster(video: str, folder: str) -> Iterator[Cluster]:
    """A Kubeflow Pipelines whose runs do their steps."""
    with kubeflow_server(lambda run: made.work(run)) as server:
        made = Cluster(server, video, folder)
        yield made
