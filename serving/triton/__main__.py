"""Writes Triton's model repository for the champions of the registry, or for model folders.

python -m serving.triton -o REPOSITORY [NAME...] [--variant onnx|tensorrt] [--plan FILE] [--cpu] [--batch 16]
python -m serving.triton -o REPOSITORY --folder FOLDER [--version 1] ...

Then, on the GPU: tritonserver --model-repository=REPOSITORY
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from components.core import TroupeError
from components.models.registry import CHAMPION, Registry
from pipelines.settings import Settings, read_settings
from serving.triton.config import BACKENDS, Serving
from serving.triton.repository import write_model


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="Write Triton's model repository.")
    parser.add_argument("names", nargs="*", help="registered models; all that have a champion by default")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--folder", type=Path, action="append", default=[], help="a model folder instead")
    parser.add_argument("--version", type=int, default=1, help="of the folders")
    parser.add_argument("--variant", choices=[v for v in BACKENDS if v != "python"], default="onnx")
    parser.add_argument("--plan", type=Path, help="TensorRT plan, for the variant tensorrt of one model")
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--instances", type=int, default=1)
    given = parser.parse_args()
    serving = Serving(given.variant, given.batch, instances=given.instances, gpu=not given.cpu, warm=(1, given.batch))
    try:
        found = [(folder, given.version) for folder in given.folder]
        if not found:
            settings = read_settings(Settings)
            registry = Registry(settings.registry, settings.cache)
            names = given.names or sorted({v.name for v in registry.versions() if CHAMPION in v.aliases})
            for name in names:
                version = registry.find(name, alias=CHAMPION).version
                found.append((registry.bring(name, version=version), version))
        for folder, version in found:
            print(write_model(given.output, folder, version, serving, plan=given.plan))
    except TroupeError as error:
        sys.exit(f"troupe: {error.message} [{error.code}]")


if __name__ == "__main__":
    main()
