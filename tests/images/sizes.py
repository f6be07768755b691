"""What each layer of each image weighs: `python -m tests.images.sizes [TARGET...]`; images that lack are built."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.images.buildah import TARGETS, build, buildah, store_in_use
from tests.images.debian_base import base_image, no_base


@dataclass(frozen=True)
class Layer:
    """One layer of an image.

    Attributes:
        digest: of its content, uncompressed; images that share it load it once.
        size: bytes of its files.
        made_by: the instruction.
    """

    digest: str
    size: int
    made_by: str


def layers(image: str) -> list[Layer]:
    """The layers of an image, the base first; instructions that add no files are left out."""
    said = json.loads(buildah("inspect", "--type", "image", image))["OCIv1"]
    made_by = [step.get("created_by", "") for step in said["history"] if not step.get("empty_layer")]
    sizes = _sizes()
    return [
        Layer(digest, sizes[digest], _short(instruction))
        for digest, instruction in zip(said["rootfs"]["diff_ids"], made_by, strict=True)
    ]


def _sizes() -> dict[str, int]:
    """Bytes by digest of every layer that this machine keeps (containers/storage, overlay-layers/layers.json)."""
    store = json.loads(buildah("info"))["store"]
    kept = json.loads(Path(store["GraphRoot"], f"{store['GraphDriverName']}-layers", "layers.json").read_text())
    return {layer["diff-digest"]: int(layer.get("diff-size", 0)) for layer in kept if "diff-digest" in layer}


def _short(instruction: str) -> str:
    """What a layer's instruction does, without what builds of ours begin with."""
    text = re.sub(r"^/bin/sh -c (#\(nop\) )?|--mount=\S+|\s+", " ", instruction)
    text = text.replace("[ ! -f /run/secrets/environment ] || . /run/secrets/environment;", "")
    return " ".join(text.split())


def table(images: dict[str, list[Layer]]) -> str:
    """Text: a line a layer with its MB, its share of what only this image has, and its instruction."""
    lines, seen = [], set[str]()
    for name, found in images.items():
        own = sum(layer.size for layer in found if layer.digest not in seen)
        lines.append(
            f"{name}: {sum(layer.size for layer in found) / 1e6:.0f} MB, {own / 1e6:.0f} MB not in those above"
        )
        for layer in found:
            mark = "shared" if layer.digest in seen else ""
            lines.append(f"  {layer.size / 1e6:8.1f} MB  {layer.digest[7:19]}  {mark:6}  {layer.made_by[:90]}")
        seen |= {layer.digest for layer in found}
    return "\n".join(lines)


if __name__ == "__main__":
    with store_in_use() as reason:
        reason = reason or no_base()
        if reason:
            sys.exit(f"make image-sizes: {reason}")
        try:
            base = base_image()
            print(table({target: layers(build(target, base)) for target in sys.argv[1:] or TARGETS}))
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            sys.exit(f"make image-sizes: {error}")
