"""Dashboard, alerts and scaling ask for figures that the programs really tell, by labels that they have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from serving.models import metrics as models
from serving.orchestrator.database import Database
from serving.orchestrator.metrics import Metrics
from tests.charts.conftest import CHART, Object, Render

HA, GPU = CHART / "ci" / "ha-values.yaml", CHART / "ci" / "gpu-values.yaml"
OF_THE_CLUSTER = frozenset({"namespace", "service", "pod"})
"""Labels that Prometheus adds."""
_FIGURE = re.compile(r"\b(troupe_[a-z_]+)(\{[^}]*\})?")
_LABEL = re.compile(r"([a-z_]+)\s*(?:=~|!~|!=|=)")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Names of the figures with their labels, from the programs themselves."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('figures') / 'troupe.db'}")
    database.migrate()
    metrics = Metrics(database)
    metrics.count("GET", "/livez", 200, 0.1)
    found: dict[str, set[str]] = {"troupe_stage_seconds_bucket": {"le", "stage"}}  # none before a run has ended
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    assert any(f.name == "troupe_stage_seconds" for f in text_string_to_metric_families(metrics.text().decode()))
    database.close()
    for figure in (models.WAITING, models.REFUSED, models.VERSION):
        for family in figure.describe():
            name = family.name + ("_total" if family.type == "counter" else "")
            found[name] = set(figure._labelnames)
    return found


def queries(render: Render) -> Iterator[tuple[str, str]]:
    """Whoever asks, and what."""
    objects = [*render(HA), *render(GPU, {"models": {"services": [_ON_PROCESSORS]}})]
    for thing in objects:
        name = f"{thing['kind']} {thing['metadata']['name']}"
        if thing["kind"] == "PrometheusRule":
            for rule in thing["spec"]["groups"][0]["rules"]:
                yield rule["alert"], rule["expr"]
        elif thing["kind"] == "ScaledObject":
            yield name, thing["spec"]["triggers"][0]["metadata"]["query"]
        elif thing["kind"] == "InferenceService":
            for metric in thing["spec"]["predictor"].get("autoScaling", {}).get("metrics", ()):
                yield name, metric["external"]["metric"]["query"]
        elif thing["kind"] == "ConfigMap":
            for panel in json.loads(thing["data"]["troupe.json"])["panels"]:
                for target in panel["targets"]:
                    yield panel["title"], target["expr"]


_ON_PROCESSORS: Object = {
    "name": "carl",
    "accelerator": "cpu",
    "storageUri": "s3://models/carl/1",
    "autoscaling": {"class": "keda", "prometheusAddress": "http://prometheus:9090", "target": 4},
}


def test_every_query_is_of_figures_and_labels_that_exist(render: Render, told: dict[str, set[str]]) -> None:
    asked: set[str] = set()
    for who, query in queries(render):
        assert query.count("(") == query.count(")") and query.count("{") == query.count("}"), who
        for name, labels in _FIGURE.findall(query):
            assert name in told, f"{who} asks for {name}"
            assert set(_LABEL.findall(labels)) <= told[name] | OF_THE_CLUSTER, f"{who}: {labels} of {name}"
            asked.add(name)
    assert {"troupe_queue_depth", "troupe_runs", "troupe_stage_seconds_bucket", "troupe_model_calls"} <= asked


def test_the_dashboard_shows_every_figure_once_at_its_place() -> None:
    board = json.loads((CHART / "dashboards" / "troupe.json").read_text())
    places = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert (x, y) not in places, panel["title"]
                places.add((x, y))
    assert len({p["id"] for p in board["panels"]}) == len(board["panels"])


def test_figures_are_read_with_a_token_from_the_pods_that_tell_them(render: Render) -> None:
    objects = render(HA)
    monitor = next(o for o in objects if o["kind"] == "ServiceMonitor")
    service = next(o for o in objects if o["kind"] == "Service" and o["metadata"]["name"] == "t-troupe")
    (endpoint,) = monitor["spec"]["endpoints"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert endpoint["port"] in {p["name"] for p in service["spec"]["ports"]}
    assert endpoint["authorization"]["credentials"] == {"name": "troupe-figures", "key": "token"}
