"""A wiring of the tests' stages, and a program that runs it."""

from __future__ import annotations

import sys
from pathlib import Path

from pipelines.runners.local import run
from pipelines.wiring import Parameter, Step, Wiring

WIRING = Wiring(
    "sample",
    {"text": Parameter(str), "tail": Parameter(str, ""), "log": Parameter(str)},
    (
        Step("write", "tests.sample_stages.write", values={"source": "text"}, settings={"tail": "tail"}),
        Step("slow", "tests.sample_stages.slow", inputs={"text": ("write",)}, settings={"log": "log"}),
    ),
    "slow",
)

if __name__ == "__main__":
    text, log, store = sys.argv[1:]
    result = run(WIRING, {"text": text, "log": log}, Path(store))
    print(Path(result.output.uri).read_text(), {s.name: s.reused for s in result.steps})
