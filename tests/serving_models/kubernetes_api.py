"""A small server with the Kubernetes API's semantics for InferenceServices, and a controller as KServe's.

Server-side apply with owners of fields and their conflicts, resourceVersions, generations, edits by other people,
watches that are cut off and that are too old; revisions that become ready late, never, or not at all, and traffic that
stays with the old one until the new one is ready.
"""

from __future__ import annotations

import copy
import json
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Path = tuple[str, ...]
_IDENTITY: set[Path] = {("apiVersion",), ("kind",)}
_IDENTITY |= {("metadata", key) for key in ("name", "namespace", "resourceVersion")}


def leaves(value: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Fields of an object that are no objects themselves."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*at, key))
    else:
        yield at, value


def _get(value: Any, path: Path) -> Any:
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


def _set(value: dict[str, Any], path: Path, new: Any) -> None:
    for key in path[:-1]:
        value = value.setdefault(key, {})
    value[path[-1]] = new


def _drop(value: dict[str, Any], path: Path) -> None:
    if len(path) == 1:
        value.pop(path[0], None)
    elif isinstance(inner := value.get(path[0]), dict):
        _drop(inner, path[1:])
        if not inner:
            value.pop(path[0])


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, code: int, reason: str, message: str, causes: list[dict[str, str]] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = {
            "kind": "Status",
            "status": "Failure",
            "reason": reason,
            "message": message,
            "code": code,
            "details": {"causes": causes or []},
        }


class _Server(ThreadingHTTPServer):
    """Callers that die are nothing to tell of."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@dataclass
class Revision:
    """What serves a version: when it is ready (never: None), what the controller says of it, where it is."""

    delay: float | None = 0.0
    message: str = ""
    url: str = ""


@dataclass
class Service:
    """An InferenceService with what the server knows beside it."""

    object: dict[str, Any]
    owners: dict[str, set[Path]] = field(default_factory=dict)
    revisions: list[tuple[str, float]] = field(default_factory=list)
    rolled_out: str = ""


class KubernetesApi:
    """The server. `revisions` says by storageUri how a revision behaves."""

    def __init__(self) -> None:
        self.services: dict[str, Service] = {}
        self.revisions: dict[str, Revision] = {}
        self.shares: list[tuple[str, int | None]] = []
        self.before_apply: Callable[[], None] | None = None
        self.cut_after = 10**9
        self.breaks = False
        self.conflicts = 0
        self.watches = 0
        self._number = 100
        self._events: list[tuple[int, str, dict[str, Any]]] = []
        self._oldest = 0
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._ended = False
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(api.read)

            def do_PATCH(self) -> None:
                self._answer(api.patch)

            def _answer(self, work: Callable[..., Any]) -> None:
                parts = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(parts.query))
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                try:
                    if query.get("watch") == "true":
                        self._watch(query)
                        return
                    code, told = work(parts.path.split("/")[3:], query, self.headers.get("Content-Type", ""), body)
                except Refused as error:
                    code, told = error.code, error.status
                data = json.dumps(told).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def _watch(self, query: Mapping[str, str]) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.close_connection = True
                for event in api.watch(int(query.get("resourceVersion") or 0), float(query["timeoutSeconds"])):
                    line = json.dumps(event).encode() + b"\n"
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                    self.wfile.flush()
                if not api.breaks:
                    self.wfile.write(b"0\r\n\r\n")

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        threading.Thread(target=self._control, daemon=True).start()

    def close(self) -> None:
        """End."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def read(self, path: list[str], query: Mapping[str, str], kind: str, body: bytes) -> tuple[int, Any]:
        """GET of an object or a list."""
        with self._lock:
            if len(path) == 4:
                items = [s.object for s in self.services.values()]
                return 200, {"kind": "List", "metadata": {"resourceVersion": str(self._number)}, "items": items}
            if path[4] not in self.services:
                raise Refused(404, "NotFound", f"{path[4]} not found")
            return 200, self.services[path[4]].object

    def patch(self, path: list[str], query: Mapping[str, str], kind: str, body: bytes) -> tuple[int, Any]:
        """Server-side apply."""
        if kind != "application/apply-patch+yaml":
            raise Refused(415, "UnsupportedMediaType", kind)
        if not query.get("fieldManager"):
            raise Refused(400, "BadRequest", "fieldManager is required for apply patch")
        hook, self.before_apply = self.before_apply, None
        if hook is not None:
            hook()
        with self._changed:
            return self._apply(path[4], query["fieldManager"], json.loads(body), query.get("force") == "true")

    def _apply(self, name: str, manager: str, given: dict[str, Any], force: bool) -> tuple[int, Any]:
        fields = {p: v for p, v in leaves(given) if p not in _IDENTITY}
        looked = _get(given, ("metadata", "resourceVersion"))
        service = self.services.get(name)
        if service is None:
            if looked:
                raise Refused(409, "Conflict", "the object was deleted; apply your changes to the latest version")
            identity = {k: given["metadata"][k] for k in ("name", "namespace")}
            made = {k: given[k] for k in ("apiVersion", "kind")} | {"metadata": identity | {"generation": 0}}
            service = self.services[name] = Service(made)
            created = True
        else:
            created = False
            if looked and looked != service.object["metadata"]["resourceVersion"]:
                self.conflicts += 1
                raise Refused(409, "Conflict", "the object has been modified; apply your changes to the latest version")
        held = [
            (other, p)
            for other, owned in service.owners.items()
            for p in owned
            if other != manager and p in fields and _get(service.object, p) != fields[p]
        ]
        if held and not force:
            causes = [
                {"reason": "FieldManagerConflict", "message": f'conflict with "{o}"', "field": "." + ".".join(p)}
                for o, p in held
            ]
            raise Refused(409, "Conflict", f'Apply failed with 1 conflict: conflict with "{held[0][0]}"', causes)
        new = copy.deepcopy(service.object)
        for p in service.owners.get(manager, set()) - set(fields):
            if not any(p in owned for other, owned in service.owners.items() if other != manager):
                _drop(new, p)
        for p, value in fields.items():
            _set(new, p, value)
        for other, p in held:
            service.owners[other].discard(p)
        service.owners[manager] = set(fields)
        self._write(service, new, "ADDED" if created else "MODIFIED")
        return 201 if created else 200, service.object

    def edit(self, name: str, path: Path, value: Any, manager: str = "kubectl-edit") -> None:
        """What a person does with kubectl: the field changes and is theirs."""
        with self._changed:
            service = self.services[name]
            new = copy.deepcopy(service.object)
            _set(new, path, value)
            for owned in service.owners.values():
                owned.discard(path)
            service.owners.setdefault(manager, set()).add(path)
            self._write(service, new, "MODIFIED")

    def release(self, name: str, manager: str = "kubectl-edit") -> None:
        """That person gives their fields up."""
        with self._changed:
            service = self.services[name]
            new = copy.deepcopy(service.object)
            for path in service.owners.pop(manager, set()):
                _drop(new, path)
            self._write(service, new, "MODIFIED")

    def _write(self, service: Service, new: dict[str, Any], kind: str) -> None:
        old = service.object
        if new == old and "resourceVersion" in old["metadata"]:
            return
        if new.get("spec") != old.get("spec"):
            new["metadata"]["generation"] += 1
            predictor = new["spec"]["predictor"]
            self.shares.append((predictor["model"]["storageUri"], predictor.get("canaryTrafficPercent")))
        self._number += 1
        new["metadata"]["resourceVersion"] = str(self._number)
        service.object = new
        self._events.append((self._number, kind, copy.deepcopy(new)))
        self._changed.notify_all()

    def watch(self, after: int, seconds: float) -> Iterator[dict[str, Any]]:
        """Events after a resourceVersion; it ends early where the connection is cut."""
        until = time.monotonic() + seconds
        self.watches += 1
        sent = 0
        if after < self._oldest:
            gone = Refused(410, "Expired", f"too old resource version: {after} ({self._oldest})")
            yield {"type": "ERROR", "object": gone.status}
            return
        while time.monotonic() < until and not self._ended:
            with self._changed:
                fresh = [e for e in self._events if e[0] > after]
                if not fresh:
                    self._changed.wait(0.2)
                    continue
            for number, kind, told in fresh:
                if sent >= self.cut_after:
                    return
                yield {"type": kind, "object": told}
                after, sent = number, sent + 1

    def forget(self) -> None:
        """Watches from before now are too old."""
        with self._lock:
            self._oldest = self._number

    def traffic(self, name: str) -> list[tuple[str, int]]:
        """By storageUri: percents of the traffic, as it flows at this moment."""
        with self._lock:
            service = self.services.get(name)
            return [] if service is None else self._traffic(service)

    def _traffic(self, service: Service) -> list[tuple[str, int]]:
        predictor = service.object["spec"]["predictor"]
        newest = predictor["model"]["storageUri"]
        if not self._ready(service, newest):
            return [(service.rolled_out, 100)] if service.rolled_out else []
        share = predictor.get("canaryTrafficPercent")
        if share is None or service.rolled_out in ("", newest):
            return [(newest, 100)]
        return [(newest, share), (service.rolled_out, 100 - share)]

    def _ready(self, service: Service, uri: str) -> bool:
        behaviour = self.revisions[uri]
        began = dict(service.revisions).get(uri)
        return began is not None and behaviour.delay is not None and time.monotonic() - began >= behaviour.delay

    def _control(self) -> None:
        while not self._ended:
            with self._changed:
                for service in self.services.values():
                    self._controlled(service)
            time.sleep(0.01)

    def _controlled(self, service: Service) -> None:
        predictor = service.object["spec"]["predictor"]
        uri = predictor["model"]["storageUri"]
        behaviour = self.revisions[uri]
        if uri not in dict(service.revisions):
            service.revisions.append((uri, time.monotonic()))
        ready = self._ready(service, uri)
        if ready and predictor.get("canaryTrafficPercent") is None:
            service.rolled_out = uri
        names = {u: f"revision-{i}" for i, (u, _) in enumerate(service.revisions)}
        condition = {"type": "Ready", "status": "True" if ready else "False" if behaviour.message else "Unknown"}
        if behaviour.message and not ready:
            condition["message"] = behaviour.message
        flows = self._traffic(service)
        part: dict[str, Any] = {
            "latestCreatedRevision": names[uri],
            "traffic": [
                {"revisionName": names[u], "percent": p, "latestRevision": u == uri, "url": self.revisions[u].url}
                for u, p in flows
            ],
        }
        if ready:
            part["latestReadyRevision"] = names[uri]
        new = copy.deepcopy(service.object)
        new["status"] = {
            "observedGeneration": new["metadata"]["generation"],
            "conditions": [condition],
            "components": {"predictor": part},
        }
        self._write(service, new, "MODIFIED")
