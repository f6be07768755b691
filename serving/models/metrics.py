"""Figures of the model server for Prometheus, beside KServe's own (request_predict_seconds and its like)."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

WAITING = Gauge("troupe_model_calls", "Calls that run or wait.", ("model",))
REFUSED = Counter("troupe_model_refusals_total", "Calls with a wrong name, type or shape of a tensor.", ("model",))
VERSION = Gauge("troupe_model_version", "Version in the registry that is served; 0: of a folder.", ("model",))
