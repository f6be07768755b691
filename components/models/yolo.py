"""YOLO as another detector of people (ultralytics, AGPL-3.0: an optional extra, loaded only when it is chosen)."""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np

from components.core import TroupeError, UInt8
from components.models.detector import Detection
from components.models.region import Region

_OFFLINE = {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "YOLO_VERBOSE": "false"}
_PERSON = "person"


class YoloDetector:
    """Finds people with a YOLO network. It never downloads anything.

    Args:
        weights: path of a .pt file of a detection network that knows the class "person".
        threshold: smallest score.
    """

    def __init__(self, weights: str | None, *, threshold: float = 0.35) -> None:
        self._weights = weights
        self._threshold = threshold
        self._network: Any = None
        self._class = 0

    def load(self) -> None:
        """Read the weights.

        Raises:
            TroupeError: extra_missing: ultralytics is not installed; model_missing: no weights there; model_broken: the
                file holds no such network.
        """
        if self._network is not None:
            return
        if importlib.util.find_spec("ultralytics") is None:
            raise TroupeError(
                "extra_missing",
                "The YOLO detector needs ultralytics (licence AGPL-3.0); `make .venv/.dev` installs "
                "it, or use the detector mediapipe.",
                extra="yolo",
            )
        if not self._weights or not Path(self._weights).is_file():
            raise TroupeError(
                "model_missing",
                f"The weights of YOLO are not at {self._weights!r}; give the path of a .pt file, as yolov8n.pt from "
                "https://github.com/ultralytics/assets/releases (AGPL-3.0).",
                path=self._weights,
            )
        try:
            network = ultralytics().YOLO(self._weights, task="detect")
            names: dict[int, str] = dict(network.names)
            self._class = next(k for k, name in names.items() if name == _PERSON)
        except Exception as error:  # ultralytics raises whatever unpickling raises
            raise TroupeError(
                "model_broken",
                f"The file {self._weights} is no YOLO network that knows people ({error}); give another one.",
                path=self._weights,
            ) from error
        self._network = network

    def __call__(self, rgb: UInt8) -> list[Detection]:
        """People in an (H, W, 3) uint8 sRGB picture, surest first."""
        self.load()
        bgr = np.ascontiguousarray(rgb[:, :, ::-1])
        result = self._network.predict(
            bgr, conf=self._threshold, classes=[self._class], verbose=False, device="cpu", save=False
        )[0]
        boxes = result.boxes.xyxy.cpu().numpy().astype(np.float32)
        scores = result.boxes.conf.cpu().numpy()
        return [Detection(boxes[i], _region(boxes[i]), float(scores[i])) for i in np.argsort(-scores, kind="stable")]


def ultralytics() -> Any:
    """The package, kept from the network and from Pillow: where it is loaded it replaces `Image.open` of all others."""
    from PIL import Image

    os.environ.update(_OFFLINE)
    opener = Image.open
    package = importlib.import_module("ultralytics")
    package.YOLO  # noqa: B018  # loaded when first asked for, and with it what it replaces
    Image.open = opener
    return package


def _region(box: np.ndarray[Any, np.dtype[np.float32]]) -> Region:
    """Where the pose network first looks: about the box's middle, upright; its own landmarks correct it."""
    x0, y0, x1, y1 = (float(v) for v in box)
    return Region((x0 + x1) / 2.0, (y0 + y1) / 2.0, 1.25 * max(x1 - x0, y1 - y0), 0.0)
