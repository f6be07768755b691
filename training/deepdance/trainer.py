"""The training loop, on Lightning's Fabric: one process or many, and always able to go on where it was stopped."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from components.core import Progress, Report, TroupeError, silent
from training.deepdance.batches import Loader, Order, split
from training.deepdance.checkpoint import STATE, describe, write_network
from training.deepdance.curves import Curves, grid_of
from training.deepdance.losses import composed, weighted_l1
from training.deepdance.pairs import Pairs, read_pairs
from training.deepdance.processes import Mailbox
from training.deepdance.settings import TrainSettings
from training.deepdance.teaching import Teaching

WARM, LAST = 40, 0.05
"""Steps over which the learning rate rises, and the share of its highest to which it falls by a cosine."""
_SAMPLES = 5
"""Grids of samples of a training."""


@dataclass
class Course:
    """Where a training is; all of it is stored.

    Attributes:
        step: made so far.
        seconds: spent so far.
        best: smallest loss on the pictures that are only looked at; inf: none yet.
        stale: looks since then.
        grids: stored so far.
        run: of MLflow.
    """

    step: int = 0
    seconds: float = 0.0
    best: float = float("inf")
    stale: int = 0
    grids: int = 0
    run: str = ""


def learn(data: Path, folder: Path, settings: TrainSettings, report: Report = silent, threads: int = 1) -> Course:
    """Train a network and leave it in a folder.

    Args:
        data: prepared pairs.
        folder: of the checkpoint; a training that was stopped in it goes on.
        settings: of the training.
        threads: of each process on a CPU.
        report: progress; it may raise to stop, and the training can then go on later.

    Raises:
        Diverged: the loss is no number any more.
        TroupeError: too_few_frames; cancelled; worker_died: one of several processes did.
    """
    from lightning.fabric import Fabric
    from lightning.fabric.strategies import DDPStrategy

    # a cluster's launcher (torchrun, a Kubeflow TrainJob) has started the processes; else they are started here
    launched = int(os.environ.get("WORLD_SIZE", "1")) > 1
    local = int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if launched else settings.devices
    several = launched or settings.devices > 1
    gpu = torch.cuda.is_available()
    strategy: Any = "auto"
    if several:
        backend = "nccl" if gpu else "gloo"
        start = "popen" if launched else "spawn"
        strategy = DDPStrategy(process_group_backend=backend, start_method=start)
    fabric = Fabric(
        accelerator="cuda" if gpu else "cpu",
        devices=local,
        num_nodes=int(os.environ.get("WORLD_SIZE", "1")) // local if launched else 1,
        precision=settings.precision,
        strategy=strategy,
    )
    if several and not launched:
        mailbox, each = Mailbox(folder, (Diverged,)), max(1, threads // settings.devices)
        mailbox.wait_for(lambda: fabric.launch(mailbox.work, _teach, data, folder, settings, mailbox, each), report)
        return read_course(folder)
    fabric.launch()
    return _teach(fabric, data, folder, settings, report, threads)


def read_course(folder: Path) -> Course:
    """Where the training in a folder is."""
    return Course(**torch.load(folder / STATE, map_location="cpu", weights_only=False)["course"])


def _teach(fabric: Any, data: Path, folder: Path, settings: TrainSettings, report: Report, threads: int) -> Course:
    torch.set_num_threads(threads)
    pairs = read_pairs(data)
    if settings.temporal:
        pairs = pairs.steadied()
    rows, looked_at = split(pairs)
    order = Order(rows, pairs.numbers, settings.row, max(1, settings.batch // settings.row), settings.seed)
    if not len(order):
        raise TroupeError("too_few_frames", "No frames follow each other in the clip; train without `temporal`.")
    loader = Loader(pairs, settings.kind == "vector", settings.history)
    teaching = Teaching(settings, pairs.size, fabric)
    course = Course()
    source = next((f for f in (folder, Path(settings.resume)) if str(f) != "." and (f / STATE).exists()), None)
    if source is not None:
        state = {**teaching.state(), "course": {}}
        fabric.load(source / STATE, state)
        course = Course(**state["course"])
        teaching.resume(course.step)
    first = fabric.global_rank == 0
    curves = Curves(settings.registry if first else "off", _parameters(settings, pairs), course.run)
    course.run = curves.run
    session = _Session(fabric, pairs, loader, looked_at, teaching, course, curves, folder, settings)
    whole = False
    try:
        session.work(order, report)
        whole = True
    finally:
        curves.end(whole)
    return course


@dataclass
class _Session:
    """One stretch of a training, from start or resumption to its end or interruption."""

    fabric: Any
    pairs: Pairs
    loader: Loader
    looked_at: Any
    teaching: Teaching
    course: Course
    curves: Curves
    folder: Path
    settings: TrainSettings

    def work(self, order: Order, report: Report) -> None:
        """Learn until time or steps are up, nothing gets better, or the loss is no number any more."""
        course, settings, fabric = self.course, self.settings, self.fabric
        began, before = time.monotonic(), course.seconds
        try:
            while (progress := self._progress()) < 1 and not self._tired():
                rows = order(course.step, fabric.global_rank, fabric.world_size).reshape(-1)
                seed = settings.seed, course.step, fabric.global_rank
                batch = self.loader.moved(rows, settings.row, seed).to(fabric.device)
                values = self.teaching.step(batch, progress, rate(course.step, progress))
                if not all(np.isfinite(list(values.values()))):
                    raise Diverged(course.step)
                course.step += 1
                course.seconds = self._agreed(before + time.monotonic() - began, report)
                if course.step % settings.look == 0:
                    self._look(values)
                if fabric.global_rank == 0:
                    note = f"step {course.step}, loss {values['loss']:.3f}"
                    report(Progress("train", round(1000 * self._progress()), 1000, note))
        except BaseException as error:
            if isinstance(error, TroupeError) and error.code == "cancelled":
                self._save()
            raise
        if course.step % settings.look or course.step == 0:
            self._look({})
        self._save()

    def _progress(self) -> float:
        settings, course = self.settings, self.course
        shares = [course.seconds / (60 * settings.minutes)] if settings.minutes else []
        return max([*shares, course.step / settings.steps] if settings.steps else shares)

    def _agreed(self, seconds: float, report: Report) -> float:
        """The same on all processes: they have to stop together, be it done or on request."""
        if self.fabric.world_size == 1:
            return seconds
        agreed, stopping = self.fabric.broadcast((seconds, isinstance(report, Mailbox) and report.stopping))
        if stopping:
            raise TroupeError("cancelled", "The training was stopped on request.")
        return float(agreed)

    def _tired(self) -> bool:
        return bool(self.settings.patience) and self.course.stale >= self.settings.patience

    def _look(self, values: dict[str, float]) -> None:
        """Measure the averaged network on pictures that are not learned from, and keep it where it is the best."""
        course = self.course
        network = self.teaching.averaged
        batch = self.loader(self.looked_at).to(self.fabric.device)
        with torch.inference_mode():
            image, matte = network(batch.given)
            loss = float(weighted_l1(composed(image, matte, batch.plate), batch.image, batch.near))
        if not np.isfinite(loss):
            raise Diverged(course.step)
        better = loss < course.best
        course.stale = 0 if better else course.stale + 1
        course.best = min(course.best, loss)
        # what a discriminator teaches, a difference of pixels does not see: with gan the last one is the one to keep
        if self.fabric.global_rank == 0 and (better or self.settings.method == "gan"):
            write_network(self.folder, describe(self.settings, self.pairs), network.state_dict())
        self.curves.log(course.step, {**values, "validation_l1": loss, "seconds": course.seconds})
        if self._progress() >= (course.grids + 1) / _SAMPLES:
            course.grids += 1
            answers = {"image": image.cpu().numpy(), "matte": matte.cpu().numpy()}
            self.curves.picture(course.step, grid_of(answers, self.pairs, self.looked_at))
        self._save()

    def _save(self) -> None:
        part = self.folder / f".{STATE}"
        self.fabric.save(part, {**self.teaching.state(), "course": asdict(self.course)})
        if self.fabric.global_rank == 0:
            part.replace(self.folder / STATE)
        self.fabric.barrier()


class Diverged(Exception):
    """The loss is no number any more.

    Args:
        step: at which.
    """

    def __init__(self, step: int) -> None:
        super().__init__(step)
        self.step = step


def rate(step: int, progress: float) -> float:
    """Share of the highest learning rate: a short rise, then a cosine (Loshchilov and Hutter 2017)."""
    rise = min(1.0, (step + 1) / WARM)
    return rise * (LAST + (1 - LAST) * 0.5 * (1 + float(np.cos(np.pi * min(1.0, progress)))))


def _parameters(settings: TrainSettings, pairs: Pairs) -> dict[str, str]:
    told = {name: str(value) for name, value in settings.model_dump().items() if name not in ("registry", "resume")}
    return told | {"size": str(pairs.size), "pairs": str(len(pairs.train))}
