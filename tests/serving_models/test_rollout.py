"""Champions on a cluster: step by step, on and back, through conflicts, silence and crashes, always with one."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import ApiClient, Configuration

from components.core import TroupeError
from components.models.folder import read_contract, read_golden
from components.models.registry import CHAMPION, Registry
from components.models.source import open_model
from serving.rollout.cluster import Cluster, Gone
from serving.rollout.decide import Policy, Rest
from serving.rollout.inference_service import service_name
from serving.rollout.reconciler import TAG, Reconciler
from serving.rollout.run import run
from serving.rollout.wake import Watching, webhook
from tests.lifecycle.serving_samples import free_port
from tests.serving_models.kubernetes_api import KubernetesApi, Revision
from tests.serving_models.server_process import Running, running
from training.lifecycle.register import register


@pytest.fixture(scope="module")
def other_server(other_model: Path) -> Iterator[Running]:
    """A server of the other model of the same name."""
    with running("serving.models", other_model, "--threads", "1") as found:
        yield found


@pytest.fixture
def api() -> Iterator[KubernetesApi]:
    """A cluster of its own."""
    made = KubernetesApi()
    yield made
    made.close()


class Stage:
    """A registry with two versions, a cluster, and the servers that its revisions are."""

    def __init__(self, registry: Registry, api: KubernetesApi, folders: list[Path], servers: list[Running]) -> None:
        self.registry, self.api = registry, api
        self.versions = [register(registry, folder, tags={}, metrics={}) for folder in folders]
        home = str(Path(self.versions[0].uri).parents[2])
        self.storage = {home: "pvc://models"}
        self.uris = [v.uri.replace(home, "pvc://models") for v in self.versions]
        self.folders = dict(zip(self.uris, folders, strict=True))
        for uri, server in zip(self.uris, servers, strict=True):
            api.revisions[uri] = Revision(url=server.rest)
        self.said: list[str] = []

    def reconciler(self, cluster: Cluster | None = None, **policy: Any) -> Reconciler:
        """One that has just started."""
        made = cluster or Cluster("dance", ApiClient(Configuration(host=self.api.address)))
        return Reconciler(self.registry, made, Policy(**policy), self.storage, self.said.append)

    def champion(self, version: int) -> None:
        """Let the alias name a version."""
        self.registry.point("small", CHAMPION, version)

    def serves(self) -> None:
        """Every revision that has traffic answers its golden inputs."""
        flows = self.api.traffic("small")
        assert sum(share for _, share in flows) == 100, flows
        for uri, _ in flows:
            golden = read_golden(read_contract(self.folders[uri]), self.folders[uri])
            model = open_model(f"{self.api.revisions[uri].url}/small")
            assert max(golden.differences(model(golden.inputs)).values()) <= golden.tolerance
            model.close()

    def settle(self, reconciler: Reconciler, rounds: int = 400) -> Rest:
        """Go on until nothing is left to do."""
        for _ in range(rounds):
            step = reconciler.reconcile("small")
            if isinstance(step, Rest) and step.settled:
                return step
            time.sleep(0.01)
        raise AssertionError(f"it never settled: {step}, {self.said}")


@pytest.fixture
def stage(
    registry: Registry,
    api: KubernetesApi,
    small_model: Path,
    other_model: Path,
    server: Running,
    other_server: Running,
) -> Stage:
    """Version 1 is the champion and has all traffic; version 2 is registered."""
    made = Stage(registry, api, [small_model, other_model], [server, other_server])
    made.champion(1)
    made.settle(made.reconciler())
    made.serves()
    return made


def test_a_new_champion_gets_its_traffic_step_by_step(stage: Stage) -> None:
    assert stage.registry.find("small", version=1).tags[TAG] == "served"
    stage.champion(2)
    reconciler = stage.reconciler()
    while not isinstance(step := reconciler.reconcile("small"), Rest) or not step.settled:
        stage.serves()
        time.sleep(0.01)
    one, two = stage.uris
    assert stage.api.shares == [(one, None), (two, 10), (two, 50), (two, None)]
    assert stage.api.traffic("small") == [(two, 100)]
    assert stage.registry.find("small", version=2).tags[TAG] == "served"
    assert stage.settle(reconciler).settled and len(stage.api.shares) == 4


def test_a_rolled_back_champion_comes_back_at_once(stage: Stage) -> None:
    stage.champion(2)
    stage.settle(stage.reconciler())
    stage.champion(1)
    stage.settle(stage.reconciler(shares=()))
    assert stage.api.traffic("small") == [(stage.uris[0], 100)]
    stage.champion(2)
    reconciler = stage.reconciler()
    reconciler.reconcile("small")
    stage.champion(1)
    stage.settle(reconciler)
    assert stage.api.shares[-2:] == [(stage.uris[1], 10), (stage.uris[0], None)]


def test_a_version_that_is_late_is_waited_for(stage: Stage) -> None:
    stage.api.revisions[stage.uris[1]].delay = 0.7
    stage.champion(2)
    reconciler = stage.reconciler(patience=30.0)
    began = time.monotonic()
    reconciler.reconcile("small")
    step = reconciler.reconcile("small")
    assert isinstance(step, Rest) and "not ready" in step.why
    assert stage.api.traffic("small") == [(stage.uris[0], 100)]
    stage.settle(reconciler)
    assert time.monotonic() - began > 0.6 and stage.api.traffic("small") == [(stage.uris[1], 100)]


@pytest.mark.parametrize(
    ("delay", "message", "said"),
    [(None, "", "did not become ready within"), (None, "OOMKilled", "OOMKilled")],
    ids=["silent", "failing"],
)
def test_a_version_that_never_is_ready_is_taken_back(
    stage: Stage, delay: float | None, message: str, said: str
) -> None:
    stage.api.revisions[stage.uris[1]] = replace(stage.api.revisions[stage.uris[1]], delay=delay, message=message)
    stage.champion(2)
    step = stage.settle(stage.reconciler(patience=0.5))
    assert said in step.why and stage.registry.find("small", version=2).tags[TAG].startswith("refused: ")
    assert stage.api.traffic("small") == [(stage.uris[0], 100)]
    before = len(stage.api.shares)
    assert stage.settle(stage.reconciler(patience=0.5)).settled and len(stage.api.shares) == before
    stage.champion(1)
    stage.settle(stage.reconciler())
    stage.api.revisions[stage.uris[1]] = replace(stage.api.revisions[stage.uris[1]], delay=0.0, message="")
    stage.champion(2)
    stage.settle(stage.reconciler())
    assert stage.api.traffic("small") == [(stage.uris[1], 100)]


def test_a_version_with_wrong_answers_is_taken_back(stage: Stage, server: Running) -> None:
    stage.api.revisions[stage.uris[1]].url = server.rest
    stage.champion(2)
    step = stage.settle(stage.reconciler())
    assert "differs from the golden answers" in step.why
    assert stage.api.shares[-2:] == [(stage.uris[1], 10), (stage.uris[0], None)]
    stage.serves()


def test_a_write_in_between_makes_it_look_again(stage: Stage) -> None:
    stage.champion(2)
    note = ("metadata", "annotations", "somebody")
    stage.api.before_apply = lambda: stage.api.edit("small", note, "was here")
    stage.reconciler().reconcile("small")
    assert stage.api.conflicts >= 1 and stage.api.shares[-1] == (stage.uris[1], 10)
    stage.settle(stage.reconciler())
    service = stage.api.services["small"].object
    assert service["metadata"]["annotations"]["somebody"] == "was here"
    assert stage.api.traffic("small") == [(stage.uris[1], 100)]


def test_a_field_that_a_person_holds_is_left_to_them(stage: Stage) -> None:
    path = ("spec", "predictor", "model", "storageUri")
    stage.api.edit("small", path, stage.uris[0])
    stage.champion(2)
    reconciler = stage.reconciler()
    step = reconciler.reconcile("small")
    assert isinstance(step, Rest) and not step.settled and "kubectl-edit" in step.why
    assert stage.api.traffic("small") == [(stage.uris[0], 100)]
    with stage.api._lock:
        stage.api.services["small"].owners.pop("kubectl-edit")
    stage.settle(reconciler)
    assert stage.api.traffic("small") == [(stage.uris[1], 100)]


class Killed(BaseException):
    """The process ended here."""


class MortalCluster(Cluster):
    """A cluster whose caller dies at a call: before it was made, or before its answer came."""

    def __init__(self, address: str, number: int, before: bool) -> None:
        super().__init__("dance", ApiClient(Configuration(host=address)))
        self._left, self._before = number, before

    def _call(self, *arguments: Any, **named: Any) -> Any:
        dies = self._left == 0
        self._left -= 1
        if dies and self._before:
            raise Killed
        answer = super()._call(*arguments, **named)
        if dies:
            raise Killed
        return answer


@pytest.mark.parametrize("good", [True, False], ids=["on", "back"])
def test_it_converges_from_a_crash_at_any_call(
    stage: Stage, server: Running, other_server: Running, good: bool
) -> None:
    stage.api.revisions[stage.uris[1]].url = (other_server if good else server).rest
    deaths = 0
    for before in (True, False) if good else (False,):
        number = 0
        while True:
            stage.champion(1)
            stage.settle(stage.reconciler())
            stage.champion(2)
            try:
                stage.settle(stage.reconciler(MortalCluster(stage.api.address, number, before)))
            except Killed:
                deaths += 1
                if stage.api.traffic("small")[0][0] == stage.uris[0] or good:
                    stage.serves()
                stage.settle(stage.reconciler())
                assert stage.api.traffic("small") == [(stage.uris[int(good)], 100)]
                number += 1
                continue
            break
    assert deaths >= (12 if good else 5)


def test_a_cluster_that_refuses_is_told(registry: Registry, small_model: Path, api: KubernetesApi) -> None:
    register(registry, small_model, tags={}, metrics={})
    cluster = Cluster("dance", ApiClient(Configuration(host=f"http://127.0.0.1:{free_port()}")), patience=1.0)
    cluster._client.rest_client.pool_manager.connection_pool_kw["retries"] = False
    with pytest.raises(TroupeError) as refusal:
        Reconciler(registry, cluster).reconcile("small")
    assert refusal.value.code == "model_unknown"
    registry.point("small", CHAMPION, 1)
    with pytest.raises(TroupeError) as refusal:
        Reconciler(registry, cluster).reconcile("small")
    assert refusal.value.code == "invalid_setting" and "--storage" in refusal.value.message
    with pytest.raises(TroupeError) as refusal:
        Reconciler(registry, cluster, storage={"/": "pvc://models/"}).reconcile("small")
    assert refusal.value.code == "runner_unreachable"


def test_names_become_what_kubernetes_permits() -> None:
    assert service_name("DeepDance_Anna.2") == "deepdance-anna-2"
    assert service_name("..") == "model"
    assert len(service_name("a" * 90)) <= 50


def wait_until(done: Callable[[], Any], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("breaks", [False, True], ids=["ended", "broken"])
def test_a_watch_goes_on_where_it_was_cut_off(stage: Stage, breaks: bool) -> None:
    stage.api.breaks = breaks
    cluster = Cluster("dance", ApiClient(Configuration(host=stage.api.address)))
    stage.api.cut_after = 1
    awake = threading.Event()
    watching = Watching(cluster, awake, seconds=5, pause=0.05)
    watching.start()
    wait_until(lambda: stage.api.watches)
    for i in range(3):
        awake.clear()
        stage.api.edit("small", ("metadata", "annotations", "n"), str(i))
        assert awake.wait(10), f"change {i} was not seen"
    assert stage.api.watches >= 3
    watching.stop()
    stage.api.forget()
    with pytest.raises(Gone):
        list(cluster.watch("1", 5))
    assert isinstance(cluster.newest(), str) and cluster.newest() > "1"


def test_a_webhook_of_mlflow_wakes_it_up_and_strangers_do_not() -> None:
    from mlflow.webhooks.delivery import _generate_hmac_signature

    awake = threading.Event()
    hook = webhook("127.0.0.1", 0, awake, secret="known")
    threading.Thread(target=hook.serve_forever, daemon=True).start()

    def call(secret: str, sent: float) -> int:
        stamp = str(int(sent))
        headers = {
            "X-MLflow-Signature": _generate_hmac_signature(secret, "d1", stamp, '{"alias": "champion"}'),
            "X-MLflow-Timestamp": stamp,
            "X-MLflow-Delivery-Id": "d1",
        }
        request = urllib.request.Request(
            f"http://127.0.0.1:{hook.server_address[1]}/", b'{"alias": "champion"}', headers
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert call("guessed", time.time()) == 401 and call("known", time.time() - 3600) == 401
    assert not awake.is_set()
    assert call("known", time.time()) == 204 and awake.is_set()
    hook.shutdown()
    hook.server_close()


def test_the_loop_follows_the_alias_when_it_is_woken(stage: Stage) -> None:
    awake, ended = threading.Event(), threading.Event()
    reconciler = stage.reconciler()
    watching = Watching(reconciler.cluster, awake, seconds=5)
    watching.start()
    loop = threading.Thread(target=run, args=(reconciler, ["small"], awake, ended), kwargs={"poll": 60.0})
    loop.start()
    hook = webhook("127.0.0.1", 0, awake)
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    try:
        stage.champion(2)
        urllib.request.urlopen(f"http://127.0.0.1:{hook.server_address[1]}/", b"{}").read()
        wait_until(lambda: stage.api.traffic("small") == [(stage.uris[1], 100)])
        wait_until(lambda: stage.registry.find("small", version=2).tags.get(TAG) == "served")
    finally:
        ended.set()
        awake.set()
        watching.stop()
        loop.join(10)
        hook.shutdown()
        hook.server_close()
    assert not loop.is_alive()
    assert isinstance(reconciler.reconcile("small"), Rest)
