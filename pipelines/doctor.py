"""What this machine can run, what is missing and how to get it, and whose work the parts are."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
from typing import Any

from pipelines.settings import Settings

EXTRAS = {
    "yolo": (("ultralytics", "torch"), "YOLO as another person detector (AGPL-3.0)"),
    "pipelines": (("kfp",), "compiling and running Kubeflow pipelines"),
}

NOTES = {
    "av": "BSD-3-Clause; its wheel carries FFmpeg with x264 and x265, which are GPL-2.0-or-later: a distribution that"
    " includes the wheel is bound by the GPL",
    "mediapipe": "Apache-2.0; of the wheel only the bundled models are used (Apache-2.0)",
    "opencv-python-headless": "Apache-2.0; its wheel carries FFmpeg (LGPL-2.1)",
    "ultralytics": "AGPL-3.0; optional, loaded only when chosen",
    "soundfile": "BSD-3-Clause; its wheel carries libsndfile (LGPL-2.1)",
    "soxr": "LGPL-2.1",
    "yt-dlp": "Unlicense",
    "troupe": "Apache-2.0",
}


def examine(settings: Settings) -> list[dict[str, Any]]:
    """Check every part: `part`, `ok`, `needed` (the main job does not work without it), `detail`."""
    found = [_check("python packages", True, _packages), _check("perception models", True, _models)]
    found.append(_check("video codecs", True, _codecs))
    found.append(_check("cache folder", True, lambda: _cache(settings)))
    found.append(_check("fetching", False, _fetching))
    found.append(_check("processor", True, lambda: (True, f"{os.cpu_count()} cores; no GPU is needed for the puppet")))
    for extra, (modules, use) in EXTRAS.items():
        there = all(importlib.util.find_spec(m) is not None for m in modules)
        detail = use if there else f"{use}; `make .venv/.dev` installs it"
        found.append({"part": f"extra {extra}", "ok": there, "needed": False, "detail": detail})
    return found


def _check(part: str, needed: bool, check: Any) -> dict[str, Any]:
    try:
        ok, detail = check()
    except Exception as error:
        ok, detail = False, f"{type(error).__name__}: {error}"
    return {"part": part, "ok": ok, "needed": needed, "detail": detail}


def _packages() -> tuple[bool, str]:
    modules = ("numpy", "scipy", "numba", "cv2", "av", "ai_edge_litert", "pydantic", "rich", "yt_dlp", "librosa")
    missing = [m for m in modules if importlib.util.find_spec(m) is None]
    return not missing, f"missing {', '.join(missing)}" if missing else "all there"


def _models() -> tuple[bool, str]:
    from components.models.bundled import verify

    names = verify()
    return True, f"{len(names)} bundled models, checksums right"


def _codecs() -> tuple[bool, str]:
    import av

    missing = [c for c in ("libx264", "aac", "ffv1") if c not in av.codecs_available]
    return not missing, f"missing {', '.join(missing)}" if missing else f"PyAV {av.__version__} with libx264 and AAC"


def _cache(settings: Settings) -> tuple[bool, str]:
    settings.cache.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.cache).free
    ok = os.access(settings.cache, os.W_OK) and free > 500_000_000
    return ok, f"{settings.cache}, {free / 1e9:.0f} GB free"


def _fetching() -> tuple[bool, str]:
    from components.ingest.fetching.child import confinement_here

    layers = confinement_here()
    kernel = [name for name in layers if name != "audit"]
    if "seccomp" in layers:
        return True, f"what an address leads to is read by a process that the kernel holds ({' and '.join(kernel)})"
    return False, "the process that reads what an address leads to is held by Python alone, not by the kernel"


def licences() -> list[dict[str, str]]:
    """Name, version and licence of every installed part that Troupe depends on."""
    names = sorted({d.metadata["Name"] for d in importlib.metadata.distributions()}, key=str.lower)
    return [
        {"part": name, "version": importlib.metadata.version(name), "licence": _licence(name)}
        for name in names
        if name.lower() not in ("pip", "setuptools", "wheel", "uv")
    ]


def _licence(name: str) -> str:
    if name.lower() in NOTES:
        return NOTES[name.lower()]
    meta = importlib.metadata.metadata(name)
    expression = meta.get_all("License-Expression")
    if expression:
        return str(expression[0])
    classes = [c.split(" :: ")[-1] for c in meta.get_all("Classifier") or [] if c.startswith("License ::")]
    text = "".join(meta.get_all("License") or ()).strip().splitlines()
    return ", ".join(classes) or (text[0][:80] if text else "see the package")
