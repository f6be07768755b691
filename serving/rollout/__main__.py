"""Rolls champions out to InferenceServices of a cluster.

python -m serving.rollout [NAME...] [--namespace troupe] [--shares 10,50] [--patience 600] [--poll 30]
    [--storage HERE=THERE]... [--webhook-port 8099]

The registry is TROUPE_REGISTRY; the webhook's secret is TROUPE_WEBHOOK_SECRET.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from components.core import TroupeError
from components.models.registry import Registry
from pipelines.settings import Settings, read_settings
from serving.rollout.cluster import Cluster
from serving.rollout.decide import Policy
from serving.rollout.reconciler import Reconciler
from serving.rollout.run import run
from serving.rollout.wake import Watching, webhook


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Roll champions out to a cluster.")
    parser.add_argument("names", nargs="*", help="models; all that have a champion by default")
    parser.add_argument("--namespace", default="troupe")
    parser.add_argument("--shares", default="10,50", help="percents that a new version gets before it gets all")
    parser.add_argument("--patience", type=float, default=600.0, help="seconds that a version may take to be ready")
    parser.add_argument("--poll", type=float, default=30.0)
    parser.add_argument("--storage", action="append", default=[], metavar="HERE=THERE")
    parser.add_argument("--webhook-host", default="127.0.0.1", help="a pod listens on 0.0.0.0")
    parser.add_argument("--webhook-port", type=int, default=0, help="0: no webhook")
    given = parser.parse_args()
    shares = tuple(int(s) for s in given.shares.split(",") if s.strip().isdigit())
    if not all(0 < s < 100 for s in shares) or list(shares) != sorted(set(shares)):
        parser.error("--shares are rising percents between 1 and 99, as 10,50")
    awake, ended = threading.Event(), threading.Event()

    def stop(*_: object) -> None:
        ended.set()
        awake.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        settings = read_settings(Settings)
        cluster = Cluster(given.namespace)
        reconciler = Reconciler(
            Registry(settings.registry, settings.cache),
            cluster,
            Policy(shares, given.patience),
            dict(entry.split("=", 1) for entry in given.storage if "=" in entry),
            lambda sentence: print(sentence, flush=True),
        )
        Watching(cluster, awake).start()
        if given.webhook_port:
            secret = os.environ.get("TROUPE_WEBHOOK_SECRET", "")
            server = webhook(given.webhook_host, given.webhook_port, awake, secret)
            threading.Thread(target=server.serve_forever, daemon=True, name="webhook").start()
        run(reconciler, given.names, awake, ended, poll=given.poll)
    except TroupeError as error:
        sys.exit(f"troupe: {error.message} [{error.code}]")


if __name__ == "__main__":
    main()
