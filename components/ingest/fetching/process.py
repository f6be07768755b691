"""The program of the process that fetches: gives up every way out, then takes one order from its standard input.

    python -I -c "..." PARENT CHANNEL FOLDER   < an Order as JSON

It answers on standard output, a JSON object a line: {"ready": layers of its confinement}, {"done": bytes, "total":
bytes}, {"page": true} and, at its end, {"files": names}, {"error": {code, message, values}} or {"page_failure": text}.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

from components.ingest.fetching import confinement, way_out

VIDEO = "video"


def main() -> None:
    """Fetch."""
    parent, channel, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    way_out.install(socket.socket(fileno=channel))
    layers = confinement.confine(folder)

    from components.core.processes import die_with_parent

    die_with_parent(parent)
    _tell(ready=layers)
    _tell(**_answer(json.loads(sys.stdin.readline())))
    sys.stdout.flush()
    os._exit(0)


def _answer(values: dict[str, Any]) -> dict[str, Any]:
    from components.core import TroupeError
    from components.ingest.fetching import direct, video_page
    from components.ingest.fetching.order import Order

    order = Order(**{**values, "ports": tuple(values["ports"]), "networks": tuple(values["networks"])})
    try:
        if direct.download(order, order.place / VIDEO, lambda done, total: _tell(done=done, total=total)):
            return {"files": [VIDEO]}
        _tell(page=True)
        return {"files": video_page.download(order, order.place) if order.pages else []}
    except TroupeError as error:
        return {"error": {"code": error.code, "message": error.message, "values": error.values}}
    except video_page.PageFailure as failure:
        return {"page_failure": str(failure)}


def _tell(**message: Any) -> None:
    print(json.dumps(message, default=str), flush=True)
