"""A small Kubeflow Pipelines of the tests: its API (v2beta1) with the types of `kfp_server_api`, and its moods.

What it keeps outlives its restarts. What a run does is the test's own; pipelines, versions and schedules are kept as
they come. It may answer late, refuse, hang up before it has done something, or afterwards, so that the answer is lost.
"""

from __future__ import annotations

import datetime
import email
import email.policy
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import kfp_server_api as api
import yaml

Mood = Literal["busy", "hang_up", "lose_answer"]
"""What becomes of one request: 503, closed before anything was done, closed after everything was done."""
ENDED = ("SUCCEEDED", "FAILED", "CANCELED", "SKIPPED")
_CLIENT = api.ApiClient(api.Configuration())


@dataclass
class KubeflowServer:
    """What a test sees of it.

    Attributes:
        work: does a run, in a thread of its own: sets its state, and looks whether that became CANCELING.
        url: of its API.
        runs, pipelines, versions, schedules: by id, as the API's types.
        experiments: by name.
        requests: method and path of each.
        tokens: what came as Authorization.
        moods: of the next requests whose method and path match a pattern, each used once.
        delay: seconds by which every answer comes late.
    """

    work: Callable[[api.V2beta1Run], None]
    url: str = ""
    runs: dict[str, api.V2beta1Run] = field(default_factory=dict)
    pipelines: dict[str, api.V2beta1Pipeline] = field(default_factory=dict)
    versions: dict[str, api.V2beta1PipelineVersion] = field(default_factory=dict)
    schedules: dict[str, api.V2beta1RecurringRun] = field(default_factory=dict)
    experiments: dict[str, api.V2beta1Experiment] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    moods: list[tuple[str, Mood]] = field(default_factory=list)
    delay: float = 0.0
    _server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        """Listen, at the address of before where there was one."""
        port = urlsplit(self.url).port or 0
        self._server = _Listening(("127.0.0.1", port), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Go away; runs go on meanwhile."""
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def mood(self, request: str) -> Mood | None:
        for i, (pattern, mood) in enumerate(self.moods):
            if re.fullmatch(pattern, request):
                del self.moods[i]
                return mood
        return None

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Any:
        """What the API answers. Raises KeyError where there is no such thing."""
        where = path.removeprefix("/apis/v2beta1/")
        if where == "healthz":
            return api.V2beta1GetHealthzResponse(multi_user=False)
        if where.startswith("experiments"):
            return self._experiments(method, body)
        if where.startswith("runs"):
            return self._runs(method, where, query, body)
        if where.startswith("pipelines"):
            return self._pipelines(method, where, query, body)
        if where.startswith("recurringruns"):
            return self._schedules(method, where, body)
        raise KeyError(path)

    def _experiments(self, method: str, body: bytes) -> Any:
        if method == "POST":
            made = _typed(body, "V2beta1Experiment")
            made.experiment_id = f"experiment-{len(self.experiments) + 1}"
            self.experiments[made.display_name] = made
            return made
        found = list(self.experiments.values())
        return api.V2beta1ListExperimentsResponse(experiments=found, total_size=len(found))

    def _runs(self, method: str, where: str, query: Mapping[str, str], body: bytes) -> Any:
        if method == "POST" and where == "runs":
            run = _typed(body, "V2beta1Run")
            run.run_id, run.state = f"kfp-{len(self.runs) + 1}", "PENDING"
            self.runs[run.run_id] = run
            threading.Thread(target=self._do, args=(run,), daemon=True).start()
            return run
        if match := re.fullmatch(r"runs/([^/:]+)(:terminate)?", where):
            run = self.runs[match[1]]
            if match[2] and run.state not in ENDED:
                run.state = "CANCELING"
            return {} if match[2] else run
        found = [r for r in self.runs.values() if _wanted(r, query)]
        return api.V2beta1ListRunsResponse(runs=found, total_size=len(found))

    def _do(self, run: api.V2beta1Run) -> None:
        try:
            self.work(run)
        except Exception as error:
            run.error = api.GoogleRpcStatus(code=13, message=f"the test's own work failed: {error!r}")
            run.state = "FAILED"
            raise

    def _pipelines(self, method: str, where: str, query: Mapping[str, str], body: bytes) -> Any:
        if where == "pipelines/upload_version":
            self.pipelines[query["pipelineid"]]  # must be there
            version = api.V2beta1PipelineVersion(
                pipeline_id=query["pipelineid"],
                pipeline_version_id=f"version-{len(self.versions) + 1}",
                name=query["name"],
                display_name=query.get("display_name"),
                description=query.get("description"),
                created_at=datetime.datetime.now(datetime.UTC),
                pipeline_spec=_package(body),
            )
            if any(v.name == version.name for v in self.versions.values()):
                raise ValueError("a version of that name exists")  # as where they are kept as Kubernetes objects
            self.versions[version.pipeline_version_id] = version
            return version
        if method == "POST":
            made = _typed(body, "V2beta1Pipeline")
            made.pipeline_id = f"pipeline-{len(self.pipelines) + 1}"
            self.pipelines[made.pipeline_id] = made
            return made
        if match := re.fullmatch(r"pipelines/([^/]+)/versions/([^/]+)", where):
            return self.versions[match[2]]
        if match := re.fullmatch(r"pipelines/([^/]+)/versions", where):
            listed = [v for v in self.versions.values() if v.pipeline_id == match[1]]
            begin = int(query.get("page_token") or 0)
            more = str(begin + 2) if begin + 2 < len(listed) else None  # pages of two, so that paging is seen
            return api.V2beta1ListPipelineVersionsResponse(
                pipeline_versions=listed[begin : begin + 2], next_page_token=more, total_size=len(listed)
            )
        found = [p for p in self.pipelines.values() if _wanted(p, query)]
        return api.V2beta1ListPipelinesResponse(pipelines=found, total_size=len(found))

    def _schedules(self, method: str, where: str, body: bytes) -> Any:
        if method == "POST":
            made = _typed(body, "V2beta1RecurringRun")
            made.recurring_run_id = f"schedule-{len(self.schedules) + 1}-{time.monotonic_ns()}"
            self.schedules[made.recurring_run_id] = made
            return made
        if method == "DELETE":
            del self.schedules[where.rpartition("/")[2]]
            return {}
        found = list(self.schedules.values())
        return api.V2beta1ListRecurringRunsResponse(recurring_runs=found, total_size=len(found))


class _Listening(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def kubeflow_server(work: Callable[[api.V2beta1Run], None]) -> Iterator[KubeflowServer]:
    """Serve while the block runs; runs that it leaves are waited for."""
    made = KubeflowServer(work)
    made.start()
    try:
        yield made
    finally:
        made.stop()
        deadline = time.monotonic() + 10
        while any(r.state not in ENDED for r in made.runs.values()) and time.monotonic() < deadline:
            time.sleep(0.05)


def spec_of(run: api.V2beta1Run) -> Mapping[str, Any]:
    """The pipeline of a run, without what only Kubernetes is told."""
    spec: Mapping[str, Any] = run.pipeline_spec
    return spec.get("pipeline_spec", spec)


def platform_of(run: api.V2beta1Run) -> Mapping[str, Any]:
    """What Kubernetes is told about the executors of a run's pipeline."""
    told: Mapping[str, Any] = run.pipeline_spec["platform_spec"]["platforms"]["kubernetes"]["deploymentSpec"]
    return told["executors"]


def _typed(body: bytes, name: str) -> Any:
    """A body as the API's type; what that does not know is lost, as on a real server."""

    class Answer:
        data = body.decode()

    return _CLIENT.deserialize(Answer, name)


def _wanted(item: Any, query: Mapping[str, str]) -> bool:
    if "filter" not in query:
        return True
    (predicate,) = json.loads(query["filter"])["predicates"]
    assert predicate["operation"] == "EQUALS" and predicate["key"] in ("name", "display_name")
    return bool(item.display_name == predicate["stringValue"])


def _package(body: bytes) -> dict[str, Any]:
    """The YAML of an upload, as a server keeps it."""
    boundary = body.partition(b"\r\n")[0].removeprefix(b"--").decode()
    head = f"Content-Type: multipart/form-data; boundary={boundary}\r\n\r\n".encode()
    (part,) = email.message_from_bytes(head + body, policy=email.policy.HTTP).iter_parts()
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    documents = list(yaml.safe_load_all(content))
    return {"pipeline_spec": documents[0], "platform_spec": documents[1]} if documents[1:] else documents[0]


def _handler(server: KubeflowServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _serve(self) -> None:
            where = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = f"{self.command} {where.path}"
            server.requests.append(request)
            server.tokens.add(self.headers.get("Authorization", ""))
            mood = server.mood(request)
            time.sleep(server.delay)
            if mood == "hang_up":
                self.close_connection = True
                self.connection.close()
                return
            if mood == "busy":
                self._answer({"error": "the server is busy", "code": 14}, 503)
                return
            try:
                query = {name: values[0] for name, values in parse_qs(where.query).items()}
                found = server.answer(self.command, where.path, query, body)
            except KeyError:
                self._answer({"error": "there is no such thing", "code": 5}, 404)
                return
            except ValueError as error:
                self._answer({"error": str(error), "code": 6}, 409)
                return
            if mood == "lose_answer":
                self.close_connection = True
                self.connection.close()
                return
            self._answer(found)

        do_GET = do_POST = do_DELETE = _serve

        def _answer(self, value: Any, status: int = 200) -> None:
            body = json.dumps(_CLIENT.sanitize_for_serialization(value)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
