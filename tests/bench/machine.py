"""What a table of measurements needs beside its numbers: the machine, and the processes it watched."""

from __future__ import annotations

import os
import platform
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


def machine() -> str:
    """One line that names the processor, its cores and the memory."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    memory = psutil.virtual_memory().total / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


@dataclass(frozen=True)
class Watched:
    """What a command cost.

    Attributes:
        seconds: wall time.
        peak: largest resident memory of any one process of the tree, bytes.
        tree: largest sum over the tree, bytes.
        code: exit code.
        out: standard output.
    """

    seconds: float
    peak: int
    tree: int
    code: int
    out: str


def watch(command: Sequence[str], env: dict[str, str] | None = None, cwd: Path | None = None) -> Watched:
    """Run a command to its end and sample the memory of its process tree every 50 ms."""
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env, cwd=cwd)
    peaks = [0, 0]
    stop = threading.Event()

    def sample() -> None:
        root = psutil.Process(child.pid)
        while not stop.wait(0.05):
            sizes = []
            try:
                family = [root, *root.children(recursive=True)]
            except psutil.Error:
                continue
            for process in family:
                try:
                    sizes.append(process.memory_info().rss)
                except psutil.Error:
                    continue
            if sizes:
                peaks[0] = max(peaks[0], *sizes)
                peaks[1] = max(peaks[1], sum(sizes))

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    out, _ = child.communicate()
    stop.set()
    sampler.join()
    return Watched(time.monotonic() - began, peaks[0], peaks[1], child.returncode, out)


def print_table(title: str, header: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    """Print a table in Markdown, so that it can be pasted where it is spoken of."""
    print(f"\n## {title}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + " --- |" * len(header))
    for line in lines:
        print("| " + " | ".join(f"{v:.3g}" if isinstance(v, float) else str(v) for v in line) + " |", flush=True)
